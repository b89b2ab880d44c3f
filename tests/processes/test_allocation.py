"""What an order needs is asked of stock, and what stock answers is told to the order."""

from oms_core.domain.order import commands as order
from oms_core.domain.order.events import (
    ChangeConfirmed,
    Destination,
    LineKind,
    LineUnreserved,
    OnShortage,
    OrderLine,
    OrderPlaced,
    PlannedLine,
    Preview,
    ReservationRetried,
    Source,
    SurplusReleased,
)
from oms_core.domain.stock import commands as stock
from oms_core.domain.stock.events import (
    Available,
    ReservationDeclined,
    ReservationExpired,
    Shortfall,
    StockBackordered,
    StockReserved,
)
from oms_core.kernel import Instant
from oms_core.processes.allocation import allocation
from tests.support.spec import Specification

given = Specification(allocation)


def placed(on_shortage, *lines):
    return OrderPlaced(
        "web:1", "web", "1", "C1", "EUR", lines, (), Destination("FR"), on_shortage, Instant(1)
    )


MUGS = OrderLine("web:1/1", "MUG", "mug", 2, "1", 200)
CUPS = OrderLine("web:1/2", "CUP", "cup", 1, "1", 100)
MORE_MUGS = OrderLine("web:1/3", "MUG", "mug", 3, "1", 300)
POSTAGE = OrderLine("web:1/4", "POST", "post", 1, "1", 100, kind=LineKind.SERVICE)


def test_lines_of_one_item_are_asked_for_together_and_services_not_at_all():
    given().when(placed(OnShortage.HOLD, MUGS, CUPS, MORE_MUGS, POSTAGE)).then(
        stock.ReserveStock(
            "MUG",
            "web",
            (stock.Demand("web:1/1", 2), stock.Demand("web:1/3", 3)),
            Shortfall.DECLINE,
        ),
        stock.ReserveStock("CUP", "web", (stock.Demand("web:1/2", 1),), Shortfall.DECLINE),
    )


def test_only_orders_that_may_wait_are_put_in_the_queue():
    for on_shortage, shortfall in (
        (OnShortage.HOLD, Shortfall.DECLINE),
        (OnShortage.CANCEL, Shortfall.DECLINE),
        (OnShortage.BACKORDER, Shortfall.BACKORDER),
        (OnShortage.SPLIT, Shortfall.BACKORDER),
    ):
        given().when(placed(on_shortage, CUPS)).then(
            stock.ReserveStock("CUP", "web", (stock.Demand("web:1/2", 1),), shortfall)
        )


def test_what_is_short_is_asked_for_again():
    retried = ReservationRetried(
        "web:1", "web", OnShortage.SPLIT, (PlannedLine("web:1/2", "CUP", 4),)
    )
    given().when(retried).then(
        stock.ReserveStock("CUP", "web", (stock.Demand("web:1/2", 4),), Shortfall.BACKORDER)
    )


def test_the_order_hears_what_stock_has_set_aside_and_where():
    reserved = StockReserved(
        "CUP", "web:1/2", "web", 1, 0, Instant(0), (Available("LYON", 7), Available("LEEDS", 2))
    )
    given().when(reserved).then(
        order.RecordReservation("web:1", "web:1/2", 1, (Source("LYON", 7), Source("LEEDS", 2)))
    )


def test_the_order_hears_of_waiting_of_shortage_and_of_expiry():
    given().when(StockBackordered("CUP", "web:1/2", "web", 3, Instant(0))).then(
        order.RecordBackorder("web:1", "web:1/2", 3)
    )
    given().when(ReservationDeclined("CUP", "web:1/2", "web", 5, 2)).then(
        order.RecordShortage("web:1", "web:1/2", 5, 2)
    )
    given().when(ReservationExpired("CUP", "web:1/2", 3, 0)).then(
        order.RecordExpiry("web:1", "web:1/2", 3)
    )


def test_what_the_order_gives_back_goes_on_sale_again():
    given().when(LineUnreserved("web:1", "web:1/2", "CUP", 3)).then(
        stock.ReleaseReservation("CUP", "web:1/2", 3)
    )
    given().when(SurplusReleased("web:1", "web:1/2", "CUP", 1)).then(
        stock.ReleaseReservation("CUP", "web:1/2", 1)
    )


def test_lines_that_a_change_has_added_are_asked_for_as_the_lines_of_an_order_are():
    added = (
        OrderLine("web:1/4", "MUG", "MUG", 2, "1.00", 200),
        OrderLine("web:1/5", "WRAP", "WRAP", 1, "1.00", 100, kind=LineKind.SERVICE),
    )
    shown = Preview(0, (), 300, 0, 300, 0)
    event = ChangeConfirmed(
        *("web:1", "C1", "G1", "web", OnShortage.SPLIT, "EUR", added, Destination("FR"), (), shown)
    )
    given().when(event).then(
        stock.ReserveStock("MUG", "web", (stock.Demand("web:1/4", 2),), Shortfall.BACKORDER)
    )
