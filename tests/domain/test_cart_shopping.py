"""Lines come, change and go; stock is asked by their sum; what cannot be had is said."""

import pytest
from msgspec.structs import replace

from oms_core.domain.cart import checks
from oms_core.domain.cart.commands import (
    AddToCart,
    ChangeCartLine,
    ExtendCart,
    OpenCart,
    RecordCartShortage,
    RemoveFromCart,
    SetCartCustomer,
)
from oms_core.domain.cart.decider import cart
from oms_core.domain.cart.events import (
    CartConverted,
    CartCustomerSet,
    CartExpired,
    CartExtended,
    CartLineAdded,
    CartLineChanged,
    CartLineDeclined,
    CartLineRemoved,
    Price,
)
from tests.support.cart import (
    CART,
    EXPIRE,
    IDLE,
    MUG,
    MUGS,
    OPENED,
    RESERVE,
    added,
    at,
    due,
    line,
    wants,
)
from tests.support.spec import Specification

given = Specification(cart)

OPEN = OpenCart(CART, "web", "c1", "EUR", at(0), "C1", RESERVE, IDLE, EXPIRE)
GIFT_WRAP = replace(line("w", 1, "WRAP"), service=True)


def add(line_id="a", quantity=1, second=1, item_id="MUG", price=MUG):
    return AddToCart(CART, line_id, item_id, item_id, quantity, at(second), price)


def change(quantity, change_id="x1", line_id="a", second=2, seen=0):
    return ChangeCartLine(CART, line_id, change_id, quantity, at(second), MUGS, seen)


def changed(quantity, change_id="x1", line_id="a", second=2):
    return CartLineChanged(CART, line_id, "MUG", change_id, quantity, MUGS, due(second))


def removed(line_id="a", second=2, *, waits=True):
    return CartLineRemoved(CART, line_id, "MUG", due(second, waits=waits))


# Opening


def test_a_cart_is_opened_on_the_terms_of_its_channel():
    given().when(OPEN).then(OPENED)


def test_opening_twice_is_opening_once():
    given(OPENED).when(OPEN).then_nothing()


@pytest.mark.parametrize(
    ("wrong", "refusal", "detail"),
    [
        ({"cart_id": "till:c1"}, checks.WrongIdentity, "cart_id is 'till:c1'."),
        ({"cart_id": "a:b:c1", "channel": "a:b"}, checks.WrongIdentity, "cart_id is 'a:b:c1'."),
        ({"channel": ""}, checks.MissingName, "channel is empty."),
        ({"external_ref": ""}, checks.MissingName, "external_ref is empty."),
        ({"currency": "euro"}, checks.WrongCurrency, "currency is 'euro'."),
        ({"reserve_seconds": 0}, checks.WrongQuantity, "reserve_seconds is 0."),
        ({"idle_seconds": -1}, checks.WrongQuantity, "idle_seconds is -1."),
        ({"expire_seconds": 0}, checks.WrongQuantity, "expire_seconds is 0."),
    ],
)
def test_a_cart_that_cannot_be_is_not_opened(wrong, refusal, detail):
    given().when(replace(OPEN, **wrong)).then_rejected(refusal, detail)


# Adding


def test_s52_a_line_in_the_cart_asks_stock_to_set_its_units_aside():
    given(OPENED).when(add(quantity=2)).then(added("a", 2), wants(2))


def test_adding_twice_is_adding_once_whatever_has_become_of_the_line():
    given(OPENED, added("a", 2)).when(add(quantity=2)).then_nothing()
    given(OPENED, added("a", 2), changed(5)).when(add(quantity=2)).then_nothing()
    given(OPENED, added("a", 2), removed()).when(add(quantity=2)).then_nothing()


def test_a_line_id_is_not_used_for_another_item():
    given(OPENED, added("a", 1)).when(add(item_id="CUP")).then_rejected(
        checks.LineTaken, "line_id 'a' is a line of 'MUG'."
    )


