"""What a payout file leads to: commands for what agrees, and a report of it all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, LiteralString, NamedTuple

from adapters.payouts.entries import Entry
from adapters.payouts.mapping import Kind, Mapping
from adapters.payouts.matching import Matched, Movement
from adapters.postgres.queries import ReadModels
from oms_core.domain.payment.commands import SettleMovement
from oms_core.domain.payment.events import MovementKind
from oms_core.domain.payout.commands import BookPayout
from oms_core.kernel import Command, Instant

MOVEMENTS: LiteralString = """
SELECT s.payment_id, s.movement, s.movement_id, p.provider_ref, s.amount_minor, s.currency,
    (extract(epoch FROM s.moved_at) * 1000000)::bigint AS moved_at, s.transaction_id
FROM {schema}.settlements s JOIN {schema}.payments p USING (payment_id)
WHERE starts_with(p.provider_ref, %(references)s)
  AND (s.state = 'open' OR s.payout_id = ANY(%(payouts)s))
"""


class Payout(NamedTuple):
    """One payout of the file: what it adds up to, and how it was booked."""

    payout_id: str
    reference: str
    currency: str
    gross_minor: int
    fee_minor: int
    net_minor: int
    entries: int
    arrived_on: str


class MixedCurrencies(ValueError):
    """A payout is in one currency."""


def payout_id(mapping: Mapping, reference: str) -> str:
    """Return our id of a payout."""
    return f"{mapping.provider.name}:{reference}"


def payouts(entries: Sequence[Entry], mapping: Mapping) -> list[Payout]:
    """Add up the payouts of a file; the entry of the payout itself is no part of its sum.

    :raises MixedCurrencies: if one of them has entries in two currencies.
    """
    by_reference: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.kind is not Kind.PAYOUT:
            by_reference.setdefault(entry.payout, []).append(entry)
    return [_sum(reference, found, mapping) for reference, found in sorted(by_reference.items())]


def _sum(reference: str, entries: Sequence[Entry], mapping: Mapping) -> Payout:
    currencies = {entry.currency for entry in entries}
    if len(currencies) > 1:
        raise MixedCurrencies(f"payout {reference} has entries in {sorted(currencies)}.")
    return Payout(
        payout_id(mapping, reference),
        reference,
        currencies.pop(),
        sum(entry.gross_minor for entry in entries),
        sum(entry.gross_minor - entry.net_minor for entry in entries),
        sum(entry.net_minor for entry in entries),
        len(entries),
        max(entry.arrived_on for entry in entries),
    )


def movements(models: ReadModels, mapping: Mapping, found: Iterable[Payout]) -> list[Movement]:
    """Return our movements by this provider that are in no payout yet, or in one of these."""
    rows = models.ask(
        MOVEMENTS,
        references=mapping.provider.references,
        payouts=[payout.payout_id for payout in found],
    )
    return [_movement(row) for row in rows]


def _movement(row: dict[str, Any]) -> Movement:
    return Movement(
        row["payment_id"],
        Kind(row["movement"]),
        row["movement_id"],
        row["provider_ref"],
        row["amount_minor"],
        row["currency"],
        Instant(row["moved_at"]),
        row["transaction_id"],
    )


def bookings(
    entries: Sequence[Entry], matched: Matched, found: Sequence[Payout], mapping: Mapping
) -> Iterator[Command]:
    """Yield the commands that book what agrees: the payouts, and the movements in them.

    What the provider keeps without a movement, such as a monthly fee, is part of the payout.
    """
    kept: dict[str, int] = {}
    for entry in entries:
        if entry.kind is Kind.FEE:
            kept[entry.payout] = kept.get(entry.payout, 0) - entry.net_minor
    for payout in found:
        yield BookPayout(
            payout.payout_id,
            mapping.provider.name,
            payout.reference,
            payout.currency,
            payout.net_minor,
            kept.get(payout.reference, 0),
            payout.arrived_on,
        )
    for entry, movement in matched.pairs:
        yield SettleMovement(
            movement.payment_id,
            MovementKind(movement.kind.value),
            movement.movement_id,
            movement.amount_minor,
            movement.currency,
            payout_id(mapping, entry.payout),
            entry.transaction_id,
            entry.gross_minor,
            entry.currency,
            entry.gross_minor - entry.net_minor,
        )
