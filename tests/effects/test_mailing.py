"""A shop that writes to its customers, over a real mail server: each hears of each thing once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from adapters.email.follower import SOURCE
from adapters.email.post import message_id
from adapters.personal import Contact
from oms_core.domain.cart.commands import AbandonCart
from oms_core.domain.customer.commands import ChangePreferences, EraseCustomer, RegisterCustomer
from oms_core.domain.customer.events import Channel
from oms_core.domain.fulfilment.commands import DeliverFulfilment, ShipFulfilment
from oms_core.domain.notice.commands import RetryNotice
from oms_core.domain.notice.events import (
    NoticeFailed,
    NoticeRequested,
    NoticeSent,
    NoticeSuppressed,
    Why,
)
from oms_core.domain.order.commands import CancelLine, CancelOrder, RecordReturn, ReturnLine
from oms_core.domain.order.events import CancellationReason, Destination, Disposition, OnShortage
from oms_core.domain.payment.commands import (
    Outcome,
    ReportAuthorization,
    ReportCapture,
    ReportRefund,
)
from oms_core.domain.product.commands import RegisterProduct
from oms_core.effects.courier import DAY
from oms_core.engine.cause import Verdict
from oms_core.kernel import Instant
from tests.support.mail import CUT, LOST, Desk, mail_server
from tests.support.mailroom import MERCHANT, Mailroom, sealed
from tests.support.shop import placement, receipt, shopping

ADA = RegisterCustomer("C1", "FR", sealed(Contact("Ada", "ada@buyer.example")))
MUGS = RegisterProduct("MUG", "MUG", "Glazed mug")
ORDER, PAYMENT, PARCEL = "web:1", "web:1/p1", "web:1/f1.1"
CONSENT = ChangePreferences("C1", "en", marketing=True)
PLACED = (ADA, MUGS, receipt("MUG", 9), placement(1, ("MUG", 3)))
PAID = ReportAuthorization(PAYMENT, Outcome.SUCCEEDED, "ref")
SENT = (PAID, ShipFulfilment(PARCEL, "DHL", "T1"))
BACK = RecordReturn(ORDER, "RMA-1", (ReturnLine("web:1/1", 1),), Disposition.RESTOCK, "LYON")
RETURNED = (
    ReportCapture(PAYMENT, PARCEL, Outcome.SUCCEEDED),
    BACK,
    ReportRefund(PAYMENT, "RMA-1", Outcome.SUCCEEDED),
)
SALE = (*PLACED, CONSENT, *SENT, DeliverFulfilment(PARCEL))
CART = (
    ADA,
    CONSENT,
    PLACED[2],
    *shopping("web:c1", ("MUG", 1)),
    AbandonCart("web:c1", Instant(2**50)),
)

TIMES = "\u00d7"
CONFIRMED = ("ada@buyer.example", "Your order 1 is confirmed")
SHIPPED = ("ada@buyer.example", "Your order 1 is on its way")
REVIEW = ("ada@buyer.example", "Has everything of order 1 arrived?")


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Desk, int]]:
    with mail_server() as found:
        yield found


@pytest.fixture
def mailroom(server: tuple[Desk, int]) -> Iterator[Mailroom]:
    room = fresh(server)
    yield room
    room.close()


def fresh(server: tuple[Desk, int], blows_at: int | None = None) -> Mailroom:
    desk, port = server
    desk.inbox, desk.recipients, desk.contents, desk.offered = [], [], [], 0
    return Mailroom(desk, port, blows_at)


def whys(room: Mailroom) -> dict[str, Why]:
    ends = {name: events[-1] for name, events in room.notices().items()}
    return {name: end.why for name, end in ends.items() if isinstance(end, NoticeSuppressed)}


# Who hears what


def test_an_order_is_told_of_from_its_confirmation_to_the_review_each_thing_once(
    mailroom: Mailroom,
):
    mailroom.live(SALE)
    assert mailroom.subjects() == [CONFIRMED, SHIPPED, REVIEW]
    text = mailroom.desk.inbox[1].get_body(("plain",)).get_content()
    assert f"3 {TIMES} Glazed mug (MUG)" in text
    assert "Tracking number: T1" in text
    requests = [event for events in mailroom.notices().values() for event in events[:1]]
    assert {type(event) for event in requests} == {NoticeRequested}


def test_s76_the_review_waits_for_its_day_and_is_not_asked_for_what_went_back(mailroom: Mailroom):
    mailroom.ask(*SALE)
    mailroom.settle()
    assert mailroom.subjects() == [CONFIRMED, SHIPPED]
    assert mailroom.follower.next_due == mailroom.now + 14 * DAY
    mailroom.ask(BACK)
    mailroom.rest()
    assert REVIEW not in mailroom.subjects()
    assert whys(mailroom) == {"review_request|web:1": Why.OUTDATED}


def test_a_refund_is_told_of_when_the_money_is_back(mailroom: Mailroom):
    mailroom.live((*PLACED, *SENT, *RETURNED))
    assert mailroom.subjects() == [
        CONFIRMED,
        SHIPPED,
        ("ada@buyer.example", "Your refund of €10.00"),
    ]


def test_a_cancelled_order_is_told_of_once_and_is_not_confirmed_any_more(mailroom: Mailroom):
    mailroom.live((*PLACED, CancelOrder(ORDER, CancellationReason.CUSTOMER)))
    assert mailroom.subjects() == [("ada@buyer.example", "Your order 1 is cancelled")]
    assert whys(mailroom) == {"order_placed|web:1": Why.OUTDATED}


def test_two_cancellations_that_end_an_order_at_once_are_told_together(mailroom: Mailroom):
    wish = placement(1, ("MUG", 3), ("CUP", 1), on_shortage=OnShortage.SPLIT)
    by_customer = CancellationReason.CUSTOMER
    mailroom.live(
        (
            *PLACED[:3],
            wish,
            CancelLine(ORDER, "web:1/1", 3, by_customer, "X1"),
            CancelLine(ORDER, "web:1/2", 1, by_customer, "X2"),
        )
    )
    assert mailroom.subjects() == [("ada@buyer.example", "Your order 1 is cancelled")]
    assert sorted(whys(mailroom).values()).count(Why.TOLD_TOGETHER) == 1


def test_lines_that_wait_together_are_told_together(mailroom: Mailroom):
    wish = placement(1, ("CUP", 1), ("CAP", 2), on_shortage=OnShortage.BACKORDER)
    mailroom.live((*PLACED[:3], wish))
    assert mailroom.subjects() == [
        CONFIRMED,
        ("ada@buyer.example", "A part of your order 1 takes longer"),
    ]
    text = mailroom.desk.inbox[1].get_body(("plain",)).get_content()
    assert f"1 {TIMES} CUP" in text
    assert f"2 {TIMES} CAP" in text


def test_s53_a_cart_that_was_left_is_told_of_to_the_customer_with_consent_and_to_the_merchant(
    mailroom: Mailroom,
):
    mailroom.live(CART)
    assert mailroom.subjects() == [
        ("ada@buyer.example", "You left something behind"),
        (MERCHANT, "Cart web:c1 was abandoned: €10.00"),
    ]


def test_s53_without_consent_only_the_merchant_is_told(mailroom: Mailroom):
    mailroom.live(command for command in CART if command is not CONSENT)
    assert mailroom.subjects() == [(MERCHANT, "Cart web:c1 was abandoned: €10.00")]
    assert whys(mailroom) == {"cart_abandoned|web:c1|1": Why.NO_CONSENT}


def test_consent_that_is_withdrawn_before_the_letter_is_sent_counts(mailroom: Mailroom):
    mailroom.ask(*CART)
    mailroom.ask(replace(CONSENT, marketing=False))
    mailroom.rest()
    assert [to for to, _ in mailroom.subjects()] == [MERCHANT]


def test_who_was_erased_is_not_written_to(mailroom: Mailroom):
    mailroom.ask(*PLACED)
    mailroom.ask(EraseCustomer("C1"))
    mailroom.vault.destroyed.add("C1")
    mailroom.rest()
    assert mailroom.subjects() == []
    assert whys(mailroom) == {"order_placed|web:1": Why.ERASED}


def test_whose_key_is_destroyed_already_is_not_written_to(mailroom: Mailroom):
    mailroom.ask(*PLACED)
    mailroom.vault.destroyed.add("C1")
    mailroom.rest()
    assert mailroom.subjects() == []
    assert whys(mailroom) == {"order_placed|web:1": Why.NO_ADDRESS}


def test_an_address_that_cannot_be_read_is_news_for_a_person_and_stops_nobody_else(
    mailroom: Mailroom,
):
    mailroom.ask(*PLACED, replace(placement(2, ("MUG", 1)), customer_id="guest"))
    mailroom.vault.changed.add("C1")
    mailroom.rest()
    assert mailroom.alerts == [
        "order_placed|web:1 is given up: data sealed for 'C1' cannot be read"
    ]
    assert whys(mailroom) == {"order_placed|web:2": Why.NO_ADDRESS}


def test_who_wants_no_mail_gets_the_confirmation_alone(mailroom: Mailroom):
    mailroom.live((*PLACED, replace(CONSENT, channel=Channel.NONE), *SENT))
    assert mailroom.subjects() == [CONFIRMED]
    assert whys(mailroom) == {f"order_shipped|{PARCEL}": Why.OPTED_OUT}


def test_a_guest_is_written_to_at_the_address_on_the_order_in_the_language_of_its_country(
    mailroom: Mailroom,
):
    contact = sealed(Contact("김하늘", "haneul@buyer.example"))
    wish = replace(placement(1, ("MUG", 1)), customer_id="guest-1")
    mailroom.live((PLACED[2], replace(wish, ship_to=Destination("KR", "04524", contact))))
    assert mailroom.subjects() == [("haneul@buyer.example", "주문 1 접수가 완료되었습니다")]
    assert "김하늘 고객님" in mailroom.desk.inbox[0].get_body(("plain",)).get_content()


# What can go wrong


@pytest.mark.parametrize("how", [CUT, LOST, "451 later"])
def test_a_letter_that_may_not_have_arrived_is_sent_again_under_the_same_name(
    mailroom: Mailroom, how: str
):
    mailroom.desk.contents = [how, how]
    mailroom.live(PLACED)
    (events,) = mailroom.notices().values()
    assert [type(event) for event in events] == [
        NoticeRequested,
        NoticeFailed,
        NoticeFailed,
        NoticeSent,
    ]
    copies = 3 if how == CUT else 1
    name = message_id("order_placed|web:1", "shop.example")
    assert mailroom.arrivals() == Counter({name: copies})


def test_an_address_that_is_refused_for_good_is_given_up_and_tried_once_more_by_a_person(
    mailroom: Mailroom,
):
    mailroom.desk.recipients = ["550 5.1.1 no such user"]
    mailroom.live(PLACED)
    assert mailroom.subjects() == []
    assert mailroom.alerts == ["order_placed|web:1 is given up: 550 5.1.1 no such user"]
    mailroom.open()
    (answer,) = mailroom.ask(RetryNotice("order_placed|web:1"))
    assert answer.verdict is Verdict.DONE
    mailroom.rest()
    assert mailroom.subjects() == [CONFIRMED]


STORIES = {
    "sold and reviewed": SALE,
    "sold and partly returned": (*PLACED, *SENT, *RETURNED),
    "cancelled": (*PLACED, CancelOrder(ORDER, CancellationReason.CUSTOMER)),
    "left in a cart": CART,
}
TROUBLE: dict[str, list[str]] = {
    "all is well": [],
    "refused for a while": ["451 later"],
    "cut after the contents": [CUT],
}


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE.keys())
@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_p21_a_process_that_dies_at_any_step_tells_everyone_the_same_as_one_that_does_not(
    server: tuple[Desk, int], story: tuple[object, ...], trouble: list[str]
):
    undisturbed = fresh(server)
    undisturbed.desk.contents = list(trouble)
    undisturbed.live(story)
    expected, arrived = ends(undisturbed), undisturbed.arrivals()
    points = undisturbed.fuse.points
    undisturbed.close()
    assert points >= 6
    for point in range(points):
        room = fresh(server, point)
        room.desk.contents = list(trouble)
        room.live(story)
        assert ends(room) == expected, f"it died at point {point}"
        assert set(room.arrivals()) == set(arrived), f"it died at point {point}"
        again = room.arrivals() - arrived
        assert not again or max(again.values()) == 1, f"it died at point {point}"
        room.close()


def ends(room: Mailroom) -> dict[str, list[object]]:
    """Return how each notice was asked for and ended; how often it was tried is not compared."""
    return {
        name: [event for event in events if not isinstance(event, NoticeFailed)]
        for name, events in room.notices().items()
    }


def test_a_round_that_was_booked_is_never_booked_again(mailroom: Mailroom):
    mailroom.ask(*PLACED)
    turn = mailroom.follower.turn(mailroom.now)
    assert turn is not None
    mailroom.engine.handle(turn.causes, [turn.position])
    assert mailroom.disk.source_position(SOURCE) == turn.position.stop
    mailroom.open()
    mailroom.rest()
    assert mailroom.arrivals().total() == 1
