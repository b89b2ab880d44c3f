"""Inventory, deadlines and products, by example."""

from __future__ import annotations

from rpds import HashTrieMap

from oms_core.domain.payment import events as payment
from oms_core.domain.product import events as product
from oms_core.domain.stock import events as stock
from oms_core.kernel import Instant
from projections.deadline import Deadline
from projections.deadlines import deadlines
from projections.inventory import Level, inventory
from projections.network import inventory_network
from projections.network_level import Fenced, NetworkLevel, Shelf
from projections.products import Product, Sku, products, skus
from tests.projections.records import recorded

RECEIVED = stock.StockReceived("MUG", "R1", "LYON", 10, 4_000, "EUR")
EXPECTED = stock.SupplyExpected("MUG", "PO1", "LYON", 20, Instant(0))
SAFE = stock.LocationConfigured("MUG", "LYON", 1, selling=True)
FENCED = stock.RingFenceSet("MUG", "till", 2)
RESERVED = stock.StockReserved("MUG", "till:1/1", "till", 5, 2, Instant(9), ())
ALLOCATED = stock.StockAllocated("MUG", "till:1/1", "till:1/f1", "LYON", 3, 2)
SHIPPED = stock.StockShipped("MUG", "till:1/1", "till:1/f1", "LYON", 2, 2, 800, "EUR")
SENT = stock.TransferDispatched("MUG", "T1", "LYON", "LEEDS", 4)


def test_an_item_at_a_location_shows_what_it_has_and_could_still_give():
    log = recorded(RECEIVED, EXPECTED, SAFE, RESERVED, ALLOCATED, SHIPPED, SENT)
    assert inventory.fold(log) == {
        "MUG@LYON": Level(
            "MUG",
            "LYON",
            on_hand=4,
            allocated=1,
            safety=1,
            incoming=20,
            available=2,
            expected=HashTrieMap({"PO1": 20}),
        ),
        "MUG@LEEDS": Level("MUG", "LEEDS", incoming=4),
    }


def test_supply_that_came_in_part_is_expected_no_more_and_a_lost_transfer_is_not_on_its_way():
    came = stock.StockReceived("MUG", "PO1", "LYON", 12, 0, "EUR")
    arrived = stock.TransferReceived("MUG", "T1", "LEEDS", 3, 1, 400, "EUR")
    log = recorded(RECEIVED, EXPECTED, came, SENT, arrived)
    shown = inventory.fold(log)
    assert (shown["MUG@LYON"].on_hand, shown["MUG@LYON"].incoming) == (18, 0)
    assert (shown["MUG@LEEDS"].on_hand, shown["MUG@LEEDS"].incoming) == (3, 0)
    level = inventory_network.fold(log)["MUG"]
    assert (level.on_hand, level.incoming, level.value_minor) == (21, 0, 3_600)


def test_the_network_shows_what_it_can_promise_and_to_whom_the_rest_belongs():
    log = recorded(RECEIVED, SAFE, FENCED, RESERVED, ALLOCATED, SHIPPED)
    assert inventory_network.fold(log)["MUG"] == NetworkLevel(
        "MUG",
        on_hand=8,
        reserved=2,
        allocated=1,
        safety=1,
        pool=6,
        available_to_promise=4,
        sold=2,
        value_minor=3_200,
        currency="EUR",
        free=7,
        shelves=HashTrieMap({"LYON": Shelf(8, 1, 0, 1)}),
    )


def test_a_reservation_from_a_fence_remembers_where_its_units_would_go_back():
    level = inventory_network.fold(recorded(RECEIVED, FENCED, RESERVED))["MUG"]
    assert (level.fenced, dict(level.fenced_lines.items())) == (0, {"till:1/1": Fenced("till", 2)})
    released = stock.ReservationReleased("MUG", "till:1/1", 5, 2)
    level = inventory_network.fold(recorded(RECEIVED, FENCED, RESERVED, released))["MUG"]
    assert (level.fenced, dict(level.fences.items()), level.fenced_lines) == (
        2,
        {"till": 2},
        HashTrieMap(),
    )
    assert level.available_to_promise == 8


def test_what_waits_is_served_by_the_next_reservation_of_its_line():
    waits = stock.StockBackordered("MUG", "web:2/1", "web", 3, Instant(0))
    declined = stock.ReservationDeclined("MUG", "web:3/1", "web", 7, 0)
    served = stock.StockReserved("MUG", "web:2/1", "web", 2, 0, Instant(0), ())
    level = inventory_network.fold(recorded(waits, declined, RECEIVED, served))["MUG"]
    assert (level.backordered, dict(level.awaited.items()), level.reserved, level.declined) == (
        1,
        {"web:2/1": 1},
        2,
        7,
    )


def test_more_promised_than_there_is_shows_until_goods_come():
    stolen = stock.StockAdjusted(
        "MUG", "A1", "LYON", -8, -3_200, "EUR", stock.AdjustmentReason.STOLEN
    )
    log = (RECEIVED, RESERVED, stolen, stock.StockOversold("MUG", 3))
    assert inventory_network.fold(recorded(*log))["MUG"].oversold == 3
    more = stock.StockReceived("MUG", "R2", "LYON", 2, 800, "EUR")
    assert inventory_network.fold(recorded(*log, more))["MUG"].oversold == 1


