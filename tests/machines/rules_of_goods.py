"""What must hold of goods: of shelves, of promises, of orders and of carts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from oms_core.domain.cart import events as carted
from oms_core.domain.cart.state import Phase as CartPhase
from oms_core.domain.order import events as ordered
from oms_core.domain.order.state import Order, Phase
from oms_core.domain.payment.state import PENDING
from oms_core.domain.stock import events as stocked
from oms_core.kernel import Command, Recorded
from tests.simulation.invariants import BUCKETS, Shelf
from tests.simulation.ownership import Shop, care

States = Mapping[str, Any]


class Rule:
    """A rule that has nothing against anything."""

    def __init__(self, states: States) -> None:
        """Watch these states, which change as events happen."""
        self.states = states

    def of(self, category: str) -> dict[str, Any]:
        """Return the states of a category by name."""
        head = f"{category}:"
        found = [name for name in self.states if name.startswith(head)]
        return {name.removeprefix(head): self.states[name] for name in found}

    def see(self, recorded: Recorded, command: Command) -> None:
        """Look at one event; the states know of it already."""

    def rest(self) -> None:
        """Look at the states when everything that follows from a command has happened."""

    def close(self) -> None:
        """Look at the end."""


class Promises(Rule):
    """P1: no unit is promised twice. P3: what is counted is the sum of its movements.

    P16, P18: what is promised is kept, ends once, or is open.
    """

    def __init__(self, states: States) -> None:
        """Begin with empty shelves."""
        super().__init__(states)
        self.shelves: dict[str, Shelf] = defaultdict(Shelf)

    def see(self, recorded: Recorded, command: Command) -> None:
        """Book every movement by ourselves."""
        del command
        category, _, item_id = recorded.stream.partition(":")
        if category == "stock":
            shelf = self.shelves[item_id]
            shelf.book(recorded.event)
            state = self.states[recorded.stream]
            shelf.check(recorded.event, f"P1, P18, P27: {recorded.id}")
            assert state.reserved == shelf.reserved.total(), f"P3: {recorded.id}"
            assert state.allocated == shelf.allocated.total(), f"P3: {recorded.id}"
            assert state.soft_reserved == shelf.in_carts.total(), f"P3: {recorded.id}"
            on_hand = sum(place.on_hand for place in state.locations.values())
            assert on_hand == shelf.on_hand, f"P3: {recorded.id}"
            transit = sum(transfer.quantity for transfer in state.transfers.values())
            assert state.units == on_hand + transit, f"P3: {recorded.id}"
            assert state.value_minor >= 0, f"P3: {recorded.id} is worth {state.value_minor}"
            assert state.units or not state.value_minor, "P3: nothing is worth something"

    def rest(self) -> None:
        """P17, P34: what stock has promised is what orders have been promised, line by line."""
        reserved, allocated, queued = (Counter[str]() for _ in range(3))
        for item_id, shelf in self.shelves.items():
            reserved.update(shelf.reserved)
            allocated.update(shelf.allocated)
            for line_id, waiting in self.states[f"stock:{item_id}"].backorders.items():
                queued[line_id] += waiting.quantity
        for state in self.of("order").values():
            for line_id, line in state.lines.items():
                if line.terms.kind is not ordered.LineKind.GOODS:
                    continue
                theirs = (line.reserved + line.released, line.allocated, line.backordered)
                ours = (reserved.pop(line_id, 0), allocated.pop(line_id, 0), queued.pop(line_id, 0))
                assert theirs == ours, f"P17, P34: {line_id} has {ours} in stock, {theirs} in order"
        left = (+reserved, +allocated, +queued)
        assert left == (Counter(), Counter(), Counter()), f"P18: promised to nobody: {left}"


class Demand(Rule):
    """P2: all lines of an order for one item are judged by their sum."""

    def __init__(self, states: States) -> None:
        """Begin without wishes."""
        super().__init__(states)
        self.placed: ordered.OrderPlaced | None = None
        self.granted: Counter[str] = Counter()
        self.declined: Counter[str] = Counter()

    def see(self, recorded: Recorded, command: Command) -> None:
        """Count what the order that is being placed is given."""
        del command
        match recorded.event:
            case ordered.OrderPlaced() as placed:
                self.placed, self.granted, self.declined = placed, Counter(), Counter()
            case stocked.StockReserved(item_id=item, line_id=line_id, quantity=n):
                self.granted[item] += n * self._ours(line_id)
            case stocked.ReservationDeclined(item_id=item, line_id=line_id, requested=n):
                self.declined[item] += n * self._ours(line_id)

    def _ours(self, line_id: str) -> bool:
        return self.placed is not None and line_id.rpartition("/")[0] == self.placed.order_id

    def rest(self) -> None:
        """Compare it with what it wanted."""
        waits = (ordered.OnShortage.BACKORDER, ordered.OnShortage.SPLIT)
        if self.placed is not None and self.placed.on_shortage not in waits:
            wanted: Counter[str] = Counter()
            for line in self.placed.lines:
                if line.kind is ordered.LineKind.GOODS:
                    wanted[line.item_id] += line.quantity
            for item, units in wanted.items():
                answers = (self.granted[item], self.declined[item])
                assert answers in ((units, 0), (0, units)), f"P2: {units} of {item}: {answers}"
        self.placed = None


class OrdersWhole(Rule):
    """P35: lines lose no unit, and orders end once. P15: nor is an amount lost.

    P29, P9: no more comes back than left.

    P11, P12: the shares of a line's price add up to it, whatever the steps were.
    """

    def __init__(self, states: States) -> None:
        """Begin without orders."""
        super().__init__(states)
        self.terms: dict[str, ordered.OrderPlaced] = {}
        self.ended: set[str] = set()
        self.moved: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)

    def see(self, recorded: Recorded, command: Command) -> None:
        """Look at an order after every event of it."""
        del command
        if not recorded.stream.startswith("order:"):
            return
        event: Any = recorded.event
        state: Order = self.states[recorded.stream]
        match event:
            case ordered.OrderPlaced(order_id):
                assert order_id not in self.terms, f"P5: {order_id} was placed twice"
                self.terms[order_id] = event
            case ordered.OrderCompleted(order_id) | ordered.OrderCancelled(order_id):
                assert order_id not in self.ended, f"P35: {order_id} ends twice"
                self.ended.add(order_id)
            case ordered.LineShipped() | ordered.LineCancelled() | ordered.LineReturned():
                sums = self.moved[event.line_id, type(event).__name__]
                sums.update(units=event.quantity, net=event.net_minor, tax=event.tax_minor)
                self._shares(event.line_id, state)
        assert state.placed == self.terms.get(recorded.stream.partition(":")[2]), "P12, P14"
        for line_id, line in state.lines.items():
            buckets = [getattr(line, bucket) for bucket in BUCKETS]
            assert sum(buckets) == line.terms.quantity, f"P35: {recorded.id}: {line_id} {buckets}"
            assert min(buckets) >= 0, f"P35: {recorded.id}: {line_id} {buckets}"
            assert line.returned <= line.shipped, f"P29: {recorded.id}: {line_id}"
            assert line.delivered <= line.shipped, f"P29: {recorded.id}: {line_id}"

    def _shares(self, line_id: str, state: Order) -> None:
        terms = state.lines[line_id].terms
        shipped, gone, back = (
            self.moved[line_id, kind] for kind in ("LineShipped", "LineCancelled", "LineReturned")
        )
        whole = shipped["units"] + gone["units"] == terms.quantity
        for name, agreed in (("net", terms.net_minor), ("tax", terms.tax_minor)):
            so_far = shipped[name] + gone[name]
            assert so_far == agreed if whole else 0 <= so_far <= agreed, f"P11, P15: {line_id}"
            assert 0 <= back[name] <= shipped[name], f"P9: {line_id}: {back} of {shipped}"
        if state.lines[line_id].returned == terms.quantity:
            owed = state.lines[line_id].creditable
            assert owed == (0, 0), f"P11, P15: {line_id} is back, and {owed} of it is not"

    def rest(self) -> None:
        """P8, S12: what is closed is empty, and what is open has an owner."""
        asking = {
            f"{name}:authorize:1"
            for name, state in self.of("payment").items()
            if state.standing in PENDING
        }
        shop = Shop(self.states, frozenset(), asking)
        for order_id, state in self.of("order").items():
            if state.phase in (Phase.COMPLETED, Phase.CANCELLED):
                assert (state.open, dict(state.parcels.items())) == (0, {}), f"P8: {order_id}"
            taken = care(order_id, shop)
            assert taken is None or taken.is_taken, f"S12: {order_id}: {taken}"


class CartsOnce(Rule):
    """P4: a cart becomes one order, with what it held. S53: an episode is told of once."""

    def __init__(self, states: States) -> None:
        """Begin without carts."""
        super().__init__(states)
        self.told: set[tuple[str, int]] = set()
        self.became: dict[str, str] = {}

    def see(self, recorded: Recorded, command: Command) -> None:
        """Look at what a cart tells."""
        del command
        match recorded.event:
            case carted.CartAbandoned(cart_id, episode=episode):
                assert (cart_id, episode) not in self.told, f"S53: {recorded.id}"
                self.told.add((cart_id, episode))
            case ordered.OrderPlaced(order_id, cart_id=cart_id) if cart_id:
                assert cart_id not in self.became, f"P4: {cart_id} is two orders"
                self.became[cart_id] = order_id

    def rest(self) -> None:
        """Closed carts hold nothing, and what was ordered out of one was that cart's."""
        held: Counter[str] = Counter()
        for state in self.of("stock").values():
            for cart_id, soft in state.soft.items():
                held[cart_id] += soft.quantity
        for cart_id, state in self.of("cart").items():
            if state.phase in (CartPhase.CONVERTED, CartPhase.EXPIRED):
                assert not held[cart_id], f"P18: {cart_id} is over and holds {held[cart_id]}"
            if state.phase is CartPhase.CONVERTED:
                assert self.became[cart_id] == state.order_id, f"P4: {cart_id}"
                placed = self.states[f"order:{state.order_id}"].terms
                theirs = (placed.channel, placed.customer_id)
                assert theirs == (state.terms.channel, state.customer_id), f"P4: {cart_id}"
        for cart_id in self.became:
            assert self.states[f"cart:{cart_id}"].phase is CartPhase.CONVERTED, f"P4: {cart_id}"
