"""Credit accounts: how far each customer is trusted, and how much of that is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace
from rpds import HashTrieMap

from oms_core.domain.account import events
from oms_core.kernel import Event, Recorded, State
from projections.rules import Change, adding, one, view


class CreditAccount(State, frozen=True):
    """One account. `exposure_minor` is what is ordered and not invoiced, and what is invoiced.

    `unapplied_minor` was paid or credited and is at the customer's disposal. `orders_waiting`
    were declined, each for the amount in `waiting`; `blocked` says that something is overdue for
    too long.
    """

    account_id: str
    customer_id: str = ""
    currency: str = ""
    opened: bool = False
    blocked: bool = False
    limit_minor: int = 0
    ordered_minor: int = 0
    invoiced_minor: int = 0
    exposure_minor: int = 0
    free_minor: int = 0
    unapplied_minor: int = 0
    received_minor: int = 0
    orders_granted: int = 0
    orders_declined: int = 0
    orders_waiting: int = 0
    blocks: int = 0
    waiting: HashTrieMap[str, int] = HashTrieMap()


def blank(key: str, _: Any) -> CreditAccount:
    """Return an account that nobody has opened: its id is the customer and the currency."""
    customer_id, _, currency = key.rpartition("|")
    return CreditAccount(key, customer_id, currency)


def opened(account: CreditAccount, event: events.AccountOpened, _: Recorded) -> CreditAccount:
    """Begin to trust."""
    return replace(account, opened=True, limit_minor=event.limit_minor)


def limited(account: CreditAccount, event: events.LimitChanged, _: Recorded) -> CreditAccount:
    """Trust more or less."""
    return replace(account, limit_minor=event.limit_minor)


def _wait(account: CreditAccount, order_id: str, amount_minor: int) -> CreditAccount:
    """Let an order wait for so much; for nothing, if that is zero."""
    waiting = account.waiting
    left = waiting.insert(order_id, amount_minor) if amount_minor else waiting.discard(order_id)
    return replace(account, waiting=left, orders_waiting=len(left))


def granted(account: CreditAccount, event: events.CreditGranted, _: Recorded) -> CreditAccount:
    """Use some of it."""
    return replace(
        _wait(account, event.order_id, 0),
        ordered_minor=account.ordered_minor + event.amount_minor,
        orders_granted=account.orders_granted + 1,
    )


def declined(account: CreditAccount, event: events.CreditDeclined, _: Recorded) -> CreditAccount:
    """Let an order wait."""
    return replace(
        _wait(account, event.order_id, event.amount_minor),
        orders_declined=account.orders_declined + 1,
    )


def released(account: CreditAccount, event: events.CreditReleased, _: Recorded) -> CreditAccount:
    """Use less of it, or let an order wait for less."""
    waiting = account.waiting.get(event.order_id)
    if waiting is not None:
        return _wait(account, event.order_id, waiting - event.amount_minor)
    return replace(account, ordered_minor=account.ordered_minor - event.amount_minor)


def charged(account: CreditAccount, event: events.InvoiceCharged, _: Recorded) -> CreditAccount:
    """Move what was ordered to what is invoiced."""
    return replace(
        account,
        ordered_minor=account.ordered_minor - event.drawn_minor,
        invoiced_minor=account.invoiced_minor + event.amount_minor,
    )


def withdrawn(account: CreditAccount, event: events.InvoiceWithdrawn, _: Recorded) -> CreditAccount:
    """Move it back."""
    return replace(
        account,
        ordered_minor=account.ordered_minor + event.amount_minor,
        invoiced_minor=account.invoiced_minor - event.amount_minor,
    )


def blocked(account: CreditAccount, event: events.AccountBlocked, _: Recorded) -> CreditAccount:
    """Trust no more for now."""
    return replace(account, blocked=True, blocks=event.block)


def unblocked(account: CreditAccount, _: events.AccountUnblocked, __: Recorded) -> CreditAccount:
    """Trust again."""
    return replace(account, blocked=False)


CHANGES: Mapping[type[Event], Change[CreditAccount]] = {
    events.AccountOpened: opened,
    events.LimitChanged: limited,
    events.CreditGranted: granted,
    events.CreditDeclined: declined,
    events.CreditReleased: released,
    events.InvoiceCharged: charged,
    events.InvoiceReduced: adding(invoiced_minor=-1),
    events.InvoiceWithdrawn: withdrawn,
    events.AccountBlocked: blocked,
    events.AccountUnblocked: unblocked,
    events.PaymentReceived: adding(received_minor=1, unapplied_minor=1),
    events.CreditDeposited: adding(unapplied_minor=1),
    events.CreditApplied: adding(unapplied_minor=-1),
    events.CreditReturned: adding(unapplied_minor=1),
}


def _summed(change: Change[CreditAccount]) -> Change[CreditAccount]:
    """Return `change`, followed by the sums of the new numbers."""

    def evolve(account: CreditAccount, event: Any, recorded: Recorded) -> CreditAccount | None:
        after = change(account, event, recorded)
        assert after is not None
        exposure = after.ordered_minor + after.invoiced_minor
        free = max(0, after.limit_minor - exposure)
        return replace(after, exposure_minor=exposure, free_minor=free)

    return evolve


credit_accounts = view(
    "credit_accounts",
    CreditAccount,
    blank,
    {event: (one("account_id"), _summed(change)) for event, change in CHANGES.items()},
)
