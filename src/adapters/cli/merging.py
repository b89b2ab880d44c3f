"""`oms customers merge`: two records of one person become one."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import RenderableType

from adapters.cli.faults import Fault, Refused
from adapters.cli.giving import give
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, panel
from adapters.cli.sending import cause_id, refusal
from oms_core.domain.customer.commands import MergeCustomers
from oms_core.domain.customer.events import CustomerMergeAbandoned, Obstacle
from oms_core.engine.cause import Cause, Verdict

OBSTACLES = {
    Obstacle.UNKNOWN: ("The duplicate is not known.", "Register it first: `oms contact`."),
    Obstacle.ERASED: ("The duplicate was erased.", "Nothing is left of it to be merged."),
    Obstacle.MERGED: ("The duplicate was merged into another customer.", "Merge that one."),
    Obstacle.MERGING: ("The duplicate is being merged with another.", "Ask again in a moment."),
}


def merge(
    survivor: str,
    duplicate: str,
    *,
    reason: str,
    yes: Annotated[bool, Parameter(negative="")] = False,
    actor: str = "cli",
    options: Common = PLAIN,
) -> None:
    """Take two customers for one person: the survivor's record goes on, the duplicate's ends.

    Nothing that was done is changed: orders, invoices and accounts keep the id that they were made
    under. Whoever asks for either id is shown both; sums, tier, consent and erasure are one
    person's. It cannot be taken back: of what comes later nobody could say whose it would be.
    Saying the same again changes nothing.

    **Examples**

        oms customers merge C1 C7 --reason "same e-mail and address" --yes

    **Next:** `oms show customers C1` shows them as one.

    Parameters
    ----------
    survivor
        The customer whose record goes on.
    duplicate
        The customer who turned out to be the same person.
    reason
        How that was found; it is kept with the event.
    yes
        Mean it.
    actor
        Who is asking; it is kept with the events.
    """
    if not yes:
        rule = "A merge cannot be taken back."
        remedy = "Say it with `--yes` if you mean it."
        raise Refused(Fault("--yes", "", rule, remedy))
    command = MergeCustomers(survivor, duplicate, reason)
    with opened(options) as shop:
        answers = give(shop, [Cause(command, cause_id(command), f"user:{actor}")])
    for answer in answers or ():
        if answer.verdict is Verdict.REJECTED:
            raise Refused(refusal(command, answer.code, answer.detail))
        for recorded in answer.recorded:
            if isinstance(recorded.event, CustomerMergeAbandoned):
                raise Refused(Fault("duplicate", duplicate, *OBSTACLES[recorded.event.why]))
    verdict = answers[0].verdict.value if answers else "handed_in"
    emit(options, {"survivor": survivor, "duplicate": duplicate, "verdict": verdict}, _render)


def _render(data: dict[str, Any]) -> RenderableType:
    what = {
        "handed_in": "It is handed to the engine that is running.",
        Verdict.UNCHANGED.value: "They were one already.",
    }
    told = what.get(data["verdict"], "They are one person from now on.")
    return panel(f"{data['duplicate']} is {data['survivor']}", [told], style="green")