def test_p2_two_lines_of_one_item_are_asked_for_by_their_sum():
    given(OPENED, added("a", 2)).when(add("b", 3, 5)).then(added("b", 3, 5), wants(5, 5))


def test_a_service_needs_no_stock():
    wish = replace(add("w", item_id="WRAP"), service=True)
    given(OPENED).when(wish).then(CartLineAdded(CART, GIFT_WRAP, due(1)))


@pytest.mark.parametrize(
    ("wrong", "refusal", "detail"),
    [
        ({"quantity": 0}, checks.WrongQuantity, "quantity is 0."),
        ({"quantity": checks.QUANTITY_MAX + 1}, checks.WrongQuantity, "quantity is 1000000001."),
        ({"line_id": ""}, checks.MissingName, "line_id is empty."),
        ({"item_id": ""}, checks.MissingName, "item_id is empty."),
        ({"price": Price("1", -1)}, checks.WrongPrice, "price.net_minor is -1."),
        ({"price": Price("1", 1, -2)}, checks.WrongPrice, "price.tax_minor is -2."),
        ({"price": Price("1", 1, 1, -3)}, checks.WrongPrice, "price.discount_minor is -3."),
    ],
)
def test_a_line_that_cannot_be_is_not_added(wrong, refusal, detail):
    given(OPENED).when(replace(add(), **wrong)).then_rejected(refusal, detail)


def test_a_cart_is_full_in_the_end():
    full = [added(str(n), 1) for n in range(checks.LINES_MAX)]
    given(OPENED, *full[1:]).when(add("0")).then(added("0", 1), wants(checks.LINES_MAX))
    given(OPENED, *full).when(add()).then_rejected(checks.TooManyLines, "the cart has 500 lines.")


# Changing and removing


def test_a_change_asks_stock_for_the_new_sum():
    given(OPENED, added("a", 1), added("b", 1)).when(change(3)).then(changed(3), wants(4, 2))


def test_changing_twice_is_changing_once_even_if_it_was_changed_again_since():
    history = (OPENED, added("a", 1), changed(3), changed(5, "x2"))
    given(*history[:3]).when(change(3)).then_nothing()
    given(*history).when(change(3)).then_nothing()


def test_s14_a_sales_representative_may_change_a_customers_cart():
    given(OPENED, added("a", 1)).when(change(3, seen=1)).then(changed(3), wants(3, 2))


def test_s14_who_has_not_seen_the_latest_change_is_told_of_it_and_undoes_nothing():
    given(OPENED, added("a", 1), changed(3)).when(change(2, "x2", seen=1)).then_rejected(
        checks.StaleLine, "quantity is 3, not 1 as was seen."
    )


@pytest.mark.parametrize("command", [change(2), RemoveFromCart(CART, "a", at(2))])
def test_a_line_that_is_not_there_cannot_be_changed_or_removed(command):
    given(OPENED).when(command).then_rejected(checks.UnknownLine, "line_id 'a' is not in the cart.")


def test_a_change_must_have_a_name_and_leave_something():
    there = given(OPENED, added("a", 1))
    there.when(change(0)).then_rejected(checks.WrongQuantity, "quantity is 0.")
    there.when(change(2, "")).then_rejected(checks.MissingName, "change_id is empty.")


def test_a_line_that_is_taken_out_gives_its_units_back():
    given(OPENED, added("a", 1), added("b", 2)).when(RemoveFromCart(CART, "a", at(2))).then(
        removed(), wants(2, 2)
    )


def test_removing_twice_is_removing_once():
    given(OPENED, added("a", 1), removed()).when(RemoveFromCart(CART, "a", at(2))).then_nothing()


def test_an_empty_cart_is_not_waited_for():
    given(OPENED, added("a", 1)).when(RemoveFromCart(CART, "a", at(2))).then(
        removed(waits=False), wants(0, 2)
    )


# The customer


