"""`oms kafka replay`: shows that the topics are enough to make every read model again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from adapters.cli.amounts import ago, whole
from adapters.cli.faults import Failed, Fault
from adapters.cli.output import PLAIN, Common, emit, panel, progress
from adapters.cli.rebuilding import views_named
from adapters.cli.relaying import publishing
from adapters.kafka.merged import Gap
from adapters.replaying import Differing, replay_from_kafka


def replay(*views: str, options: Common = PLAIN) -> None:
    """Make read models again from the event topics alone, and compare them with the live ones.

    They are made in a schema of their own, which is dropped again; the log is not asked. Every
    position from 1 to the last must be on the topics, and every row must be the same, byte for
    byte, as far as the live read models have come.

    **Examples**

        oms kafka replay
        oms kafka replay orders trial_balance --json

    **Next:** `oms audit verify` checks the log itself, `oms rebuild --check` compares with it.

    Parameters
    ----------
    views
        Names of read models; all of them, if none is named.
    """
    chosen, start = views_named("view", views), time.perf_counter()
    with publishing(options) as shop, progress() as bars:

        def begin(last: int) -> Callable[[int], None]:
            task = bars.add_task("Replaying the topics", total=last)
            return lambda position: bars.update(task, completed=position)

        try:
            found = replay_from_kafka(shop, chosen, begin)
        except Gap as gap:
            missing = f"{gap.first} to {gap.last}" if gap.last > gap.first else f"{gap.first}"
            rule = "These positions of the log are on no event topic."
            remedy = f"Run `oms kafka republish --from {gap.first}`."
            raise Failed(Fault("position", missing, rule, remedy)) from None
    if found.differing:
        raise Failed(*map(_fault, found.differing))
    data = {
        "views": [view.name for view in chosen],
        "positions": found.last,
        "unreadable": [junk.place for junk in found.junk],
        "seconds": round(time.perf_counter() - start, 3),
        "differences": 0,
    }
    emit(options, data, _render)


def _fault(differing: Differing) -> Fault:
    view, keys = differing.difference
    rule = f"Live: {differing.live or 'no row'}. From the topics: {differing.replayed or 'no row'}."
    more = f" and {len(keys) - 1} more" if len(keys) > 1 else ""
    remedy = f"Run `oms rebuild {view} --check` to see whether the log agrees with the topics."
    return Fault(view, f"{keys[0]}{more}", rule, remedy)


def _render(data: dict[str, Any]) -> RenderableType:
    rate = data["positions"] / data["seconds"] if data["seconds"] else 0
    lines: list[str | Text] = [
        Text(", ".join(data["views"])),
        Text(
            f"equal, byte for byte: positions 1 to {whole(data['positions'])} are all there, "
            f"read in {ago(data['seconds'])}, {rate:,.0f} events/s",
            "green",
        ),
    ]
    if data["unreadable"]:
        lines.append(Text(f"{len(data['unreadable'])} messages were no events of ours", "yellow"))
    return panel("The topics are enough", lines, style="green")
