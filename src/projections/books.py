"""The auditor's own sums: every figure added up from movements alone, by another way than views do.

It asks of a whole log what must hold of it at every position: no unit is promised twice or ends
twice, be it an order's or a cart's; no closed order keeps any; no payment gives back more than it
took or takes more than was set aside; and every event's postings balance.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from oms_core.domain.order import events as order
from oms_core.domain.payment import events as payment
from oms_core.domain.stock import events as stock
from oms_core.kernel import Event, Recorded
from oms_core.kernel.identity import order_of
from projections.dues import Dues
from projections.posting import postings

FINDINGS_MAX = 100


class Finding(NamedTuple):
    """A rule that does not hold, from which event on, and by how much."""

    rule: str
    event: str
    detail: str


class Totals(NamedTuple):
    """What the movements of one item add up to."""

    on_hand: int
    reserved: int
    allocated: int
    soft_reserved: int


ON_HAND: Mapping[type[Event], Callable[[Any], int]] = {
    stock.StockReceived: lambda e: e.quantity,
    stock.StockReturned: lambda e: e.quantity,
    stock.StockAdjusted: lambda e: e.quantity,
    stock.StockCounted: lambda e: e.difference,
    stock.TransferReceived: lambda e: e.quantity,
    stock.TransferDispatched: lambda e: -e.quantity,
    stock.StockShipped: lambda e: -e.quantity,
    stock.StockShorted: lambda e: -e.quantity,
}

RESERVED: Mapping[type[Event], int] = {
    stock.StockReserved: 1,
    stock.StockDeallocated: 1,
    stock.StockAllocated: -1,
    stock.ReservationReleased: -1,
    stock.ReservationExpired: -1,
}

ALLOCATED: Mapping[type[Event], int] = {
    stock.StockAllocated: 1,
    stock.StockDeallocated: -1,
    stock.StockShipped: -1,
    stock.StockShorted: -1,
}

SOFT: Mapping[type[Event], int] = {
    stock.StockSoftReserved: 1,
    stock.SoftReservationReleased: -1,
    stock.SoftReservationExpired: -1,
    stock.SoftReservationConverted: -1,
}

MONEY: Mapping[type[Event], str] = {
    payment.AuthorizationSucceeded: "authorized",
    payment.CaptureSucceeded: "captured",
    payment.RefundSucceeded: "given back",
    payment.PaymentChargedBack: "given back",
}


class Books:
    """Adds up a log, event by event, and keeps what does not hold of it."""

    def __init__(self) -> None:
        """Begin with an empty log."""
        self.findings: list[Finding] = []
        self.on_hand: Counter[str] = Counter()
        self.reserved: Counter[tuple[str, str]] = Counter()
        self.allocated: Counter[tuple[str, str]] = Counter()
        self.soft: Counter[tuple[str, str]] = Counter()
        self.promised: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.balances: dict[tuple[str, str], int] = defaultdict(int)
        self.dues = Dues()
        self._money: dict[str, Counter[str]] = {}
        self._closed: set[str] = set()

    def add(self, recorded: Recorded) -> None:
        """Take one more event into account."""
        event, kind = recorded.event, type(recorded.event)
        if (change := ON_HAND.get(kind)) is not None:
            self.on_hand[event.item_id] += change(event)  # type: ignore[attr-defined]
            if self.on_hand[event.item_id] < 0:  # type: ignore[attr-defined]
                self._find("on hand is never negative", recorded, "less than nothing on hand")
        if kind in RESERVED or kind in ALLOCATED:
            self._promise(recorded)
        elif kind in SOFT:
            self._hold(recorded)
        if kind in MONEY:
            self._pay(recorded)
        elif isinstance(event, order.OrderCancelled | order.OrderCompleted):
            self._closed.add(event.order_id)
        for detail in self.dues.add(event):
            self._find("numbers have no gap, and no invoice is overpaid", recorded, detail)
        moved = postings(event)
        if moved:
            self._post(recorded, moved)

    def _promise(self, recorded: Recorded) -> None:
        event, kind = recorded.event, type(recorded.event)
        quantity, line_id = event.quantity, event.line_id  # type: ignore[attr-defined]
        key = (event.item_id, line_id)  # type: ignore[attr-defined]
        for counter, signs in ((self.reserved, RESERVED), (self.allocated, ALLOCATED)):
            counter[key] += signs.get(kind, 0) * quantity
            if counter[key] < 0:
                self._find("a promised unit ends once", recorded, f"{line_id} ended twice")
            elif not counter[key]:
                del counter[key]
        if kind is stock.StockReserved:
            self.promised[kind.__name__] += quantity
        elif kind not in (stock.StockAllocated, stock.StockDeallocated):
            self.ended[kind.__name__] += quantity

    def _hold(self, recorded: Recorded) -> None:
        """Count what a cart holds: each unit that it is given ends once."""
        event: Any = recorded.event
        key, kind = (event.item_id, event.cart_id), type(event)
        self.soft[key] += SOFT[kind] * event.quantity
        if self.soft[key] < 0:
            self._find("a promised unit ends once", recorded, f"{event.cart_id} ended twice")
        elif not self.soft[key]:
            del self.soft[key]
        counter = self.promised if SOFT[kind] > 0 else self.ended
        counter[kind.__name__] += event.quantity

    def _pay(self, recorded: Recorded) -> None:
        event: Any = recorded.event
        sums = self._money.setdefault(event.payment_id, Counter())
        sums[MONEY[type(event)]] += event.amount_minor
        if not sums["given back"] <= sums["captured"] <= sums["authorized"]:
            detail = f"{event.payment_id}: {dict(sums)}"
            self._find("given back is at most captured is at most authorized", recorded, detail)

    def _post(self, recorded: Recorded, moved: tuple[Any, ...]) -> None:
        sums: Counter[str] = Counter()
        for posting in moved:
            sums[posting.currency] += posting.amount_minor
            self.balances[str(posting.account), posting.currency] += posting.amount_minor
        if any(sums.values()):
            self._find("every event balances in every currency", recorded, f"{dict(sums)}")

    def close(self) -> None:
        """Look at what is left open at the end of the log."""
        for detail in self.dues.close(self.balances):
            self.findings.append(Finding("open invoices add up to the ledger", "", detail))
        for counter in (self.reserved, self.allocated):
            for _, line_id in counter:
                if order_of(line_id) in self._closed:
                    self.findings.append(
                        Finding("a closed order keeps nothing", "", f"{line_id} still has units")
                    )
        kept = self.units_open
        promised, ended = self.promised.total(), self.ended.total()
        if promised != ended + kept:
            detail = f"{promised} promised, {ended} ended, {kept} open"
            self.findings.append(Finding("every promised unit has one end or is open", "", detail))

    @property
    def units_open(self) -> int:
        """Units that are promised to an order or held by a cart and have not ended."""
        return sum(counter.total() for counter in (self.reserved, self.allocated, self.soft))

    def items(self) -> Iterator[tuple[str, Totals]]:
        """Yield what the movements of each item add up to."""
        sums = (self.on_hand, *map(_by_item, (self.reserved, self.allocated, self.soft)))
        for item_id in sorted({item_id for counter in sums for item_id in counter}):
            yield item_id, Totals(*(counter[item_id] for counter in sums))

    def _find(self, rule: str, recorded: Recorded, detail: str) -> None:
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(Finding(rule, recorded.id, detail))


def _by_item(counter: Counter[tuple[str, str]]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for (item_id, _), quantity in counter.items():
        sums[item_id] += quantity
    return sums
