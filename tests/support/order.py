"""An order in plain words: goods, a service, and what the world may say about them."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from oms_core.domain.order import commands, events
from oms_core.domain.order.decider import order
from oms_core.domain.order.events import OnShortage, Source, TenderMethod
from oms_core.domain.order.state import Order, Phase
from oms_core.kernel import Command, Event, Instant, Rejected
from oms_core.kernel.money import share

ORDER = "web:1001"
MUG, CAP, POST = f"{ORDER}/1", f"{ORDER}/2", f"{ORDER}/3"
CARD, CASH = f"{ORDER}/card", f"{ORDER}/cash"
F1, F2 = f"{ORDER}/f1", f"{ORDER}/f2"
FROM_LYON = (Source("LYON", 9),)
ITEMS = {MUG: "ITEM-MUG", CAP: "ITEM-CAP", POST: "POSTAGE"}
BUCKETS = ("unreserved", "backordered", "reserved", "released", "allocated", "shipped", "cancelled")

MUGS = events.OrderLine(MUG, ITEMS[MUG], "MUG-BLUE", 3, "3.33", 1000, 200)
CAPS = events.OrderLine(CAP, ITEMS[CAP], "CAP-RED", 2, "2.50", 500)
POSTAGE = events.OrderLine(
    POST, ITEMS[POST], "POST", 1, "4.99", 499, 1, kind=events.LineKind.SERVICE
)


def by_card(amount_minor: int) -> events.Tender:
    """Return a card tender."""
    return events.Tender(CARD, TenderMethod.CARD, amount_minor, "tok-1")


def wish(*lines: events.OrderLine, **changes: object) -> commands.PlaceOrder:
    """Return the command to place these lines, paid in full by card unless told otherwise."""
    total = sum(line.net_minor + line.tax_minor for line in lines)
    command = commands.PlaceOrder(
        ORDER,
        "web",
        "1001",
        "C-1",
        "EUR",
        lines,
        (by_card(total),) if total else (),
        events.Destination("FR", "69001"),
        OnShortage.BACKORDER,
        Instant(1_000),
        ship_by=Instant(9_000),
        priority=2,
    )
    return replace(command, **changes)


def placed(command: commands.PlaceOrder) -> events.OrderPlaced:
    """Return the event that a placement with these terms leads to."""
    return events.OrderPlaced(*(getattr(command, name) for name in command.__struct_fields__))


def told(*wishes: Command) -> tuple[Event, ...]:
    """Return all that happens when the order is told these things; none may be refused."""
    log: list[Event] = []
    state = order.initial
    for command in wishes:
        happened = tuple(order.decide(command, state))
        log.extend(happened)
        for event in happened:
            state = order.evolve(state, event)
    return tuple(log)


def attempted(log: Iterable[Event], command: Command) -> tuple[Event, ...]:
    """Return what the command adds to the log: nothing if it is refused."""
    try:
        return tuple(order.decide(command, order.fold(log)))
    except Rejected:
        return ()


def reserve(line_id: str, quantity: int) -> commands.RecordReservation:
    """Stock says that it set units aside, all at Lyon."""
    return commands.RecordReservation(ORDER, line_id, quantity, FROM_LYON)


def backorder(line_id: str, quantity: int) -> commands.RecordBackorder:
    """Stock says that units wait for supply."""
    return commands.RecordBackorder(ORDER, line_id, quantity)


def authorize(amount_minor: int, payment_id: str = CARD) -> commands.RecordAuthorization:
    """The payment says that its tender is certain."""
    return commands.RecordAuthorization(ORDER, payment_id, amount_minor)


def part(line_id: str, quantity: int) -> events.PlannedLine:
    """Return units of a line in a parcel."""
    return events.PlannedLine(line_id, ITEMS[line_id], quantity)


def plan(fulfilment_id: str, *parts: events.PlannedLine) -> commands.PlanFulfilment:
    """Routing lets Lyon send these units."""
    return commands.PlanFulfilment(ORDER, fulfilment_id, "LYON", parts)


def allocate(line_id: str, quantity: int, fulfilment_id: str = F1) -> commands.RecordAllocation:
    """Stock says that units have their shelf."""
    return commands.RecordAllocation(ORDER, line_id, quantity, fulfilment_id)


def reroute(
    line_id: str, quantity: int, fulfilment_id: str = F1, *, barred: bool = False
) -> commands.RerouteLine:
    """Stock says that units have no shelf, or not any more."""
    return commands.RerouteLine(ORDER, line_id, quantity, fulfilment_id, FROM_LYON, barred)


def ship(
    line_id: str, quantity: int, fulfilment_id: str = F1, cost: int = 100
) -> commands.RecordShipment:
    """Stock says that units left."""
    return commands.RecordShipment(ORDER, line_id, quantity, fulfilment_id, cost, "EUR")


def short(line_id: str, quantity: int, fulfilment_id: str = F1) -> commands.RecordShort:
    """Stock says that units were not on the shelf."""
    return commands.RecordShort(ORDER, line_id, quantity, fulfilment_id)


def deliver(*parts: events.PlannedLine, fulfilment_id: str = F1) -> commands.RecordDelivery:
    """The carrier says that the parcel arrived."""
    return commands.RecordDelivery(ORDER, fulfilment_id, parts)


def cancel_line(line_id: str, quantity: int, name: str = "c1") -> commands.CancelLine:
    """The customer gives up units of a line."""
    return commands.CancelLine(ORDER, line_id, quantity, events.CancellationReason.CUSTOMER, name)


CANCEL = commands.CancelOrder(ORDER, events.CancellationReason.CUSTOMER)


def send_back(name: str, *parts: tuple[str, int]) -> commands.RecordReturn:
    """The warehouse says that units came back, fit for sale."""
    lines = tuple(commands.ReturnLine(line_id, quantity) for line_id, quantity in parts)
    return commands.RecordReturn(ORDER, name, lines, events.Disposition.RESTOCK, "LYON")


def hold(name: str, *blocks: events.Blocked) -> commands.HoldOrder:
    """A person wants to look first."""
    return commands.HoldOrder(ORDER, name, events.HoldKind.FRAUD, blocks, "looks odd")


def packed(*parts: events.PlannedLine, fulfilment_id: str = F1) -> tuple[Command, ...]:
    """Return the wishes that bring released units to their shelf."""
    return (
        plan(fulfilment_id, *parts),
        *(allocate(p.line_id, p.quantity, fulfilment_id) for p in parts),
    )


def sent(*parts: events.PlannedLine, fulfilment_id: str = F1) -> tuple[Command, ...]:
    """Return the wishes that bring released units out of the house, each at a cost of 100."""
    return (
        *packed(*parts, fulfilment_id=fulfilment_id),
        *(ship(p.line_id, p.quantity, fulfilment_id, 100 * p.quantity) for p in parts),
    )


def assert_units_balance(state: Order) -> None:
    """Check every total of the order against its lines, and every unit against its line.

    This holds after every single event.
    """
    lines = state.lines.values()
    for line in lines:
        counts = [getattr(line, bucket) for bucket in BUCKETS]
        assert sum(counts) == line.terms.quantity
        assert min(counts) >= 0
        assert 0 <= line.delivered <= line.shipped
        assert 0 <= line.returned <= line.shipped
        assert 0 <= line.cost_returned_minor <= line.cost_minor
    goods = [line for line in lines if line.terms.kind is events.LineKind.GOODS]
    assert state.unanswered == sum(line.unreserved for line in lines)
    assert state.waiting == state.unanswered + sum(line.backordered for line in lines)
    assert state.ready == sum(line.reserved for line in lines)
    assert state.shipped == sum(line.shipped for line in lines)
    assert state.open == sum(line.terms.quantity - line.shipped - line.cancelled for line in lines)
    assert state.goods_open == sum(line.open for line in goods)
    parcels = state.parcels.values()
    for line_id, line in state.lines.items():
        assert sum(parcel.allocated.get(line_id, 0) for parcel in parcels) == line.allocated
        assert sum(parcel.planned.get(line_id, 0) for parcel in parcels) <= line.released
    uncharged = sum(parcel.charged_minor for parcel in parcels)
    assert state.charged_minor + uncharged == state.shipped_minor
    assert state.refunded_minor <= state.charged_minor


def assert_books_balance(state: Order) -> None:
    """Check the units, and that nothing is left hanging once a command is decided."""
    assert_units_balance(state)
    for parcel in state.parcels.values():
        assert parcel.planned or parcel.allocated, "a parcel that nothing is in was left open"
        assert parcel.planned or parcel.requested, "a parcel was settled and nobody was asked"
    if state.phase is Phase.COMPLETED:
        assert (state.open, state.shipped > 0, len(state.parcels)) == (0, True, 0)
    if state.phase is Phase.CANCELLED:
        assert (state.open, state.shipped, len(state.parcels)) == (0, 0, 0)


def assert_money_is_shared_out(log: Iterable[Event], state: Order) -> None:
    """Check that each line's shipped and cancelled units bear their own shares of its price.

    Shipped units bear the first shares and cancelled ones the last, so that all of them together
    bear the whole price, whatever the steps were.
    """
    paid: dict[tuple[str, type[Event]], list[int]] = {}
    for event in log:
        if isinstance(event, events.LineShipped | events.LineCancelled):
            sums = paid.setdefault((event.line_id, type(event)), [0, 0])
            sums[0] += event.net_minor
            sums[1] += event.tax_minor
    for line_id, line in state.lines.items():
        terms, whole = line.terms, line.terms.quantity
        first, last = whole - line.cancelled, line.shipped
        for kind, start, stop in (
            (events.LineShipped, 0, last),
            (events.LineCancelled, first, whole),
        ):
            assert paid.get((line_id, kind), [0, 0]) == [
                share(terms.net_minor, start, stop, whole),
                share(terms.tax_minor, start, stop, whole),
            ]
