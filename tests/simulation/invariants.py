"""What must hold of every history, whatever went wrong: checked on the log, event by event."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from adapters.payments.simulated import SimulatedGateway
from oms_core.domain.account.decider import account
from oms_core.domain.cart import events as carted
from oms_core.domain.cart.decider import cart
from oms_core.domain.cart.state import Phase as CartPhase
from oms_core.domain.fulfilment.decider import fulfilment
from oms_core.domain.invoice import events as invoiced
from oms_core.domain.invoice.decider import invoice
from oms_core.domain.invoice.events import DocumentKind
from oms_core.domain.invoice.state import Standing
from oms_core.domain.order import events as ordered
from oms_core.domain.order.decider import order
from oms_core.domain.order.state import Phase
from oms_core.domain.payment import events as paid
from oms_core.domain.payment.decider import payment
from oms_core.domain.series.events import NumberAssigned
from oms_core.domain.stock import events as stocked
from oms_core.domain.stock.decider import stock
from oms_core.engine.catalog import BY_CATEGORY
from oms_core.kernel import Event, Instant, Recorded
from projections.books import Books
from projections.posting import Account, postings
from tests.simulation.ownership import Shop, care
from tests.support.lab import gateways_money, open_authorizations, our_money

BUCKETS = (
    "unreserved",
    "backordered",
    "reserved",
    "released",
    "allocated",
    "shipped",
    "cancelled",
)


def states(history: Iterable[Recorded], category: str, decider: Any) -> dict[str, Any]:
    """Return the states of all streams of a category, by id."""
    found: dict[str, Any] = {}
    for recorded in history:
        kind, _, name = recorded.stream.partition(":")
        if kind == category:
            found[name] = decider.evolve(found.get(name, decider.initial), recorded.event)
    return found


def of_category(history: Iterable[Recorded], category: str) -> Iterator[Any]:
    """Yield the events of all streams of a category."""
    return (r.event for r in history if r.stream.partition(":")[0] == category)


class Shelf:
    """A storekeeper's own sums for one item, from the movements alone."""

    def __init__(self) -> None:
        self.at: Counter[str] = Counter()
        self.aside_at: Counter[str] = Counter()
        self.tied_at: Counter[str] = Counter()
        self.in_transit: Counter[str] = Counter()
        self.reserved: Counter[str] = Counter()
        self.allocated: Counter[str] = Counter()
        self.in_carts: Counter[str] = Counter()
        self.disturbed = False

    @property
    def on_hand(self) -> int:
        """Units on all shelves."""
        return self.at.total()

    @property
    def quarantined(self) -> int:
        """Those of them that are set aside."""
        return self.aside_at.total()

    @property
    def lost(self) -> int:
        """Units that are tied or aside where they are not: what one place lacks hides no other."""
        places = {*self.at, *self.aside_at, *self.tied_at}
        return sum(
            max(0, self.tied_at[place] + self.aside_at[place] - self.at[place]) for place in places
        )

    def book(self, event: Event) -> None:
        """Change the sums by one movement."""
        match event:
            case (
                stocked.StockReceived(location_id=place, quantity=n)
                | stocked.StockAdjusted(location_id=place, quantity=n)
                | stocked.StockCounted(location_id=place, difference=n)
            ):
                self.at[place] += n
                self.disturbed |= n < 0
            case stocked.StockReturned(location_id=place, quantity=n, quarantined=aside):
                self.at[place] += n
                self.aside_at[place] += aside
            case stocked.StockQuarantined(location_id=place, quantity=n):
                self.aside_at[place] += n
                self.disturbed = True
            case stocked.QuarantineLifted(location_id=place, quantity=n):
                self.aside_at[place] -= n
            case stocked.TransferDispatched(transfer_id=name, origin_id=place, quantity=n):
                self.at[place] -= n
                self.in_transit[name] += n
                self.disturbed = True
            case stocked.TransferReceived(transfer_id=name, destination_id=place, quantity=n):
                del self.in_transit[name]
                self.at[place] += n
            case _:
                self._promise(event)
                self._hold(event)

    def _hold(self, event: Any) -> None:
        match event:
            case stocked.StockSoftReserved(cart_id=cart_id, quantity=n):
                self.in_carts[cart_id] += n
            case (
                stocked.SoftReservationReleased(cart_id=cart_id, quantity=n)
                | stocked.SoftReservationExpired(cart_id=cart_id, quantity=n)
                | stocked.SoftReservationConverted(cart_id=cart_id, quantity=n)
            ):
                self.in_carts[cart_id] -= n

    def _promise(self, event: Any) -> None:
        match event:
            case stocked.StockReserved(line_id=line_id, quantity=n):
                self.reserved[line_id] += n
            case (
                stocked.ReservationReleased(line_id=line_id, quantity=n)
                | stocked.ReservationExpired(line_id=line_id, quantity=n)
            ):
                self.reserved[line_id] -= n
            case stocked.StockAllocated(line_id=line_id, location_id=place, quantity=n):
                self.reserved[line_id] -= n
                self.allocated[line_id] += n
                self.tied_at[place] += n
            case stocked.StockDeallocated(line_id=line_id, location_id=place, quantity=n):
                self.reserved[line_id] += n
                self.allocated[line_id] -= n
                self.tied_at[place] -= n
            case (
                stocked.StockShipped(line_id=line_id, location_id=place, quantity=n)
                | stocked.StockShorted(line_id=line_id, location_id=place, quantity=n)
            ):
                self.allocated[line_id] -= n
                self.tied_at[place] -= n
                self.at[place] -= n

    def check(self, event: Event, place: str) -> None:
        """Check what must hold after every movement."""
        promised = self.reserved.total() + self.allocated.total() - self.lost
        assert self.on_hand >= 0, place
        assert min(self.reserved.values(), default=0) >= 0, f"{place}: ended twice"
        assert min(self.allocated.values(), default=0) >= 0, f"{place}: ended twice"
        assert min(self.in_carts.values(), default=0) >= 0, f"{place}: ended twice"
        if isinstance(event, stocked.StockReserved) or not self.disturbed:
            assert promised <= self.on_hand - self.quarantined, f"{place}: oversold"
        if isinstance(event, stocked.StockSoftReserved) or not self.disturbed:
            promised += self.in_carts.total()
            assert promised <= self.on_hand - self.quarantined, f"{place}: oversold by carts"


