"""A cart is abandoned once for each episode, lapses, or becomes an order."""

import pytest
from hypothesis import given as whatever
from hypothesis import strategies as st
from msgspec.structs import replace

from oms_core.domain.cart import checks
from oms_core.domain.cart.commands import (
    AbandonCart,
    AddToCart,
    CheckOutCart,
    ConvertCart,
    ExpireCart,
    ExtendCart,
    RejectCheckout,
    RemoveFromCart,
)
from oms_core.domain.cart.decider import cart
from oms_core.domain.cart.events import (
    Address,
    CartAbandoned,
    CartConverted,
    CartExpired,
    CartExtended,
    CartLineDeclined,
    CartLineRemoved,
    CartReopened,
    CheckoutRejected,
    CheckoutRequested,
    Method,
    Payment,
    Price,
    Shortage,
)
from tests.support.cart import (
    CART,
    EXPIRE,
    IDLE,
    MUG,
    OPENED,
    abandoned,
    added,
    at,
    due,
    line,
    wants,
)
from tests.support.spec import Specification

given = Specification(cart)

ORDER = "web:1001"
PAID = (Payment("p1", Method.CARD, 1_200, "tok"),)
LYON = Address("FR", "69001", b"sealed")
CHECK_OUT = CheckOutCart(CART, "1001", PAID, LYON, Shortage.HOLD, at(3), at(99), at(50))
REQUESTED = CheckoutRequested(
    CART,
    ORDER,
    "web",
    "1001",
    "C1",
    "EUR",
    (line("a", 1),),
    PAID,
    LYON,
    Shortage.HOLD,
    at(99),
    at(50),
    due(3),
)
CONVERTED = CartConverted(CART, ORDER, "C1")
ONE = (OPENED, added("a", 1))


# Abandoned


def test_s53_a_cart_that_nobody_touches_for_long_enough_is_abandoned():
    given(*ONE).when(AbandonCart(CART, at(61))).then(abandoned())


@pytest.mark.parametrize("second", [0, 1, 60])
def test_p26_an_alarm_that_rings_early_does_no_harm(second):
    given(*ONE).when(AbandonCart(CART, at(second))).then_nothing()


def test_p26_an_alarm_that_rings_late_is_taken_as_it_comes():
    given(*ONE).when(AbandonCart(CART, at(5_000))).then(abandoned(second=5_000))


def test_s53_there_is_one_abandonment_for_each_episode():
    given(*ONE, abandoned()).when(AbandonCart(CART, at(62))).then_nothing()


def test_s53_new_activity_before_the_time_cancels_it():
    extended = CartExtended(CART, due(50))
    given(*ONE, extended).when(AbandonCart(CART, at(61))).then_nothing()
    given(*ONE, extended).when(AbandonCart(CART, at(110))).then(abandoned(second=110, last=50))


def test_s53_activity_after_it_begins_a_new_episode_which_can_end_the_same_way():
    history = (*ONE, abandoned())
    given(*history).when(ExtendCart(CART, at(70))).then(
        CartReopened(CART, 2), CartExtended(CART, due(70)), wants(1, 70)
    )
    again = (*history, CartReopened(CART, 2), CartExtended(CART, due(70)))
    given(*again).when(AbandonCart(CART, at(129))).then_nothing()
    given(*again).when(AbandonCart(CART, at(130))).then(abandoned(2, second=130, last=70))


def test_s53_whatever_is_done_with_an_abandoned_cart_begins_a_new_episode():
    wish = AddToCart(CART, "b", "MUG", "MUG", 2, at(70), MUG)
    given(*ONE, abandoned()).when(wish).then(CartReopened(CART, 2), added("b", 2, 70), wants(3, 70))
    given(*ONE, abandoned()).when(replace(CHECK_OUT, at=at(70))).then(
        CartReopened(CART, 2), replace(REQUESTED, due=due(70))
    )


def test_s53_what_is_heard_so_late_that_the_cart_is_idle_all_the_same_is_no_new_episode():
    history = (*ONE, abandoned(second=500))
    wish = AddToCart(CART, "b", "MUG", "MUG", 2, at(440), MUG)
    late = replace(added("b", 2, 440), due=due(440, waits=False))
    given(*history).when(wish).then(late, wants(3, 440))
    given(*history, late).when(AbandonCart(CART, at(501))).then_nothing()


def test_an_empty_cart_is_not_abandoned():
    given(OPENED).when(AbandonCart(CART, at(500))).then_nothing()
    gone = CartLineRemoved(CART, "a", "MUG", due(2, waits=False))
    given(*ONE, gone).when(AbandonCart(CART, at(500))).then_nothing()


def test_a_cart_of_which_nothing_could_be_had_is_abandoned_without_units():
    declined = CartLineDeclined(CART, "a", "MUG", 1, 0, Price("10.00"))
    given(*ONE, declined).when(AbandonCart(CART, at(61))).then(abandoned(units=0, value=0))