def test_a_reservation_lapses_until_it_is_tied_to_a_location_and_again_when_untied():
    key = "reservation:MUG|till:1/1"
    assert deadlines.fold(recorded(RESERVED))[key] == Deadline(
        "reservation",
        Instant(9),
        Instant(9),
        item_id="MUG",
        line_id="till:1/1",
        units_reserved=5,
    )
    all_tied = stock.StockAllocated("MUG", "till:1/1", "F", "LYON", 5, 2)
    tied = deadlines.fold(recorded(RESERVED, all_tied))[key]
    assert (tied.due_at, tied.limit_at, tied.units_allocated) == (0, 9, 5)
    untied = stock.StockDeallocated("MUG", "till:1/1", "F", "LYON", 5, 2, ())
    again = deadlines.fold(recorded(RESERVED, all_tied, untied))[key]
    assert (again.due_at, again.units_reserved) == (9, 5)
    gone = stock.StockShipped("MUG", "till:1/1", "F", "LYON", 5, 2, 0, "EUR")
    assert deadlines.fold(recorded(RESERVED, all_tied, gone)) == {}


def test_what_is_in_carts_is_shown_on_its_own_and_is_not_left_to_promise():
    held = stock.StockSoftReserved("MUG", "web:c1", "web", "C1", 4, 0, Instant(9))
    less = stock.SoftReservationReleased("MUG", "web:c1", 1, 0)

    def shown(*happened):
        level = inventory_network.fold(recorded(RECEIVED, *happened))["MUG"]
        return level.soft_reserved, level.reserved, level.available_to_promise

    assert shown() == (0, 0, 10)
    assert shown(held) == (4, 0, 6)
    assert shown(held, less) == (3, 0, 7)
    assert shown(held, stock.SoftReservationExpired("MUG", "web:c1", 4, 0)) == (0, 0, 10)
    converted = stock.SoftReservationConverted("MUG", "web:c1", 4, 0, 4)
    reserved = stock.StockReserved("MUG", "web:1/1", "web", 4, 0, Instant(0), ())
    assert shown(held, converted, reserved) == (0, 4, 6)


def test_units_out_of_a_fence_come_back_to_it_from_a_cart():
    fence = stock.RingFenceSet("MUG", "web", 3)
    held = stock.StockSoftReserved("MUG", "web:c1", "web", "C1", 4, 3, Instant(9))
    back = stock.SoftReservationReleased("MUG", "web:c1", 4, 3)
    assert inventory_network.fold(recorded(RECEIVED, fence, held))["MUG"].fenced == 0
    level = inventory_network.fold(recorded(RECEIVED, fence, held, back))["MUG"]
    assert (level.fenced, dict(level.fences.items())) == (3, {"web": 3})


def test_what_a_cart_holds_lapses_until_it_is_given_up():
    held = stock.StockSoftReserved("MUG", "web:c1", "web", "C1", 4, 0, Instant(9))
    key = "soft_reservation:MUG|web:c1"
    assert deadlines.fold(recorded(held)) == {
        key: Deadline(
            "soft_reservation",
            Instant(9),
            Instant(9),
            item_id="MUG",
            cart_id="web:c1",
            units_reserved=4,
        )
    }
    longer = stock.SoftReservationExtended("MUG", "web:c1", "C1", Instant(20))
    less = stock.SoftReservationReleased("MUG", "web:c1", 1, 0)
    kept = deadlines.fold(recorded(held, longer, less))[key]
    assert (kept.due_at, kept.units_reserved) == (20, 3)
    for end in (
        stock.SoftReservationReleased("MUG", "web:c1", 3, 0),
        stock.SoftReservationExpired("MUG", "web:c1", 3, 0),
        stock.SoftReservationConverted("MUG", "web:c1", 3, 0, 2),
    ):
        assert deadlines.fold(recorded(held, longer, less, end)) == {}


def test_a_reservation_without_a_limit_is_no_deadline():
    forever = stock.StockReserved("MUG", "web:1/1", "web", 5, 0, Instant(0), ())
    assert deadlines.fold(recorded(forever)) == {}


def test_an_authorization_lapses_until_all_of_it_is_taken():
    asked = payment.AuthorizationRequested(
        "P", "web:1", payment.Method.CARD, 900, "EUR", "tok", Instant(5)
    )
    given = payment.AuthorizationSucceeded("P", "web:1", 900, "EUR", "ref", Instant(70))
    some = payment.CaptureSucceeded("P", "web:1", "c1", 400, "EUR", payment.Method.CARD)
    rest = payment.CaptureSucceeded("P", "web:1", "c2", 500, "EUR", payment.Method.CARD)
    key = "authorization:P"

    def due(*happened):
        shown = deadlines.fold(recorded(*happened)).get(key)
        return shown and (shown.due_at, shown.open_minor)

    assert due(asked) == (5, 900)
    assert due(asked, given) == (70, 900)
    assert due(asked, given, some) == (70, 500)
    assert due(asked, given, some, rest) is None
    assert due(asked, payment.AuthorizationFailed("P", "web:1", "no")) is None
    assert due(asked, given, payment.PaymentClosed("P", "web:1")) is None


def test_an_old_code_still_leads_to_the_item():
    happened = (
        product.ProductRegistered("I1", "OLD", "Mug", "", 300, None, 400, "EUR"),
        product.SkuChanged("I1", "OLD", "NEW"),
        product.ProductMeasured("I1", 310, product.Dimensions(1, 2, 3)),
        product.CostSet("I1", 450, "EUR"),
        product.GtinAssigned("I1", "96385074"),
        product.ProductDiscontinued("I1"),
    )
    assert products.fold(recorded(*happened)) == {
        "I1": Product("I1", "NEW", "Mug", "96385074", 310, 1, 2, 3, 450, "EUR", discontinued=True)
    }
    assert skus.fold(recorded(*happened)) == {
        "OLD": Sku("OLD", "I1", current=False),
        "NEW": Sku("NEW", "I1"),
    }