def check_stock(history: Sequence[Recorded]) -> Mapping[str, Shelf]:
    """P1, P3: never oversold by a promise; reserved and allocated equal their movements."""
    shelves: dict[str, Shelf] = defaultdict(Shelf)
    for recorded in history:
        category, _, item_id = recorded.stream.partition(":")
        if category == "stock":
            shelves[item_id].book(recorded.event)
            shelves[item_id].check(recorded.event, recorded.id)
    for item_id, state in states(history, "stock", stock).items():
        shelf = shelves[item_id]
        assert state.reserved == shelf.reserved.total(), item_id
        assert state.allocated == shelf.allocated.total(), item_id
        assert state.soft_reserved == shelf.in_carts.total(), item_id
        on_hand = sum(location.on_hand for location in state.locations.values())
        quarantined = sum(location.quarantined for location in state.locations.values())
        assert (on_hand, quarantined) == (shelf.on_hand, shelf.quarantined), item_id
    return shelves


def check_orders(history: Sequence[Recorded], shelves: Mapping[str, Shelf]) -> None:
    """Lines lose no unit; order and stock agree; what is closed is empty."""
    reserved: Counter[str] = Counter()
    allocated: Counter[str] = Counter()
    for shelf in shelves.values():
        reserved.update(shelf.reserved)
        allocated.update(shelf.allocated)
    for order_id, state in states(history, "order", order).items():
        for line_id, line in state.lines.items():
            assert sum(getattr(line, b) for b in BUCKETS) == line.terms.quantity, line_id
            assert min(getattr(line, b) for b in BUCKETS) >= 0, line_id
            assert line.returned <= line.delivered <= line.shipped, line_id
            if line.terms.kind is ordered.LineKind.GOODS:
                assert line.reserved + line.released == reserved[line_id], line_id
                assert line.allocated == allocated[line_id], line_id
        if state.phase in (Phase.COMPLETED, Phase.CANCELLED):
            assert (state.open, dict(state.parcels.items())) == (0, {}), order_id


def check_owners(history: Sequence[Recorded], asking: Iterable[str], parked: Iterable[str]) -> None:
    """S12: every order has ended, or somebody is named who has to act, and nothing is left out."""
    found: dict[str, Any] = {}
    for category, decider in BY_CATEGORY.items():
        for name, state in states(history, category, decider).items():
            found[f"{category}:{name}"] = state
    shop = Shop(found, frozenset(parked), frozenset(asking))
    for stream in found:
        category, _, name = stream.partition(":")
        if category == "order" and (taken := care(name, shop)) is not None:
            assert taken.is_taken, f"{name}: {taken}"


def check_carts(history: Sequence[Recorded], shelves: Mapping[str, Shelf]) -> None:
    """S53, P4, P18: one notice for each episode, one cart for each order, nothing held for ever."""
    told = [e for e in of_category(history, "cart") if isinstance(e, carted.CartAbandoned)]
    episodes = Counter((event.cart_id, event.episode) for event in told)
    assert set(episodes.values()) <= {1}
    held: Counter[str] = Counter()
    for shelf in shelves.values():
        held.update(shelf.in_carts)
    orders = states(history, "order", order)
    for cart_id, state in states(history, "cart", cart).items():
        if state.phase in (CartPhase.CONVERTED, CartPhase.EXPIRED):
            assert not held[cart_id], f"{cart_id} is closed and holds {held[cart_id]}"
        if state.phase is CartPhase.CONVERTED:
            assert orders[state.order_id].terms.cart_id == cart_id
    from_carts = [s.placed.cart_id for s in orders.values() if s.placed and s.placed.cart_id]
    assert len(set(from_carts)) == len(from_carts)