@whatever(
    moves=st.lists(st.tuples(st.sampled_from(["touch", "alarm"]), st.integers(0, 300)), max_size=30)
)
def test_s53_nobody_is_told_twice_of_one_absence(moves):
    """Between two abandonments somebody was there, and each came after so long an absence."""
    state, present, told = given(*ONE).state, 1, []
    for what, second in moves:
        touch = what == "touch"
        command = ExtendCart(CART, at(second)) if touch else AbandonCart(CART, at(second))
        present = max(present, second) if touch else present
        for event in cart.decide(command, state):
            state = cart.evolve(state, event)
            if isinstance(event, CartAbandoned):
                assert second >= present + IDLE
                told.append(present)
    assert len(set(told)) == len(told)


# Lapsed


def test_a_cart_whose_time_is_over_lapses_and_gives_back_what_it_holds():
    late = at(1 + EXPIRE)
    nothing = replace(wants(0), expires_at=at(10))
    for history in (ONE, (*ONE, abandoned())):
        given(*history).when(ExpireCart(CART, late)).then(CartExpired(CART), nothing)


def test_p26_a_cart_does_not_lapse_early_or_twice():
    given(*ONE).when(ExpireCart(CART, at(EXPIRE))).then_nothing()
    given(*ONE, CartExpired(CART)).when(ExpireCart(CART, at(9_999))).then_nothing()
    given(*ONE, CONVERTED).when(ExpireCart(CART, at(9_999))).then_nothing()
    given(*ONE, CONVERTED).when(AbandonCart(CART, at(9_999))).then_nothing()


# Checked out


def test_the_customer_commits_to_what_is_in_the_cart():
    given(*ONE).when(CHECK_OUT).then(REQUESTED)


def test_committing_twice_is_committing_once_also_after_it_became_an_order():
    given(*ONE, REQUESTED).when(CHECK_OUT).then_nothing()
    given(*ONE, REQUESTED).when(replace(CHECK_OUT, at=at(7))).then_nothing()
    given(*ONE, REQUESTED, CONVERTED).when(CHECK_OUT).then_nothing()


def test_lines_of_which_nothing_could_be_had_are_left_out():
    declined = CartLineDeclined(CART, "b", "CUP", 2, 0, Price("5.00"))
    given(*ONE, added("b", 2, item_id="CUP"), declined).when(CHECK_OUT).then(REQUESTED)


def test_a_checkout_that_was_rejected_may_be_tried_again_with_other_terms():
    reasons = ("tender.mismatch: tenders of 1200 do not add up to the total of 1000.",)
    rejected = CheckoutRejected(CART, ORDER, reasons)
    given(*ONE, REQUESTED).when(RejectCheckout(CART, ORDER, reasons)).then(rejected)
    right = (Payment("p1", Method.CARD, 1_000, "tok"),)
    given(*ONE, REQUESTED, rejected).when(replace(CHECK_OUT, payments=right)).then(
        replace(REQUESTED, payments=right)
    )


def test_the_rejection_of_an_order_that_the_cart_does_not_wait_for_is_no_news():
    given(*ONE).when(RejectCheckout(CART, ORDER, ())).then_nothing()
    given(*ONE, REQUESTED).when(RejectCheckout(CART, "web:9", ())).then_nothing()


def test_an_order_must_have_a_reference():
    given(*ONE).when(replace(CHECK_OUT, external_ref="")).then_rejected(
        checks.MissingName, "external_ref is empty."
    )


# Converted


def test_p4_a_cart_that_became_an_order_gives_back_only_what_the_order_does_not_take():
    history = (*ONE, added("b", 2, item_id="CUP"), REQUESTED)
    given(*history).when(ConvertCart(CART, ORDER, ("MUG",))).then(
        CONVERTED, replace(wants(0, item_id="CUP"), expires_at=at(10))
    )


def test_p4_a_cart_becomes_one_order():
    given(*ONE, CONVERTED).when(ConvertCart(CART, ORDER, ("MUG",))).then_nothing()
    closed = "cart_id is converted into order 'web:1001'."
    given(*ONE, CONVERTED).when(ConvertCart(CART, "web:2", ())).then_rejected(
        checks.ClosedCart, closed
    )
    given(*ONE, CONVERTED).when(replace(CHECK_OUT, external_ref="2")).then_rejected(
        checks.ClosedCart, closed
    )


@pytest.mark.parametrize("command", [CHECK_OUT, ConvertCart(CART, ORDER, ())])
def test_a_cart_that_has_lapsed_becomes_no_order(command):
    given(*ONE, CartExpired(CART)).when(command).then_rejected(
        checks.ClosedCart, "cart_id is expired."
    )


@pytest.mark.parametrize(
    "command",
    [
        AbandonCart(CART, at(0)),
        ExpireCart(CART, at(0)),
        CHECK_OUT,
        RejectCheckout(CART, ORDER, ()),
        ConvertCart(CART, ORDER, ()),
        RemoveFromCart(CART, "a", at(0)),
    ],
)
def test_nothing_becomes_of_a_cart_that_was_never_opened(command):
    given().when(command).then_rejected(checks.UnknownCart, "cart_id is not known.")


def test_a_closed_cart_remembers_nothing_but_how_it_ended():
    state = given(*ONE, added("b", 9, item_id="CUP"), REQUESTED, CONVERTED).state
    assert (state.lines, len(state.changes.ids), state.checkout) == ((), 0, None)
