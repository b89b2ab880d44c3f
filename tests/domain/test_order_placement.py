"""An order is accepted as it stands, or rejected with every reason at once."""

import pytest
from msgspec.structs import replace

from oms_core.domain.order import events
from oms_core.domain.order.decider import order
from oms_core.domain.order.events import Destination, OnShortage, Refusal, Tender, TenderMethod
from oms_core.domain.order.placement import ReferenceReused
from tests.support.order import (
    CANCEL,
    CAPS,
    CARD,
    CASH,
    MUG,
    MUGS,
    ORDER,
    POST,
    POSTAGE,
    by_card,
    placed,
    told,
    wish,
)
from tests.support.spec import Specification

given = Specification(order)
QUANTITY_MAX, AMOUNT_MINOR_MAX = 1_000_000_000, 1_000_000_000_000_000
PLACE = wish(MUGS, POSTAGE)


def rejected(*reasons):
    return events.OrderRejected(ORDER, "web", "1001", tuple(Refusal(*r) for r in reasons))


def test_an_order_is_placed_as_it_was_asked_for():
    given().when(PLACE).then(placed(PLACE))


def test_a_cart_of_another_channel_is_not_this_orders():
    given().when(replace(PLACE, cart_id="till:c1")).then(
        replace(
            rejected(("order.cart", "cart_id 'till:c1' is not a cart of channel 'web'.")),
            cart_id="till:c1",
        )
    )
    own = replace(PLACE, cart_id="web:c1")
    given().when(own).then(placed(own))


def test_placing_twice_is_placing_once():
    given(placed(PLACE)).when(PLACE).then_nothing()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customer_id", "C-2"),
        ("currency", "USD"),
        ("lines", (replace(MUGS, quantity=4), POSTAGE)),
        ("tenders", (Tender(CARD, TenderMethod.WALLET, 1700),)),
        ("purpose", events.Purpose.GIFT),
        ("replaces", "web:1000"),
    ],
)
def test_a_reference_cannot_be_used_for_another_order(field, value):
    given(placed(PLACE)).when(replace(PLACE, **{field: value})).then_rejected(
        ReferenceReused, f"order_id '{ORDER}' is taken by an order with other {field}."
    )


def test_every_difference_from_the_first_order_is_named():
    other = replace(PLACE, customer_id="C-2", currency="USD")
    given(placed(PLACE)).when(other).then_rejected(
        ReferenceReused,
        f"order_id '{ORDER}' is taken by an order with other customer_id, currency.",
    )


def test_the_same_order_sealed_and_timed_anew_is_the_same_order():
    again = replace(PLACE, ship_to=Destination("FR", "69001", b"sealed anew"), placed_at=2_000)
    given(placed(PLACE)).when(again).then_nothing()


def test_a_cancelled_order_keeps_its_reference():
    history = told(PLACE, CANCEL)
    given(*history).when(PLACE).then_nothing()
    given(*history).when(replace(PLACE, customer_id="C-2")).then_rejected(ReferenceReused)


# One refusal each


def line_without(**changes):
    return replace(MUGS, **changes)


@pytest.mark.parametrize(
    ("command", "code", "detail"),
    [
        (
            replace(PLACE, channel="till"),
            "order.identity",
            f"order_id '{ORDER}' must be the channel, a colon and the external_ref.",
        ),
        (replace(PLACE, customer_id=""), "order.customer_missing", "customer_id is empty."),
        (
            replace(PLACE, currency="EURO"),
            "order.currency",
            "currency 'EURO' is not an ISO 4217 code.",
        ),
        (
            replace(PLACE, currency="eur"),
            "order.currency",
            "currency 'eur' is not an ISO 4217 code.",
        ),
        (wish(), "order.empty", "lines is empty."),
        (
            wish(line_without(item_id="")),
            "line.item_missing",
            f"item_id of line '{MUG}' is empty.",
        ),
        (
            wish(line_without(quantity=0)),
            "line.quantity",
            f"quantity 0 of line '{MUG}' is not 1 to {QUANTITY_MAX}.",
        ),
        (
            wish(line_without(quantity=QUANTITY_MAX + 1)),
            "line.quantity",
            f"quantity {QUANTITY_MAX + 1} of line '{MUG}' is not 1 to {QUANTITY_MAX}.",
        ),
        (
            wish(line_without(discount_minor=-1)),
            "line.amount",
            f"discount_minor -1 of line '{MUG}' is not 0 to {AMOUNT_MINOR_MAX}.",
        ),
        (
            wish(line_without(net_minor=AMOUNT_MINOR_MAX + 1)),
            "line.amount",
            f"net_minor {AMOUNT_MINOR_MAX + 1} of line '{MUG}' is not 0 to {AMOUNT_MINOR_MAX}.",
        ),
        (
            wish(line_without(tax_minor=-200), tenders=(by_card(800),)),
            "line.amount",
            f"tax_minor -200 of line '{MUG}' is not 0 to {AMOUNT_MINOR_MAX}.",
        ),
        (
            replace(PLACE, tenders=(by_card(1699),)),
            "tender.mismatch",
            "tenders of 1699 do not add up to the total of 1700.",
        ),
        (
            replace(PLACE, tenders=(by_card(1700), Tender(CASH, TenderMethod.CASH, 0))),
            "tender.amount",
            f"amount_minor 0 of '{CASH}' is not positive.",
        ),
        (
            replace(PLACE, tenders=(by_card(1000), by_card(700))),
            "tender.identity",
            f"payment_id occurs twice in ['{CARD}', '{CARD}'].",
        ),
        (
            replace(PLACE, tenders=(Tender("web:1/card", TenderMethod.CARD, 1700),)),
            "tender.identity",
            "payment_id 'web:1/card' must be the order's id, a slash and a name.",
        ),
    ],
)
def test_what_is_wrong_with_an_order_is_named_with_field_and_value(command, code, detail):
    reasons = events.OrderRejected(
        command.order_id, command.channel, command.external_ref, (Refusal(code, detail),)
    )
    given().when(command).then(reasons)