def check_payments(history: Sequence[Recorded]) -> None:
    """P6: refunds and charge-backs ≤ captures ≤ authorization, after every event."""
    authorized: Counter[str] = Counter()
    captured: Counter[str] = Counter()
    back: Counter[str] = Counter()
    for event in of_category(history, "payment"):
        name = event.payment_id
        match event:
            case paid.AuthorizationSucceeded(amount_minor=amount):
                assert not authorized[name], f"{name} was authorized twice"
                authorized[name] = amount
            case paid.CaptureSucceeded(amount_minor=amount):
                captured[name] += amount
            case paid.RefundSucceeded(amount_minor=amount):
                back[name] += amount
            case paid.PaymentChargedBack(amount_minor=amount):
                back[name] += amount
        assert back[name] <= captured[name] <= authorized[name], name


def check_gateway(history: Sequence[Recorded], gateway: SimulatedGateway, now: Instant) -> None:
    """P4, P7, P8: the gateway's money is ours, and nothing of it belongs to nobody."""
    events = [recorded.event for recorded in history]
    assert gateways_money(gateway) == our_money(events)
    payments = states(history, "payment", payment)
    orders = states(history, "order", order)
    still = open_authorizations(gateway, now)
    for name, state in payments.items():
        owner = orders[state.order_id]
        if owner.phase is Phase.CANCELLED:
            assert state.captured_minor == 0, f"{name} was taken for a cancelled order"
        if owner.phase in (Phase.CANCELLED, Phase.COMPLETED) and name in still:
            told = any(isinstance(e, paid.VoidFailed) and e.payment_id == name for e in events)
            assert told, f"{name} is set aside for an order that has ended"
    assert {name for name in still if name not in payments} == set()


def check_ledger(history: Iterable[Recorded]) -> None:
    """Every event's postings add up to nothing in every currency, and goods are not in between."""
    between: Counter[str] = Counter()
    for recorded in history:
        sums: Counter[str] = Counter()
        for posting in postings(recorded.event):
            sums[posting.currency] += posting.amount_minor
            if posting.account is Account.GOODS_ISSUED:
                between[posting.currency] += posting.amount_minor
        assert not any(sums.values()), recorded.id
    assert not any(between.values())


def check_shipments(history: Sequence[Recorded]) -> None:
    """What the warehouses sent is what stock lost and what the orders were charged for."""
    sent: Counter[str] = Counter()
    for state in states(history, "fulfilment", fulfilment).values():
        for line in state.shipped:
            sent[line.line_id] += line.quantity
    left: Counter[str] = Counter()
    for event in of_category(history, "stock"):
        if isinstance(event, stocked.StockShipped):
            left[event.line_id] += event.quantity
    booked: Counter[str] = Counter()
    for event in of_category(history, "order"):
        if isinstance(event, ordered.LineShipped) and event.cost_currency:
            booked[event.line_id] += event.quantity
    assert +sent == left == booked


def check_receivables(history: Sequence[Recorded]) -> None:
    """P14, P25: no gap in numbers; what leaves on terms is invoiced; exposure is its naive sum."""
    numbers: dict[str, list[int]] = defaultdict(list)
    charged: Counter[str] = Counter()
    drafted: Counter[str] = Counter()
    for event in (recorded.event for recorded in history):
        match event:
            case NumberAssigned(series_id, number):
                numbers[series_id].append(number)
            case ordered.ShipmentCharged(order_id, tenders=tenders, amount_minor=amount):
                charged[order_id] += amount if any(tender.terms for tender in tenders) else 0
            case invoiced.InvoiceDrafted(_, content) if content.kind is DocumentKind.INVOICE:
                drafted[content.order_id] += content.total_minor
            case invoiced.InvoiceVoided():
                drafted[event.order_id] -= event.content.total_minor
    assert all(given == list(range(1, len(given) + 1)) for given in numbers.values())
    assert +charged == drafted
    owed: dict[str, dict[str, int]] = defaultdict(dict)
    for name, document in states(history, "invoice", invoice).items():
        content = document.terms
        is_draft = document.standing is Standing.DRAFT
        left = content.total_minor if is_draft else document.open_minor
        if left and content.kind is DocumentKind.INVOICE:
            owed[content.account_id][name] = left
    for account_id, state in states(history, "account", account).items():
        assert {n: i.open_minor for n, i in state.invoices.items()} == owed[account_id]
        granted = sum(state.orders.values())
        assert state.exposure_minor == granted + sum(owed[account_id].values()), account_id
        assert state.unapplied_minor >= 0, account_id
    books = Books()
    for recorded in history:
        books.add(recorded)
    books.close()
    assert books.findings == []


def check_all(history: Sequence[Recorded], gateway: SimulatedGateway, now: Instant) -> None:
    """Check everything."""
    shelves = check_stock(history)
    check_orders(history, shelves)
    check_carts(history, shelves)
    check_payments(history)
    check_gateway(history, gateway, now)
    check_ledger(history)
    check_shipments(history)
    check_receivables(history)
