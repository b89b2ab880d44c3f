"""S52, S53 and what hangs together with them: shopping told as it happens, on the whole engine."""

from __future__ import annotations

from msgspec.structs import replace

from adapters.deadlines import Timekeeper, expiry
from oms_core.domain.cart import events as cart
from oms_core.domain.cart.checks import ClosedCart, StaleLine
from oms_core.domain.cart.commands import (
    AddToCart,
    ChangeCartLine,
    CheckOutCart,
    ExtendCart,
    OpenCart,
)
from oms_core.domain.order.events import OrderPlaced
from oms_core.domain.stock import events as stock
from oms_core.domain.stock.commands import SetRingFence
from oms_core.engine.cause import Verdict
from oms_core.engine.outside import CartNotAsked
from oms_core.kernel import Instant
from projections.catalog import VIEWS
from tests.stories.conftest import SECOND, START, read
from tests.support.shop import ask, must, names, placement, receipt

WEB, PHONE = "web:c1", "phone:c2"
MINUTE = 60 * SECOND


def moment(minute):
    return Instant(START + minute * MINUTE)


def opened(cart_id, customer_id="C1", minute=0):
    channel, _, reference = cart_id.partition(":")
    return OpenCart(cart_id, channel, reference, "EUR", moment(minute), customer_id)


def mugs(cart_id, quantity, minute=0, line_id="a"):
    price = cart.Price("10.00", 1_000 * quantity)
    return AddToCart(cart_id, line_id, "MUG", "mug", quantity, moment(minute), price)


def committed(cart_id, total, minute=1, reference="1001"):
    paid = (cart.Payment("p1", cart.Method.CARD, total, "tok"),)
    ship_to, choice = cart.Address("FR", "69001"), cart.Shortage.HOLD
    return CheckOutCart(cart_id, reference, paid, ship_to, choice, moment(minute))


def shown(engine, view, key):
    return VIEWS[view].fold(read(engine))[key]


def ring(engine, minute):
    """Let every alarm ring that is due by this minute, and return what follows."""
    timekeeper = Timekeeper()
    timekeeper.hear(read(engine))
    due = timekeeper.due(moment(minute))
    answers = ask(engine, *(expiry(deadline, moment(minute)) for deadline in due))
    return names([recorded.event for answer in answers for recorded in answer.recorded])


def test_s52_what_is_put_into_a_cart_is_gone_for_every_channel_at_once(engine):
    must(engine, receipt("MUG", 5), opened(WEB), opened(PHONE, "C2"))
    assert names(must(engine, mugs(WEB, 3))) == [
        "CartLineAdded",
        "CartDemandChanged",
        "StockSoftReserved",
    ]
    level = shown(engine, "inventory_network", "MUG")
    assert (level.soft_reserved, level.available_to_promise) == (3, 2)
    happened = must(engine, mugs(PHONE, 4))
    told = next(e for e in happened if isinstance(e, cart.CartLineDeclined))
    assert (told.requested, told.available, told.price.net_minor) == (4, 2, 2_000)


def test_s52_the_last_unit_in_a_web_cart_is_not_sold_by_phone_until_its_time_is_over(engine):
    must(engine, receipt("MUG", 1), opened(WEB))
    must(engine, mugs(WEB, 1))
    refused = must(engine, placement(7, ("MUG", 1), channel="phone"))
    assert "ReservationDeclined" in names(refused)
    assert ring(engine, 19) == []
    assert ring(engine, 20) == ["SoftReservationExpired"]
    assert "StockReserved" in names(must(engine, placement(8, ("MUG", 1), channel="phone")))
    told = must(engine, ExtendCart(WEB, moment(30)))
    assert names(told)[-2:] == ["SoftReservationDeclined", "CartLineDeclined"]


def test_s52_a_customer_who_is_still_there_keeps_what_the_cart_holds(engine):
    must(engine, receipt("MUG", 1), opened(WEB))
    must(engine, mugs(WEB, 1))
    must(engine, ExtendCart(WEB, moment(15)))
    assert ring(engine, 20) == []
    assert ring(engine, 35) == ["SoftReservationExpired"]


def test_p4_a_cart_becomes_an_order_with_the_units_that_it_held(engine):
    must(engine, receipt("MUG", 3), opened(WEB), opened(PHONE, "C2"))
    must(engine, mugs(WEB, 2), mugs(PHONE, 1))
    happened = must(engine, committed(WEB, 2_000))
    assert names(happened) == [
        "CheckoutRequested",
        "OrderPlaced",
        "SoftReservationConverted",
        "StockReserved",
        "AuthorizationRequested",
        "CartConverted",
        "LineReserved",
    ]
    order = next(e for e in happened if isinstance(e, OrderPlaced))
    assert [(line.line_id, line.quantity) for line in order.lines] == [("web:1001/1", 2)]
    level = shown(engine, "inventory_network", "MUG")
    assert (level.reserved, level.soft_reserved, level.available_to_promise) == (2, 1, 0)
    assert shown(engine, "carts", WEB).standing == "converted"


