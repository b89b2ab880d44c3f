"""What a notice says, as the log knows it when the notice is sent, and when it says nothing."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from oms_core.domain.cart import events as cart
from oms_core.domain.fulfilment.events import FulfilmentLine, FulfilmentShipped
from oms_core.domain.invoice.events import (
    DocumentKind,
    DunningRaised,
    InvoiceSettled,
    InvoiceVoided,
    InvoiceWrittenOff,
)
from oms_core.domain.notice.events import Kind, NoticeRequested, Why
from oms_core.domain.order import events as order
from oms_core.domain.payment.events import Method, RefundSucceeded
from oms_core.effects.items import Item, Matter
from oms_core.effects.matter import TOLD, matter, streams_of
from oms_core.kernel import Instant
from oms_core.processes.promising import PromiseMoved
from tests.support.order import CAP, CAPS, MUG, MUGS, ORDER, POSTAGE, placed, wish
from tests.support.receivables import ACCOUNT, CONTENT, DRAFTED, INVOICE, ISSUED, NUMBER, OUT, paid

PLACED = placed(
    replace(wish(MUGS, CAPS, POSTAGE), ship_to=order.Destination("KR", "04524", b"sealed"))
)
AGREED = Matter(
    order_id=ORDER,
    reference="1001",
    customer_id="C-1",
    country="KR",
    sealed=b"sealed",
    currency="EUR",
    at=Instant(1_000),
)
CANCELLED = order.OrderCancelled(ORDER, "C-1", order.CancellationReason.CUSTOMER, ())


def asked(kind: Kind, subject_id: str, order_id: str = ORDER) -> NoticeRequested:
    return NoticeRequested(f"{kind}|{subject_id}", kind, subject_id, order_id)


def mugs(quantity: int) -> Item:
    return Item("ITEM-MUG", "MUG-BLUE", quantity)


def caps(quantity: int) -> Item:
    return Item("ITEM-CAP", "CAP-RED", quantity)


def cancelled(line_id: str, quantity: int, name: str, backordered: int = 0) -> order.LineCancelled:
    reason = order.CancellationReason.CUSTOMER
    return order.LineCancelled(
        ORDER, "C-1", line_id, "I", quantity, 1, 0, "EUR", reason, name, backordered=backordered
    )


@pytest.mark.parametrize(
    ("request_", "streams"),
    [
        (asked(Kind.ORDER_PLACED, ORDER), (f"order:{ORDER}",)),
        (asked(Kind.ORDER_SHIPPED, "w:1/f1"), (f"order:{ORDER}", "fulfilment:w:1/f1")),
        (asked(Kind.ORDER_DELAYED, MUG), (f"order:{ORDER}",)),
        (asked(Kind.ORDER_CANCELLED, f"{ORDER}|X1"), (f"order:{ORDER}",)),
        (asked(Kind.REFUNDED, "w:1/p1|R|1"), (f"order:{ORDER}", "payment:w:1/p1")),
        (asked(Kind.INVOICE_ISSUED, "w:1/f1"), ("invoice:w:1/f1",)),
        (asked(Kind.PAYMENT_REMINDER, "w:1/f1|2"), ("invoice:w:1/f1",)),
        (asked(Kind.CART_ABANDONED, "w:c1|3"), ("cart:w:c1",)),
        (asked(Kind.CART_LEFT, "w:c1|3"), ("cart:w:c1",)),
        (asked(Kind.REVIEW_REQUEST, ORDER), (f"order:{ORDER}",)),
        (asked(Kind.PROMISE_BROKEN, f"{ORDER}|7"), (f"order:{ORDER}", f"promising:{ORDER}")),
    ],
)
def test_each_kind_is_read_off_the_streams_that_it_is_about(request_, streams):
    assert streams_of(request_) == streams


def test_every_kind_has_something_to_say():
    assert set(TOLD) == set(Kind)


# Orders


def test_a_confirmation_says_what_was_agreed_to_the_last_cent():
    said = matter(asked(Kind.ORDER_PLACED, ORDER), [PLACED])
    items = (
        Item("ITEM-MUG", "MUG-BLUE", 3, 1000),
        Item("ITEM-CAP", "CAP-RED", 2, 500),
        Item("POSTAGE", "POST", 1, 499),
    )
    assert said == replace(AGREED, items=items, net_minor=1_999, tax_minor=201)


def test_an_order_that_ended_before_it_could_be_confirmed_is_not():
    assert matter(asked(Kind.ORDER_PLACED, ORDER), [PLACED, CANCELLED]) is Why.OUTDATED


def test_a_parcel_is_told_of_with_what_is_in_it_and_how_to_follow_it():
    lines = (FulfilmentLine(CAP, "I", 1), FulfilmentLine(MUG, "I", 0))
    parcel = FulfilmentShipped("w:1/f1", ORDER, "LYON", lines, "DHL", "T1")
    other = replace(parcel, fulfilment_id="w:1/f2", tracking="T2")
    said = matter(asked(Kind.ORDER_SHIPPED, "w:1/f1"), [PLACED, parcel, other])
    assert said == replace(AGREED, items=(caps(1),), carrier="DHL", tracking="T1")


def test_a_parcel_with_what_was_added_to_the_order_later_is_told_of_where_it_goes_now():
    preview = order.Preview(0, (), 0, 0, 0, 0)
    moved = order.Destination("FR", "69001", b"moved")
    added = replace(CAPS, line_id="web:1001/4")
    split = order.OnShortage.SPLIT
    change = order.ChangeConfirmed(
        ORDER, "C-1", "K1", "web", split, "EUR", (added,), moved, (), preview
    )
    parcel = FulfilmentShipped(
        "w:1/f1", ORDER, "LYON", (FulfilmentLine("web:1001/4", "I", 2),), "DHL", "T1"
    )
    history = [PLACED, change, parcel]
    request = asked(Kind.ORDER_SHIPPED, "w:1/f1")
    goes = replace(AGREED, items=(caps(2),), carrier="DHL", tracking="T1")
    assert matter(request, history) == replace(goes, country="FR", sealed=b"moved")
    history[1] = replace(change, ship_to=order.Destination(""))
    assert matter(request, history) == goes


def test_what_has_not_left_as_promised_is_told_until_it_has_or_something_else_is_promised():
    day = 20_462 * 86_400_000_000
    request = asked(Kind.PROMISE_BROKEN, f"{ORDER}|{day}")
    left = order.LineShipped(ORDER, "C-1", CAP, "I", 2, 500, 0, 100, "EUR", "w:1/f1")
    said = replace(AGREED, due_on="2026-01-08", tells=f"delayed|{ORDER}")
    assert matter(request, [PLACED]) == replace(said, items=(mugs(3), caps(2)))
    assert matter(request, [PLACED, left]) == replace(said, items=(mugs(3),))
    fewer = cancelled(MUG, 1, "X1")
    assert matter(request, [PLACED, left, fewer]) == replace(said, items=(mugs(2),))
    assert matter(request, [PLACED, left, cancelled(MUG, 3, "X1")]) is Why.OUTDATED
    assert matter(request, [PLACED, CANCELLED]) is Why.OUTDATED
    moved = PromiseMoved(ORDER, MUG, Instant(day), Instant(day), Instant(day), (), "v1")
    assert matter(request, [PLACED, moved]) == matter(request, [PLACED])
    later = replace(moved, ship_by=Instant(day + 1))
    assert matter(request, [PLACED, later]) is Why.OUTDATED
    assert matter(request, [PLACED, moved, later]) is Why.OUTDATED
    assert matter(request, [PLACED, later, moved]) == matter(request, [PLACED])
    undated = replace(moved, ship_by=Instant(0))
    assert matter(request, [PLACED, later, moved, undated]) is Why.OUTDATED


def test_all_that_waits_is_told_together_and_nothing_once_nothing_waits():
    request = asked(Kind.ORDER_DELAYED, MUG)
    waits = (order.LineBackordered(ORDER, MUG, "I", 3), order.LineBackordered(ORDER, CAP, "I", 1))
    said = replace(AGREED, items=(mugs(3), caps(1)), tells=f"delayed|{ORDER}")
    assert matter(request, [PLACED, *waits]) == said
    came = order.LineReserved(ORDER, CAP, "I", 2, ())
    assert matter(request, [PLACED, *waits, came]) == replace(said, items=(mugs(3),))
    given_up = cancelled(MUG, 1, "X1", backordered=1)
    assert matter(request, [PLACED, *waits, came, given_up]) == replace(said, items=(mugs(2),))
    rest = order.LineReserved(ORDER, MUG, "I", 2, ())
    assert matter(request, [PLACED, *waits, came, given_up, rest]) is Why.OUTDATED
    assert matter(request, [PLACED, *waits, CANCELLED]) is Why.OUTDATED


def test_a_cancellation_says_which_units_and_only_its_own():
    history = [PLACED, cancelled(MUG, 1, "X1"), cancelled(CAP, 1, "X2")]
    said = matter(asked(Kind.ORDER_CANCELLED, f"{ORDER}|X1"), history)
    assert said == replace(AGREED, items=(mugs(1),))


def test_the_rest_of_an_order_of_which_something_has_left_is_told_as_one():
    history = [
        PLACED,
        cancelled(MUG, 1, "X1"),
        cancelled(MUG, 1, f"all:{MUG}"),
        cancelled(CAP, 2, f"all:{CAP}"),
    ]
    said = matter(asked(Kind.ORDER_CANCELLED, f"{ORDER}|all"), history)
    assert said == replace(AGREED, items=(mugs(1), caps(2)))


def test_the_end_of_an_order_is_told_whole_whichever_cancellation_brought_it():
    history = [PLACED, cancelled(MUG, 1, "X1"), cancelled(MUG, 2, f"all:{MUG}"), CANCELLED]
    whole = replace(AGREED, items=(mugs(3),), whole=True, tells=f"cancelled|{ORDER}")
    for name in ("X1", "all"):
        assert matter(asked(Kind.ORDER_CANCELLED, f"{ORDER}|{name}"), history) == whole


def test_a_refund_says_how_much_and_not_what_another_gave_back():
    first = RefundSucceeded("w:1/p1", ORDER, "RMA-1", 500, "EUR", Method.CARD)
    second = replace(first, refund_id="RMA-2", amount_minor=700)
    said = matter(asked(Kind.REFUNDED, "w:1/p1|RMA-1"), [PLACED, first, second])
    assert said == replace(AGREED, amount_minor=500)


def test_s76_what_has_arrived_is_asked_about_but_not_if_something_went_back():
    request = asked(Kind.REVIEW_REQUEST, ORDER)
    first = order.ParcelDelivered(ORDER, "f1", (order.PlannedLine(MUG, "I", 2),))
    second = order.ParcelDelivered(
        ORDER, "f2", (order.PlannedLine(MUG, "I", 1), order.PlannedLine(CAP, "I", 2))
    )
    back = order.ReturnAccepted(ORDER, "C-1", "RMA-1", 5, "EUR", ())
    said = matter(request, [PLACED, first, second])
    assert said == replace(AGREED, items=(mugs(3), caps(2)))
    assert matter(request, [PLACED, first, back]) is Why.OUTDATED
    assert matter(request, [PLACED, first, CANCELLED]) is Why.OUTDATED


# Documents

DOCUMENT = Matter(
    order_id="web:1",
    customer_id="C1",
    currency="EUR",
    items=(Item("MUG", "MUG-BLUE", 3, 1_000), Item("CAP", "CAP-RED", 2, 500)),
    net_minor=1_500,
    tax_minor=207,
    amount_minor=1_707,
    number=NUMBER,
    issued_on="2026-01-31",
    due_on="2026-03-02",
)
VOID = InvoiceVoided(INVOICE, ACCOUNT, "web:1", NUMBER, 1_707, "EUR", "wrong", CONTENT)


def test_an_invoice_says_what_it_asks_for_now_and_nothing_if_it_is_void():
    request = asked(Kind.INVOICE_ISSUED, INVOICE)
    assert matter(request, OUT) == DOCUMENT
    assert matter(request, [*OUT, paid(707, 1_000)]) == replace(DOCUMENT, amount_minor=1_000)
    assert matter(request, [*OUT, VOID]) is Why.OUTDATED


def test_a_credit_note_is_none_that_asks_for_something():
    drafted = replace(DRAFTED, content=replace(CONTENT, kind=DocumentKind.CREDIT_NOTE))
    said = matter(asked(Kind.INVOICE_ISSUED, INVOICE), [drafted, ISSUED])
    assert said == replace(DOCUMENT, credit=True)


def test_a_reminder_says_what_is_still_open_unless_it_is_paid_or_told_again():
    request = asked(Kind.PAYMENT_REMINDER, f"{INVOICE}|1")
    first = DunningRaised(INVOICE, ACCOUNT, "web:1", 1, 1_707, "EUR")
    second = replace(first, level=2)
    said = replace(DOCUMENT, level=1, amount_minor=1_000)
    assert matter(request, [*OUT, first, paid(707, 1_000)]) == said
    for end in (
        InvoiceSettled(INVOICE, ACCOUNT, "web:1"),
        InvoiceWrittenOff(INVOICE, ACCOUNT, "web:1", 1_707, "EUR", "insolvent"),
        VOID,
        second,
    ):
        assert matter(request, [*OUT, first, end]) is Why.OUTDATED


# Carts

DUE = cart.Due()
OPENED = cart.CartOpened("w:c1", "w", "c1", "EUR", "", 1, 1, 1, DUE)
LINE = cart.CartLine("L1", "MUG", "MUG-BLUE", 3, cart.Price("10", 3_000, 600))
ABANDONED = cart.CartAbandoned("w:c1", "w", "C1", 1, 3, 3_600, "EUR", Instant(7), DUE)
LEFT = Matter(
    customer_id="C1",
    cart_id="w:c1",
    currency="EUR",
    items=(Item("MUG", "MUG-BLUE", 3, 3_000),),
    net_minor=3_000,
    tax_minor=600,
    at=Instant(7),
)
both_kinds = pytest.mark.parametrize("kind", [Kind.CART_ABANDONED, Kind.CART_LEFT])


@both_kinds
def test_a_cart_says_what_is_in_it(kind: Kind):
    request = asked(kind, "w:c1|1", "")
    half = cart.Price("10", 1_000, 200)
    history = [
        OPENED,
        cart.CartLineAdded("w:c1", LINE, DUE),
        cart.CartLineAdded("w:c1", replace(LINE, line_id="L2", item_id="CAP", sku="CAP"), DUE),
        ABANDONED,
    ]
    gone = cart.CartLineRemoved("w:c1", "L2", "CAP", DUE)
    assert matter(request, [*history, gone]) == LEFT
    fewer = cart.CartLineDeclined("w:c1", "L1", "MUG", 3, 1, half)
    said = replace(LEFT, items=(Item("MUG", "MUG-BLUE", 1, 1_000),), net_minor=1_000, tax_minor=200)
    assert matter(request, [*history, gone, fewer]) == said
    more = cart.CartLineChanged("w:c1", "L1", "MUG", "K1", 3, LINE.price, DUE)
    assert matter(request, [*history, gone, fewer, more]) == LEFT


@both_kinds
def test_nobody_is_reminded_of_a_cart_that_they_came_back_to_or_that_is_no_more(kind: Kind):
    request, again = asked(kind, "w:c1|1", ""), asked(kind, "w:c1|2", "")
    history = [OPENED, cart.CartLineAdded("w:c1", LINE, DUE), ABANDONED]
    back = cart.CartReopened("w:c1", 2)
    assert matter(request, [*history, back]) is Why.OUTDATED
    emptied = cart.CartLineRemoved("w:c1", "L1", "MUG", DUE)
    assert matter(request, [*history, emptied]) is Why.OUTDATED
    assert matter(again, [*history, back, replace(ABANDONED, episode=2)]) == LEFT
    for end in (cart.CartExpired("w:c1"), cart.CartConverted("w:c1", "w:1", "C1")):
        assert matter(request, [*history, end]) is Why.OUTDATED
