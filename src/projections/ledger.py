"""The ledger: every movement of money and of goods at cost, double entry, and the trial balance."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from oms_core.kernel import Event, Instant, Recorded, State, View
from projections.posting import POSTINGS, postings
from projections.rules import Part


class EntryLine(Part, frozen=True):
    """An amount on one side of an account."""

    account: str
    debit_minor: int
    credit_minor: int


class Entry(State, frozen=True):
    """What one event moved in one currency. Debits and credits of its lines are equal."""

    event_id: str
    position: int
    recorded_at: Instant
    occurred_at: Instant
    currency: str
    description: str
    amount_minor: int
    lines: tuple[EntryLine, ...]


class Balance(State, frozen=True):
    """An account in one currency. `balance_minor` is its debits less its credits."""

    account: str
    currency: str
    debit_minor: int = 0
    credit_minor: int = 0
    balance_minor: int = 0


SUBJECTS = ("line_id", "payment_id", "item_id", "invoice_id", "account_id")


def describe(event: Event) -> str:
    """Say in a few words what was booked: the event and what it happened to."""
    subject = next((getattr(event, field) for field in SUBJECTS if hasattr(event, field)), "")
    return f"{type(event).__name__} {subject}".rstrip()


def entry_keys(recorded: Recorded) -> Iterable[str]:
    """Name the entries of an event: one for each currency that it moves."""
    currencies = {posting.currency for posting in postings(recorded.event)}
    return [f"{recorded.stream}#{recorded.version}|{currency}" for currency in sorted(currencies)]


def enter(key: str, _: Entry | None, recorded: Recorded) -> Entry:
    """Write the entry of an event in the currency that `key` ends with."""
    currency = key.removeprefix(f"{recorded.id}|")
    lines = tuple(
        EntryLine(
            posting.account.value, max(0, posting.amount_minor), max(0, -posting.amount_minor)
        )
        for posting in postings(recorded.event)
        if posting.currency == currency
    )
    return Entry(
        f"{recorded.stream}#{recorded.version}",
        recorded.position,
        recorded.recorded_at,
        recorded.occurred_at,
        currency,
        describe(recorded.event),
        sum(line.debit_minor for line in lines),
        lines,
    )


def balance_keys(recorded: Recorded) -> Iterable[str]:
    """Name the accounts that an event moves."""
    return {f"{posting.account}|{posting.currency}" for posting in postings(recorded.event)}


def balance(key: str, before: Balance | None, recorded: Recorded) -> Balance:
    """Add what an event moves on the account that `key` names."""
    if before is None:
        account, _, currency = key.partition("|")
        before = Balance(account, currency)
    account, currency = before.account, before.currency
    debit, credit = before.debit_minor, before.credit_minor
    for posting in postings(recorded.event):
        if posting.account == account and posting.currency == currency:
            amount = posting.amount_minor
            if amount > 0:
                debit += amount
            else:
                credit -= amount
    return Balance(account, currency, debit, credit, debit - credit)


def _posted(
    keys: Callable[[Recorded], Iterable[str]],
) -> dict[type[Event], Callable[[Recorded], Iterable[str]]]:
    return dict.fromkeys(POSTINGS, keys)


journal: View[Entry] = View("journal", Entry, _posted(entry_keys), enter)
trial_balance: View[Balance] = View("trial_balance", Balance, _posted(balance_keys), balance)