def test_p4_an_order_that_takes_more_than_its_cart_holds_takes_the_rest_from_what_is_free(engine):
    must(engine, receipt("MUG", 4), opened(WEB))
    must(engine, mugs(WEB, 2))
    ring(engine, 20)
    must(engine, mugs(WEB, 2, 21, "b"))
    happened = must(engine, committed(WEB, 4_000, 22))
    taken = next(e for e in happened if isinstance(e, stock.SoftReservationConverted))
    reserved = [e.quantity for e in happened if isinstance(e, stock.StockReserved)]
    assert (taken.quantity, taken.taken, sum(reserved)) == (4, 4, 4)


def test_a_checkout_that_cannot_be_an_order_leaves_the_cart_as_it_was(engine):
    must(engine, receipt("MUG", 3), opened(WEB))
    must(engine, mugs(WEB, 2))
    happened = must(engine, committed(WEB, 1_999))
    assert names(happened) == ["CheckoutRequested", "OrderRejected", "CheckoutRejected"]
    assert "tender.mismatch" in happened[-1].reasons[0]
    level = shown(engine, "inventory_network", "MUG")
    assert (level.soft_reserved, level.reserved) == (2, 0)
    assert "CartConverted" in names(must(engine, committed(WEB, 2_000, 2)))


def test_nobody_orders_out_of_a_cart_that_did_not_ask_for_it(engine):
    """Not with the channel of another cart, nor as another customer, nor in its own name."""
    must(engine, receipt("MUG", 2), opened(WEB))
    must(engine, mugs(WEB, 2))
    for channel, customer_id in (("web", "C2"), ("web", "C1"), ("phone", "C1")):
        wish = placement(7, ("MUG", 2), channel=channel, customer_id=customer_id)
        (answer,) = ask(engine, replace(wish, cart_id=WEB))
        assert (answer.verdict, answer.code, answer.recorded) == (
            Verdict.REJECTED,
            CartNotAsked.code,
            (),
        )
        assert answer.detail == (
            "order.cart_not_asked: cart_id is 'web:c1' in an order from outside. "
            "Send CheckOutCart for the cart: it becomes the order; or leave cart_id empty."
        )
    level = shown(engine, "inventory_network", "MUG")
    assert (level.soft_reserved, level.reserved) == (2, 0)
    assert "CartConverted" in names(must(engine, committed(WEB, 2_000)))


def test_a_fence_for_another_channel_holds_against_carts(engine):
    must(engine, receipt("MUG", 3), SetRingFence("MUG", "phone", 2), opened(WEB))
    must(engine, opened(PHONE, "C2"))
    must(engine, mugs(WEB, 3), mugs(PHONE, 2))
    held = [e.event for e in read(engine) if isinstance(e.event, stock.StockSoftReserved)]
    assert [(e.channel, e.quantity, e.fenced) for e in held] == [("web", 1, 0), ("phone", 2, 2)]


def test_s53_who_leaves_is_noticed_once_and_again_only_after_coming_back(engine):
    must(engine, receipt("MUG", 3), opened(WEB))
    must(engine, mugs(WEB, 1))
    assert ring(engine, 59) == ["SoftReservationExpired"]
    assert ring(engine, 60) == ["CartAbandoned"]
    assert ring(engine, 90) == []
    assert names(must(engine, ExtendCart(WEB, moment(100))))[:2] == [
        "CartReopened",
        "CartExtended",
    ]
    assert ring(engine, 159) == ["SoftReservationExpired"]
    assert ring(engine, 160) == ["CartAbandoned"]
    row = shown(engine, "carts", WEB)
    assert (row.standing, row.episode, row.units_reserved) == ("abandoned", 2, 0)


def test_s53_a_cart_lapses_in_the_end_and_nobody_waits_for_it_any_more(engine):
    must(engine, receipt("MUG", 3), opened(WEB))
    must(engine, mugs(WEB, 1))
    month = 30 * 24 * 60
    assert ring(engine, 60) == ["SoftReservationExpired", "CartAbandoned"]
    assert ring(engine, month) == ["CartExpired", "CartDemandChanged"]
    assert ring(engine, 2 * month) == []
    (answer,) = ask(engine, mugs(WEB, 1, 2 * month, "b"))
    assert (answer.verdict, answer.code) == (Verdict.REJECTED, ClosedCart.code)


def test_s14_customer_and_sales_representative_shop_in_one_cart_and_see_each_others_changes(engine):
    must(engine, receipt("MUG", 9), opened(WEB))
    must(engine, mugs(WEB, 1))
    price = cart.Price("10.00", 3_000)
    ask(engine, ChangeCartLine(WEB, "a", "x1", 3, moment(1), price, seen=1), actor="staff:rep")
    late = ChangeCartLine(WEB, "a", "x2", 2, moment(1), price, seen=1)
    (answer,) = ask(engine, late, actor="customer:C1")
    assert (answer.code, "quantity is 3, not 1" in answer.detail) == (StaleLine.code, True)
    assert shown(engine, "carts", WEB).units == 3
    changed = next(r for r in read(engine) if isinstance(r.event, cart.CartLineChanged))
    assert changed.actor == "staff:rep"
