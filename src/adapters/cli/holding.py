"""`oms hold`: what a person who has looked at a held order decides."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from adapters.cli.faults import Fault, Refused
from adapters.cli.following import follow
from adapters.cli.giving import give
from adapters.cli.holds import Kind
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, Options, emit
from adapters.cli.sending import refusal
from adapters.postgres.hold_queries import holds
from adapters.postgres.queries import ReadModels
from oms_core.domain.order.commands import KeepHold, ResolveHold
from oms_core.engine.cause import Cause, Verdict

HOLDS_MAX = 2_000
"""An order has at most one hold for each of its lines, and a few more."""

Decision = Callable[[str, str, str], ResolveHold | KeepHold]


def release(
    order_id: str, kind: Kind, *, reason: str, actor: str = "cli", options: Common = PLAIN
) -> None:
    """Take every hold of a kind off an order: it goes on as soon as nothing stands in its way.

    **Examples**

        oms hold release web:1001 fraud --reason "called the customer"

    **Next:** `oms show order ORDER` shows what became of it, `oms show holds` what else waits.

    Parameters
    ----------
    order_id
        The channel, a colon, and the channel's own reference.
    kind
        The kind of the holds.
    reason
        Why they may go; it is kept with the event.
    actor
        Who decides; it is kept with the event.
    """
    _decide(ResolveHold, order_id, kind, reason, actor, options)


def keep(
    order_id: str, kind: Kind, *, reason: str, actor: str = "cli", options: Common = PLAIN
) -> None:
    """Let every hold of a kind stand, in your name: you answer for it from now on.

    **Examples**

        oms hold keep web:1001 fraud --reason "the bank is asked, answer on Monday"

    **Next:** `oms show holds --owner user:ACTOR` lists what you answer for.

    Parameters
    ----------
    order_id
        The channel, a colon, and the channel's own reference.
    kind
        The kind of the holds.
    reason
        Why they must stand; it is kept with the event.
    actor
        Who decides, and answers for them from now on.
    """
    _decide(KeepHold, order_id, kind, reason, actor, options)


def _decide(
    decision: Decision, order_id: str, kind: str, reason: str, actor: str, options: Options
) -> None:
    if not reason.strip():
        rule, remedy = "A reason is kept with the decision.", "Say in --reason what was found out."
        raise Refused(Fault("--reason", reason, rule, remedy))
    with opened(options) as shop:
        follow(shop)
        with shop.connection() as connection:
            models = ReadModels(connection, shop.settings.views_schema)
            standing = holds(models, HOLDS_MAX, order=order_id).rows
        names = [row["hold_id"] for row in standing if row["kind"] == kind]
        if not names:
            others = ", ".join(sorted({row["kind"] for row in standing}))
            rule = f"No hold of this kind stands in the way of {order_id}."
            remedy = f"It is held for: {others}." if others else "See `oms show holds`."
            raise Refused(Fault("kind", kind, rule, remedy))
        commands = [decision(order_id, name, reason) for name in names]
        causes = [Cause(command, _named(command), f"user:{actor}") for command in commands]
        answers = give(shop, causes)
    refused = [
        refusal(cause.command, answer.code, answer.detail)
        for cause, answer in zip(causes, answers or (), strict=answers is not None)
        if answer.verdict is Verdict.REJECTED
    ]
    if refused:
        raise Refused(*refused)
    verdict = "handed in" if answers is None else "done"
    data = {"order_id": order_id, "kind": kind, "holds": names, "verdict": verdict}
    emit(options, data | {"decision": decision.__name__}, _render)


def _named(command: ResolveHold | KeepHold) -> str:
    """Name a decision after what it says: the same one again is the same cause."""
    parts = (command.order_id, command.hold_id, command.note)
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    return f"cli:{type(command).__name__}:{digest}"


def _render(data: dict[str, Any]) -> RenderableType:
    what = "stand" if data["decision"] == KeepHold.__name__ else "are gone"
    later = " once the engine that is running has heard" if data["verdict"] == "handed in" else ""
    order_id = data["order_id"]
    return Text.assemble(
        (f"{', '.join(data['holds'])} of {order_id} {what}{later}.", "green"),
        f"\nNext: `oms show order {order_id}`.",
    )
