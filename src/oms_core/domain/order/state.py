"""What an order's events add up to: lines with their buckets, holds, parcels, running totals."""

from __future__ import annotations

from enum import StrEnum

from msgspec.structs import replace
from rpds import HashTrieMap, HashTrieSet

from oms_core.domain.order.events import (
    Blocked,
    ChangeProposed,
    ChargedLine,
    Destination,
    FlagKind,
    LineKind,
    LineReturned,
    LineShipped,
    OrderLine,
    OrderPlaced,
    PlannedLine,
    Refusal,
    Source,
    Tender,
    TenderMethod,
)
from oms_core.kernel import Instant, State
from oms_core.kernel.money import share

SHORTAGE = "shortage:"
"""How the name of a hold begins that the order itself raised because stock declined a line."""

COUPON = "coupon:"
"""How the name of a coupon begins among what is awaited, and that of the hold if it is declined."""

RENEWAL = "renewal:"
"""How that of a hold begins that the order itself raised because a tender was not renewed."""

UNPAID = "unpaid:"
"""How that of a hold begins for a payment that came to nothing while a hold forbids to cancel."""


class Phase(StrEnum):
    """Where the order stands as a whole; all else is read off its lines."""

    UNKNOWN = "unknown"
    REJECTED = "rejected"
    PLACED = "placed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Line(State, frozen=True):
    """The terms of a line, and how many of its units are in each bucket.

    The first seven counts add up to the ordered quantity; `delivered` and `returned` are parts of
    `shipped`. `cost_minor` is what the shipped units had cost, in `cost_currency`, and
    `cost_returned_minor` the part of it that came back. The `credited` amounts were given back for
    returns and corrections.
    """

    terms: OrderLine
    unreserved: int = 0
    backordered: int = 0
    reserved: int = 0
    released: int = 0
    allocated: int = 0
    shipped: int = 0
    cancelled: int = 0
    delivered: int = 0
    returned: int = 0
    cost_minor: int = 0
    cost_currency: str = ""
    sources: tuple[Source, ...] = ()
    cost_returned_minor: int = 0
    credited_net_minor: int = 0
    credited_tax_minor: int = 0

    @property
    def creditable(self) -> tuple[int, int]:
        """What may still be given back of the price and of the tax of the units that have left."""
        agreed = self.terms
        return (
            share(agreed.net_minor, 0, self.shipped, agreed.quantity) - self.credited_net_minor,
            share(agreed.tax_minor, 0, self.shipped, agreed.quantity) - self.credited_tax_minor,
        )

    @property
    def open(self) -> int:
        """Units that are neither shipped nor cancelled."""
        return self.terms.quantity - self.shipped - self.cancelled


class Parcel(State, frozen=True):
    """A planned fulfilment that has not left yet.

    `planned` units await a shelf, `allocated` ones have theirs, `shipped` ones have left and are
    worth `charged_minor`; `lines` are these, if they are to be invoiced.
    """

    location_id: str
    planned: HashTrieMap[str, int] = HashTrieMap()
    allocated: HashTrieMap[str, int] = HashTrieMap()
    shipped: int = 0
    charged_minor: int = 0
    requested: bool = False
    noted: frozenset[str] = frozenset()
    lines: tuple[ChargedLine, ...] = ()


class Proposal(State, frozen=True):
    """A change that is proposed; once confirmed, the tenders that it waits for, if any.

    `certain` are those of them that are certain already.
    """

    change: ChangeProposed
    tenders: tuple[Tender, ...] = ()
    certain: frozenset[str] = frozenset()


class Renewal(State, frozen=True):
    """A tender that is to take the place of another, once it is certain."""

    payment_id: str
    tender: Tender
    pay_by: Instant
    declined: bool = False


