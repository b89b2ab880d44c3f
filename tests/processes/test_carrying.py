"""The processes that carry news between boundaries: dispatch, cancellation and returning."""

from msgspec.structs import replace

from oms_core.domain.fulfilment import commands as fulfilment
from oms_core.domain.fulfilment.events import (
    FulfilmentCancelled,
    FulfilmentDelivered,
    FulfilmentLine,
    FulfilmentShipped,
)
from oms_core.domain.order import commands as order
from oms_core.domain.order.events import (
    CancellationReason,
    Disposition,
    LineCancelled,
    LineKind,
    LineReturned,
    PlannedLine,
    ShipmentCharged,
    Withdrawn,
)
from oms_core.domain.stock import commands as stock
from oms_core.domain.stock.events import StockShipped, StockShorted
from oms_core.processes.cancellation import cancellation
from oms_core.processes.dispatch import dispatch
from oms_core.processes.returning import returning
from tests.support.spec import Specification

dispatching = Specification(dispatch)
cancelling = Specification(cancellation)
taking_back = Specification(returning)

MUGS = FulfilmentLine("web:1/1", "MUG", 2)
CUPS = FulfilmentLine("web:1/2", "CUP", 0)


def test_every_line_of_a_parcel_leaves_the_shelf_also_one_that_is_short():
    shipped = FulfilmentShipped("web:1/f1.1", "web:1", "LYON", (MUGS, CUPS), "DHL", "T1")
    dispatching().when(shipped).then(
        stock.ShipStock("MUG", "web:1/1", "web:1/f1.1", 2),
        stock.ShipStock("CUP", "web:1/2", "web:1/f1.1", 0),
    )


def test_the_order_hears_what_left_and_what_it_had_cost():
    left = StockShipped("MUG", "web:1/1", "web:1/f1.1", "LYON", 2, 1, 800, "EUR")
    dispatching().when(left).then(
        order.RecordShipment("web:1", "web:1/1", 2, "web:1/f1.1", 800, "EUR")
    )


def test_the_order_hears_what_was_not_on_the_shelf():
    missing = StockShorted("MUG", "web:1/1", "web:1/f1.1", "LYON", 1, 0, 400, "EUR")
    dispatching().when(missing).then(order.RecordShort("web:1", "web:1/1", 1, "web:1/f1.1"))


def test_what_has_left_over_the_counter_has_arrived():
    charged = ShipmentCharged("web:1", "C1", "web:1/f1.1", 100, "EUR", (), (), "LYON")
    dispatching().when(charged).then(fulfilment.DeliverFulfilment("web:1/f1.1"))
    assert dispatch.route[ShipmentCharged](charged) == "web:1"
    assert dispatch.route[ShipmentCharged](replace(charged, sold_at="")) is None


def test_the_order_hears_that_a_parcel_arrived():
    dispatching().when(FulfilmentDelivered("web:1/f1.1", "web:1", (MUGS,))).then(
        order.RecordDelivery("web:1", "web:1/f1.1", (PlannedLine("web:1/1", "MUG", 2),))
    )


def cancelled(**quantities):
    return LineCancelled(
        "web:1",
        "C1",
        "web:1/1",
        "MUG",
        9,
        900,
        0,
        "EUR",
        CancellationReason.CUSTOMER,
        "X1",
        **quantities,
    )


def test_what_was_done_for_cancelled_units_is_undone():
    event = cancelled(
        unreserved=1,
        backordered=2,
        reserved=1,
        released=2,
        allocated=3,
        withdrawn=(Withdrawn("web:1/f1.1", 1), Withdrawn("web:1/f1.2", 2)),
    )
    cancelling().when(event).then(
        fulfilment.CancelFulfilment("web:1/f1.1"),
        fulfilment.CancelFulfilment("web:1/f1.2"),
        stock.ReleaseReservation("MUG", "web:1/1", 3),
        stock.CancelBackorder("MUG", "web:1/1", 2),
    )


def test_units_for_which_nothing_was_done_need_no_undoing():
    cancelling().when(cancelled(unreserved=9)).then_nothing()


def test_a_stopped_parcel_gives_its_units_back_to_no_ones_displeasure():
    stopped = FulfilmentCancelled("web:1/f1.1", "web:1", "LYON", (MUGS,))
    cancelling().when(stopped).then(stock.DeallocateStock("MUG", "web:1/1", "web:1/f1.1"))


def returned(disposition, kind=LineKind.GOODS):
    return LineReturned(
        "web:1",
        "C1",
        "R1",
        "web:1/1",
        "MUG",
        2,
        200,
        0,
        80,
        "EUR",
        disposition,
        "LYON",
        kind,
        "GBP",
    )


def test_returned_goods_go_back_on_the_shelf_or_aside_at_what_they_had_cost():
    for disposition, aside in ((Disposition.RESTOCK, False), (Disposition.QUARANTINE, True)):
        taking_back().when(returned(disposition)).then(
            stock.ReturnStock("MUG", "R1|web:1/1", "web:1/1", "LYON", 2, aside, 80, "GBP")
        )


def test_what_is_written_off_and_what_is_no_goods_goes_nowhere():
    taking_back().when(returned(Disposition.WRITE_OFF)).then_nothing()
    taking_back().when(returned(Disposition.RESTOCK, LineKind.SERVICE)).then_nothing()
