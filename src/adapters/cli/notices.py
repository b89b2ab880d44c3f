"""`oms show notices`: who was told of what, and who was not."""

from __future__ import annotations

from typing import Literal

from rich.text import Text

from adapters.cli.amounts import moment
from adapters.cli.following import reading
from adapters.cli.listing import Columns, show_list
from adapters.cli.output import PLAIN, Common
from adapters.cli.parsing import positive
from adapters.postgres.notice_queries import notices as ask_notices
from oms_core.domain.notice.events import Kind

STATES = {"open": "yellow", "sent": "green", "suppressed": "dim", "failed": "red"}

COLUMNS: Columns = {
    "notice": lambda row: row["notice_id"],
    "state": lambda row: Text(row["state"], STATES.get(row["state"], "")),
    "customer": lambda row: row["customer_id"],
    "in": lambda row: row["language"],
    ">tries": lambda row: str(row["attempts"] or ""),
    "requested": lambda row: moment(row["requested_at"]),
    "due": lambda row: moment(row["due_at"]),
    "why": lambda row: row["reason"].replace("_", " "),
}


def notices(
    order: str | None = None,
    *,
    customer: str | None = None,
    state: Literal["open", "sent", "suppressed", "failed"] | None = None,
    kind: Kind | None = None,
    limit: int = 20,
    options: Common = PLAIN,
) -> None:
    """List notices, the latest first: sent, still open, suppressed with the reason, or given up.

    There is one for each cause, such as a parcel that left. None is asked for as long as no mail
    server is set.

    **Examples**

        oms show notices web:1001
        oms show notices --customer C1
        oms show notices --state failed

    **Next:** `oms send --example RetryNotice` tries one once more that was given up.

    Parameters
    ----------
    order
        Only notices about this order.
    customer
        Only notices to this customer.
    state
        Only notices in this state.
    kind
        Only notices of this kind.
    limit
        How many to show.
    """
    with reading(options) as models:
        found = ask_notices(
            models,
            positive("--limit", limit),
            state=state,
            kind=kind.value if kind else None,
            order=order,
            customer=customer,
        )
    hint = "Next: `oms send --example RetryNotice` tries one once more that was given up."
    show_list(options, "notices", found, COLUMNS, hint=hint)