class Order(State, frozen=True):
    """An order and the totals that its decisions need, kept rather than counted.

    `waiting` units have no stock, and stock has not answered for the `unanswered` ones of them;
    `ready` units are reserved and not released, `open` ones neither shipped nor cancelled.
    `awaiting` names the tenders and coupons that are not certain yet, `refusals` why the order was
    rejected, `kept` why a hold was left to stand. `proposals` are the open ones; `revision` counts
    the confirmed ones, which have brought the `added` lines, the `further` tenders and the address.
    `reviewed` are the promised day and the moment at which a promise was looked at last.
    `paid_by` are the tenders after the last renewal of one, `renewals` those that are asked for.
    """

    phase: Phase = Phase.UNKNOWN
    placed: OrderPlaced | None = None
    lines: HashTrieMap[str, Line] = HashTrieMap()
    holds: HashTrieMap[str, tuple[Blocked, ...]] = HashTrieMap()
    awaiting: frozenset[str] = frozenset()
    parcels: HashTrieMap[str, Parcel] = HashTrieMap()
    waiting: int = 0
    ready: int = 0
    open: int = 0
    goods_open: int = 0
    shipped: int = 0
    shipped_minor: int = 0
    charged_minor: int = 0
    refunded_minor: int = 0
    flags: HashTrieMap[FlagKind, str] = HashTrieMap()
    documents: HashTrieSet[str] = HashTrieSet()
    unanswered: int = 0
    refusals: tuple[Refusal, ...] = ()
    kept: HashTrieMap[str, str] = HashTrieMap()
    proposals: HashTrieMap[str, Proposal] = HashTrieMap()
    revision: int = 0
    added: frozenset[str] = frozenset()
    further: tuple[Tender, ...] = ()
    moved_to: Destination = Destination("")
    corrected_minor: int = 0
    reviewed: tuple[Instant, Instant] = (Instant(0), Instant(0))
    paid_by: tuple[Tender, ...] = ()
    renewals: HashTrieMap[str, Renewal] = HashTrieMap()

    @property
    def terms(self) -> OrderPlaced:
        """What was agreed; there is nothing to ask of an order that was never placed."""
        assert self.placed is not None
        return self.placed

    @property
    def tenders(self) -> tuple[Tender, ...]:
        """How the order is paid: as agreed at first or renewed since, then what changes brought."""
        return (*(self.paid_by or self.terms.tenders), *self.further)

    @property
    def ship_to(self) -> Destination:
        """Where what has not left yet goes."""
        return self.moved_to if self.moved_to.country else self.terms.ship_to

    @property
    def payments(self) -> tuple[str, ...]:
        """The tenders that a provider was asked for, for open proposals and renewals as well."""
        asked = (t for proposal in self.proposals.values() for t in proposal.tenders)
        renewing = (renewal.tender for _, renewal in sorted(self.renewals.items()))
        return tuple(t.payment_id for t in (*self.tenders, *asked, *renewing) if is_collected(t))

    @property
    def on_terms(self) -> bool:
        """Whether the customer is invoiced for what leaves."""
        return any(tender.terms for tender in self.terms.tenders)

    def blocks(self, step: Blocked) -> bool:
        """Say whether an unresolved hold stands in the way of `step`."""
        return any(step in blocked for blocked in self.holds.values())

    @property
    def is_short(self) -> bool:
        """Whether a person must still decide what to do without the units that stock declined."""
        return bool(self.holds) and any(
            blocked and hold_id.startswith(SHORTAGE) for hold_id, blocked in self.holds.items()
        )

    def unplanned(self, line_id: str) -> int:
        """Return the released units of a line that no fulfilment is to carry yet."""
        line = self.lines[line_id]
        if not is_goods(line.terms):
            return 0
        return line.released - sum(p.planned.get(line_id, 0) for p in self.parcels.values())

    def latest_parcels(self) -> tuple[tuple[str, Parcel], ...]:
        """Return the open parcels by name, the highest number first."""
        return tuple(
            sorted(self.parcels.items(), key=lambda entry: (len(entry[0]), entry[0]), reverse=True)
        )


def correction_key(invoice_id: str, correction_id: str) -> str:
    """Return the name under which an order remembers a correction of one of its invoices."""
    return f"correction:{invoice_id}/{correction_id}"


def is_goods(line: OrderLine) -> bool:
    """Say whether the line comes off a shelf."""
    return line.kind is LineKind.GOODS


def begun(line: OrderLine) -> Line:
    """Return a line to which nothing has happened: services need no stock and are released."""
    if is_goods(line):
        return Line(line, unreserved=line.quantity)
    return Line(line, released=line.quantity)


def due_tenders(tenders: tuple[Tender, ...], start: int, stop: int) -> tuple[Tender, ...]:
    """Return which tenders bear the amounts from `start` to `stop` of the order's total.

    The tenders are used up in their order, so that every amount has one payer, whatever the steps.
    """
    due, base = [], 0
    for tender in tenders:
        begin, end = max(start, base), min(stop, base + tender.amount_minor)
        if begin < end:
            due.append(replace(tender, amount_minor=end - begin))
        base += tender.amount_minor
    return tuple(due)


def is_collected(tender: Tender) -> bool:
    """Say whether a payment provider is asked for the tender."""
    return tender.method is not TenderMethod.ACCOUNT


def needs_authorization(tender: Tender) -> bool:
    """Say whether the tender must be certain before goods leave: by its provider, or by credit."""
    return is_collected(tender) or bool(tender.terms)


def charged_line(agreed: OrderLine, moved: LineShipped | LineReturned) -> ChargedLine:
    """Return what an invoice or a credit note says of units that have left or come back."""
    return ChargedLine(
        agreed.line_id,
        agreed.item_id,
        agreed.sku,
        moved.quantity,
        agreed.unit_price,
        moved.net_minor,
        moved.tax_minor,
    )


def last_shares(line: Line, quantity: int) -> tuple[int, int]:
    """Return the net and the tax of the last units of a line that are not cancelled."""
    agreed = line.terms
    stop = agreed.quantity - line.cancelled
    return (
        share(agreed.net_minor, stop - quantity, stop, agreed.quantity),
        share(agreed.tax_minor, stop - quantity, stop, agreed.quantity),
    )


def planned_lines(order: Order, quantities: HashTrieMap[str, int]) -> tuple[PlannedLine, ...]:
    """Return line quantities as planned lines, in the order of the line ids."""
    return tuple(
        PlannedLine(line_id, order.lines[line_id].terms.item_id, quantity)
        for line_id, quantity in sorted(quantities.items())
    )
