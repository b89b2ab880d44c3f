"""`oms show gift-cards`: what is left on each, and what became of the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from rich.text import Text

from adapters.cli.amounts import moment, priced
from adapters.cli.following import reading
from adapters.cli.listing import Columns, show_list
from adapters.cli.output import PLAIN, Common
from adapters.cli.parsing import positive
from adapters.postgres.price_queries import gift_cards as ask_gift_cards
from adapters.postgres.queries import Row

STATES = {"active": "green", "exhausted": "dim", "expired": "yellow", "unknown": "red"}


def _amount(field: str) -> Callable[[Row], str]:
    return lambda row: priced(row[field], row["currency"]) if row[field] else ""


COLUMNS: Columns = {
    "gift card": lambda row: row["card_id"],
    "state": lambda row: Text(row["state"], STATES.get(row["state"], "")),
    "from": lambda row: row["origin"],
    ">issued": _amount("issued_minor"),
    ">left": _amount("left_minor"),
    ">set aside": _amount("reserved_minor"),
    ">spent": _amount("redeemed_minor"),
    ">came back": _amount("credited_minor"),
    ">lapsed": _amount("expired_minor"),
    "until": lambda row: moment(row["expires_at"])[:10],
}


def gift_cards(
    *,
    state: Literal["active", "exhausted", "expired", "unknown"] | None = None,
    currency: str | None = None,
    limit: int = 20,
    options: Common = PLAIN,
) -> None:
    """List gift cards, the latest first.

    What was issued and came back is left, set aside, spent or lapsed, to the last unit.

    **Examples**

        oms show gift-cards
        oms show gift-cards --state active --currency EUR

    **Next:** `oms show ledger` shows what is owed on all of them, in `gift_cards`.

    Parameters
    ----------
    state
        Only cards that are in this state.
    currency
        Only cards in this currency.
    limit
        How many to show.
    """
    with reading(options) as models:
        found = ask_gift_cards(models, positive("--limit", limit), state=state, currency=currency)
    hint = "Next: `oms show ledger` shows what is owed on all of them, in `gift_cards`."
    show_list(options, "gift cards", found, COLUMNS, hint=hint)