@pytest.mark.parametrize("country", ["", "F", "FRA", "fr", "F1", "ÉÈ"])
def test_a_country_has_two_capital_letters(country):
    given().when(replace(PLACE, ship_to=Destination(country))).then(
        rejected(
            ("order.country", f"ship_to.country {country!r} is not an ISO 3166-1 alpha-2 code.")
        )
    )


@pytest.mark.parametrize(
    ("channel", "reference", "order_id"),
    [("", "1001", ":1001"), ("web", "", "web:"), ("web:eu", "1", "web:eu:1")],
)
def test_channel_and_reference_are_told_apart_by_one_colon(channel, reference, order_id):
    line = replace(MUGS, line_id=f"{order_id}/1")
    tender = replace(by_card(1200), payment_id=f"{order_id}/card")
    command = wish(
        line, order_id=order_id, channel=channel, external_ref=reference, tenders=(tender,)
    )
    detail = f"order_id {order_id!r} must be the channel, a colon and the external_ref."
    given().when(command).then(
        events.OrderRejected(order_id, channel, reference, (Refusal("order.identity", detail),))
    )


@pytest.mark.parametrize("line_id", ["web:1002/1", MUG])
def test_each_line_has_a_number_of_its_own_within_the_order(line_id):
    detail = f"line_id {line_id!r} must be the order's id, a slash and a number of its own."
    given().when(wish(MUGS, replace(CAPS, line_id=line_id))).then(
        rejected(("line.identity", detail))
    )


def test_an_order_of_two_thousand_lines_is_accepted_and_one_more_is_too_many():
    lines = [replace(MUGS, line_id=f"{ORDER}/{n}", net_minor=0, tax_minor=0) for n in range(2_001)]
    given().when(wish(*lines[:2_000])).then(placed(wish(*lines[:2_000])))
    given().when(wish(*lines)).then(
        rejected(("order.too_many_lines", "2001 lines are more than 2000."))
    )


def test_the_largest_quantity_and_amount_are_accepted():
    largest = wish(
        line_without(quantity=QUANTITY_MAX, net_minor=AMOUNT_MINOR_MAX, tax_minor=AMOUNT_MINOR_MAX)
    )
    given().when(largest).then(placed(largest))


def test_a_tender_of_one_cent_is_accepted():
    cent = wish(MUGS, tenders=(by_card(1199), Tender(CASH, TenderMethod.CASH, 1)))
    given().when(cent).then(placed(cent))


def test_all_reasons_are_named_at_once():
    command = replace(wish(line_without(item_id="", quantity=0)), customer_id="", tenders=())
    given().when(command).then(
        rejected(
            ("order.customer_missing", "customer_id is empty."),
            ("line.item_missing", f"item_id of line '{MUG}' is empty."),
            ("line.quantity", f"quantity 0 of line '{MUG}' is not 1 to {QUANTITY_MAX}."),
            ("tender.mismatch", "tenders of 0 do not add up to the total of 1200."),
        )
    )


# After a rejection

NAMELESS = replace(PLACE, customer_id="")
REJECTED = rejected(("order.customer_missing", "customer_id is empty."))


def test_a_corrected_order_is_placed_under_the_same_reference():
    given(REJECTED).when(PLACE).then(placed(PLACE))
    assert given(REJECTED, placed(PLACE)).state == given(placed(PLACE)).state


def test_the_same_faults_again_are_no_news():
    given(REJECTED).when(NAMELESS).then_nothing()


def test_other_faults_are_named_again():
    given(REJECTED).when(wish()).then(rejected(("order.empty", "lines is empty.")))


# What placement leads to at once


def test_an_order_of_services_on_account_is_charged_and_complete_at_once():
    tender = Tender(f"{ORDER}/account", TenderMethod.ACCOUNT, 500)
    command = wish(POSTAGE, tenders=(tender,))
    services = f"{ORDER}/services"
    given().when(command).then(
        placed(command),
        events.LineShipped(ORDER, "C-1", POST, "POSTAGE", 1, 499, 1, 0, "EUR", services),
        events.ShipmentCharged(ORDER, "C-1", services, 500, "EUR", (tender,)),
        events.OrderCompleted(ORDER, "C-1", 500, "EUR", ()),
    )


@pytest.mark.parametrize("method", [TenderMethod.CARD, TenderMethod.WALLET, TenderMethod.CASH])
def test_services_that_must_be_paid_first_wait_for_the_payment(method):
    command = wish(POSTAGE, tenders=(Tender(CARD, method, 500),))
    given().when(command).then(placed(command))
    assert given(placed(command)).state.awaiting == {CARD}


@pytest.mark.parametrize("on_shortage", OnShortage)
def test_goods_wait_for_stock_whatever_the_terms(on_shortage):
    gift = replace(MUGS, net_minor=0, tax_minor=0)
    command = wish(gift, on_shortage=on_shortage, purpose=events.Purpose.GIFT)
    given().when(command).then(placed(command))
    state = given(placed(command)).state
    assert (state.waiting, state.unanswered, state.open, state.goods_open) == (3, 3, 3, 3)
