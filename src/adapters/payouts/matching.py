"""Which entry of a payout is which movement of ours, and what does not go together. All pure.

Only a movement whose amount agrees is booked. What differs is listed, each time, until it agrees:
then the two sides have been set right, and it is booked like the rest. A fee is gone whether it is
right or not. So it is booked as it was kept, and listed each time, booked before or not, until the
line and the contract agree with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple

from adapters.money import exponent
from adapters.payouts.entries import Entry
from adapters.payouts.mapping import Fees, Kind
from oms_core.kernel import Instant

MOVEMENTS = frozenset({Kind.CAPTURE, Kind.REFUND, Kind.CHARGEBACK})


class Movement(NamedTuple):
    """A movement in our own book; negative if the money went back.

    `transaction_id` names the entry that it was settled with; empty: it is in no payout yet.
    """

    payment_id: str
    kind: Kind
    movement_id: str
    reference: str
    amount_minor: int
    currency: str
    moved_at: Instant
    transaction_id: str = ""


class DifferenceKind(StrEnum):
    """What does not go together."""

    MISSING_AT_PROVIDER = "missing_at_provider"
    MISSING_IN_LEDGER = "missing_in_ledger"
    AMOUNT = "amount_differs"
    CURRENCY = "currency"
    FEE = "fee"


class Difference(NamedTuple):
    """One thing to ask about: what the file says, and what our book does.

    An amount that one side lacks is None. `row` is zero if the file has no line for it.
    """

    kind: DifferenceKind
    reference: str
    movement: str
    row: int
    transaction_id: str
    theirs_minor: int | None
    theirs_currency: str
    ours_minor: int | None
    ours_currency: str


class Pair(NamedTuple):
    """An entry, and the movement of ours that it is."""

    entry: Entry
    movement: Movement


class Matched(NamedTuple):
    """What came of the comparison. `known` entries were booked before."""

    pairs: tuple[Pair, ...]
    known: int
    differences: tuple[Difference, ...]


def match(
    entries: Sequence[Entry], movements: Iterable[Movement], fees: Fees | None = None
) -> Matched:
    """Compare the entries of a file with our movements.

    Entries of a payment are matched with its movements of the same kind and amount, in the order
    in which they happened; what is left of both differs. A wrong fee does not keep a movement from
    being booked. A movement that is not in the file is
    missing there if it happened before the last entry of the file did.
    """
    settled, open_ = _by_payment(movements)
    pairs, known, rest = [], [], []
    for entry in entries:
        if entry.transaction_id in settled:
            known.append(entry)
        elif entry.kind in MOVEMENTS:
            candidates = open_[entry.reference, entry.kind]
            found = next((m for m in candidates if _agrees(entry, m)), None)
            if found is None:
                rest.append(entry)
            else:
                candidates.remove(found)
                pairs.append(Pair(entry, found))
        elif entry.kind is Kind.OTHER:
            rest.append(entry)
    differences = [_difference(entry, open_) for entry in rest]
    differences += _not_paid_out(entries, open_)
    agreed = [*known, *(pair.entry for pair in pairs)]
    differences += _wrong_fees(entries, agreed, fees)
    return Matched(tuple(pairs), len(known), tuple(differences))


_Open = dict[tuple[str, Kind], list[Movement]]


def _by_payment(movements: Iterable[Movement]) -> tuple[set[str], _Open]:
    settled, found = set(), defaultdict(list)
    for movement in sorted(movements, key=lambda m: (m.moved_at, m.payment_id, m.movement_id)):
        if movement.transaction_id:
            settled.add(movement.transaction_id)
        else:
            found[movement.reference, movement.kind].append(movement)
    return settled, found


def _agrees(entry: Entry, movement: Movement) -> bool:
    return (entry.paid_minor, entry.paid_currency) == (movement.amount_minor, movement.currency)


def _difference(entry: Entry, open_: _Open) -> Difference:
    candidates = open_[entry.reference, entry.kind]
    if not candidates:
        return _told(DifferenceKind.MISSING_IN_LEDGER, entry, None)
    movement = candidates.pop(0)
    same = movement.currency == entry.paid_currency
    return _told(DifferenceKind.AMOUNT if same else DifferenceKind.CURRENCY, entry, movement)


def _told(kind: DifferenceKind, entry: Entry, ours: Movement | None) -> Difference:
    return Difference(
        kind,
        entry.reference,
        ours.movement_id if ours else entry.word,
        entry.row,
        entry.transaction_id,
        entry.paid_minor,
        entry.paid_currency,
        ours.amount_minor if ours else None,
        ours.currency if ours else "",
    )


def _not_paid_out(
    entries: Sequence[Entry], open_: Mapping[tuple[str, Kind], Sequence[Movement]]
) -> Iterator[Difference]:
    """Yield our movements that should have been in the file."""
    last = max((entry.at for entry in entries), default=0)
    left = [m for movements in open_.values() for m in movements if m.moved_at <= last]
    for movement in sorted(left, key=lambda m: (m.moved_at, m.payment_id, m.movement_id)):
        yield Difference(
            DifferenceKind.MISSING_AT_PROVIDER,
            movement.reference,
            movement.movement_id,
            0,
            "",
            None,
            "",
            movement.amount_minor,
            movement.currency,
        )


def _wrong_fees(
    entries: Sequence[Entry], agreed: Sequence[Entry], fees: Fees | None
) -> Iterator[Difference]:
    """Yield fees that are not what the line itself or the contract says.

    The contract is for captures that are booked, now or before.
    """
    captures = {entry.row for entry in agreed if entry.kind is Kind.CAPTURE}
    for entry in entries:
        expected = entry.gross_minor - entry.net_minor
        if expected == entry.fee_minor and fees is not None and entry.row in captures:
            expected = _agreed(fees, entry)
        if expected != entry.fee_minor:
            yield Difference(
                DifferenceKind.FEE,
                entry.reference,
                entry.word,
                entry.row,
                entry.transaction_id,
                entry.fee_minor,
                entry.currency,
                expected,
                entry.currency,
            )


def _agreed(fees: Fees, entry: Entry) -> int:
    """Return the fee of a capture by contract, rounded half up."""
    fixed = fees.fixed * 10 ** exponent(entry.currency)
    exact = entry.gross_minor * fees.percent / 100 + fixed
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))