def test_a_customer_who_makes_themselves_known_has_what_the_cart_holds():
    nobodys = replace(OPENED, customer_id="")
    history = (nobodys, added("a", 1), added("b", 1, item_id="CUP"))
    given(*history).when(SetCartCustomer(CART, "C1", at(3))).then(
        CartCustomerSet(CART, "C1", due(3)), wants(1, 3), wants(1, 3, "CUP")
    )


def test_a_known_customer_is_no_news_and_another_one_is_refused():
    given(OPENED).when(SetCartCustomer(CART, "C1", at(3))).then_nothing()
    given(OPENED).when(SetCartCustomer(CART, "C2", at(3))).then_rejected(
        checks.OtherCustomer, "customer_id is 'C1' already."
    )
    given(OPENED).when(SetCartCustomer(CART, "", at(3))).then_rejected(
        checks.MissingName, "customer_id is empty."
    )


# For longer


def test_everything_is_held_for_longer_while_somebody_is_there():
    history = (OPENED, added("a", 1), added("b", 2), added("c", 1, item_id="CUP"))
    given(*history).when(ExtendCart(CART, at(9))).then(
        CartExtended(CART, due(9)), wants(3, 9), wants(1, 9, "CUP")
    )


def test_news_that_comes_late_or_twice_never_makes_it_shorter():
    history = (OPENED, added("a", 1, 5))
    given(*history).when(ExtendCart(CART, at(5))).then_nothing()
    given(*history).when(ExtendCart(CART, at(2))).then_nothing()
    given(*history).when(add("b", 1, 2)).then(added("b", 1, 5), wants(2, 5))


# What cannot be had


def test_s52_a_line_holds_what_could_be_had_of_it_at_its_part_of_the_price():
    history = (OPENED, added("a", 3, price=MUGS))
    given(*history).when(RecordCartShortage(CART, "MUG", 3, 2)).then(
        CartLineDeclined(CART, "a", "MUG", 3, 2, Price("10.00", 2_000, 400))
    )


def test_the_last_line_gives_way_first():
    history = (
        OPENED,
        added("a", 2, price=MUGS),
        added("b", 3, price=MUGS),
        added("c", 1, 1, "CUP"),
    )
    given(*history).when(RecordCartShortage(CART, "MUG", 5, 1)).then(
        CartLineDeclined(CART, "b", "MUG", 3, 0, Price("10.00")),
        CartLineDeclined(CART, "a", "MUG", 2, 1, Price("10.00", 1_500, 300)),
    )


def test_a_shortage_is_told_once():
    declined = CartLineDeclined(CART, "a", "MUG", 3, 2, Price("10.00", 2_000, 400))
    given(OPENED, added("a", 3), declined).when(
        RecordCartShortage(CART, "MUG", 3, 2)
    ).then_nothing()


def test_the_answer_to_a_wish_that_has_changed_since_changes_nothing():
    given(OPENED, added("a", 3), changed(1)).when(
        RecordCartShortage(CART, "MUG", 3, 2)
    ).then_nothing()


def test_a_line_of_which_nothing_could_be_had_stays_and_can_be_wished_for_again():
    declined = CartLineDeclined(CART, "a", "MUG", 1, 0, Price("10.00"))
    given(OPENED, added("a", 1), declined).when(change(2)).then(changed(2), wants(2, 2))


# What is closed or was never opened

COMMANDS = [
    add(),
    change(2),
    RemoveFromCart(CART, "a", at(2)),
    SetCartCustomer(CART, "C2", at(2)),
    ExtendCart(CART, at(2)),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_nobody_shops_with_a_cart_that_was_never_opened(command):
    given().when(command).then_rejected(checks.UnknownCart, "cart_id is not known.")


@pytest.mark.parametrize("command", COMMANDS)
def test_nobody_shops_with_a_cart_that_is_closed(command):
    given(OPENED, added("a", 1), CartExpired(CART)).when(command).then_rejected(
        checks.ClosedCart, "cart_id is expired."
    )
    given(OPENED, added("a", 1), CartConverted(CART, "web:1", "C1")).when(command).then_rejected(
        checks.ClosedCart, "cart_id is converted into order 'web:1'."
    )
