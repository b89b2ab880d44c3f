"""The order list, the timeline, flagged orders and refusals, by example."""

from __future__ import annotations

import pytest
from rpds import HashTrieMap

from oms_core.domain.order import events
from oms_core.domain.payment.events import (
    CaptureSucceeded,
    Method,
    MovementKind,
    MovementSettled,
    PaymentEvent,
    RefundSucceeded,
)
from oms_core.kernel import CommandRefused, Instant
from projections.flagged import Promise, flagged
from projections.narration import STORIES
from projections.order_row import Flag, OpenHold, Order, Reason
from projections.orders import orders
from projections.refusals import Refused, refusals
from projections.timeline import Moment, timeline
from tests.projections.records import NOON, SECOND, recorded
from tests.support.order import CAP, CAPS, CARD, MUG, MUGS, POSTAGE, placed, wish

PLACED = placed(wish(MUGS, CAPS, POSTAGE))
MUGS_RESERVED = events.LineReserved("web:1001", MUG, "ITEM-MUG", 3, ())
CAPS_WAIT = events.LineBackordered("web:1001", CAP, "ITEM-CAP", 2)
CAP_COMES = events.LineReserved("web:1001", CAP, "ITEM-CAP", 1, ())
SURE = events.TenderAuthorized("web:1001", CARD, 2_200)
RELEASED = events.OrderReleased(
    "web:1001",
    (events.ReleasedLine(MUG, "ITEM-MUG", 3, ()),),
    PLACED.ship_to,
    Instant(9_000),
    2,
)
MUGS_SHIPPED = events.LineShipped(
    "web:1001", "C-1", MUG, "ITEM-MUG", 3, 1_000, 200, 300, "EUR", "web:1001/f1"
)
POSTED = events.LineShipped("web:1001", "C-1", f"{MUG[:-1]}3", "POSTAGE", 1, 499, 1, 0, "EUR", "f1")
COMPLETED = events.OrderCompleted("web:1001", "C-1", 2_200, "EUR", (CARD,))


def shown(*happened):
    """Return the one row of the order list."""
    (row,) = orders.fold(recorded(*happened)).values()
    return row


def test_a_placed_order_shows_its_terms_and_what_it_waits_for():
    assert shown(PLACED) == Order(
        "web:1001",
        "awaiting_payment",
        "web",
        "1001",
        "C-1",
        "FR",
        "EUR",
        "sale",
        lines=3,
        units_ordered=6,
        units_unreserved=5,
        units_service=1,
        total_minor=2_200,
        awaiting=(CARD,),
        placed_at=Instant(1_000),
        ship_by=Instant(9_000),
        last_position=1,
        services=("web:1001/3",),
        changed_at=Instant(1_700_000_000_500_000),
    )


def test_every_unit_is_in_one_bucket():
    row = shown(PLACED, MUGS_RESERVED, CAPS_WAIT, CAP_COMES, SURE, RELEASED)
    assert (
        row.units_unreserved,
        row.units_backordered,
        row.units_reserved,
        row.units_released,
        row.units_service,
    ) == (0, 1, 1, 3, 1)
    assert row.backorders == HashTrieMap({CAP: 1})


HELD = events.OrderHeld(
    "web:1001", "fraud:1", events.HoldKind.FRAUD, (events.Blocked.RELEASE,), "looks odd"
)
RESOLVED = events.HoldResolved("web:1001", "fraud:1", "a good customer")
CANCELLED = events.OrderCancelled("web:1001", "C-1", events.CancellationReason.CUSTOMER, ())
REJECTED = events.OrderRejected(
    "web:1001", "web", "1001", (events.Refusal("order.empty", "lines is empty."),)
)


@pytest.mark.parametrize(
    ("happened", "state"),
    [
        ((PLACED,), "awaiting_payment"),
        ((PLACED, HELD), "held"),
        ((PLACED, HELD, RESOLVED), "awaiting_payment"),
        ((PLACED, SURE), "placed"),
        ((PLACED, SURE, MUGS_RESERVED, CAPS_WAIT), "backordered"),
        ((PLACED, SURE, MUGS_RESERVED, CAPS_WAIT, RELEASED), "released"),
        ((PLACED, SURE, MUGS_RESERVED, CAPS_WAIT, RELEASED, MUGS_SHIPPED), "partially_shipped"),
        ((PLACED, SURE, MUGS_RESERVED, RELEASED, MUGS_SHIPPED, COMPLETED), "completed"),
        ((PLACED, CANCELLED), "cancelled"),
        ((REJECTED,), "rejected"),
        ((REJECTED, PLACED), "awaiting_payment"),
    ],
)
def test_the_status_is_read_off_the_numbers(happened, state):
    assert shown(*happened).state == state


def test_a_hold_and_a_rejection_say_why():
    assert shown(PLACED, HELD).holds == (OpenHold("fraud:1", "fraud", "looks odd"),)
    assert shown(REJECTED).rejections == (Reason("order.empty", "lines is empty."),)
    assert shown(REJECTED).closed_at == NOON + SECOND // 2


def test_money_that_moved_and_what_is_owed_are_told_apart():
    taken = CaptureSucceeded(CARD, "web:1001", "c1", 1_700, "EUR", Method.CARD)
    owed = events.ReturnAccepted("web:1001", "C-1", "r1", 1_200, "EUR", ())
    back = RefundSucceeded(CARD, "web:1001", "r1", 400, "EUR", Method.CARD)
    row = shown(PLACED, MUGS_SHIPPED, POSTED, taken, owed, back)
    assert (row.shipped_minor, row.captured_minor, row.returned_minor, row.refunded_minor) == (
        1_700,
        1_700,
        1_200,
        400,
    )
    assert (row.units_service, row.units_shipped) == (0, 4)


def test_the_timeline_tells_who_what_when_and_why():
    log = recorded(HELD, stream="order:web:1001")
    assert timeline.fold(log) == {
        "web:1001|order:web:1001#1": Moment(
            "web:1001",
            "order:web:1001#1",
            1,
            Instant(NOON + SECOND),
            Instant(NOON + SECOND // 2),
            "user:anna",
            "cause-1",
            "web:1001",
            "OrderHeld",
            "held for fraud (release blocked): looks odd",
        )
    }


ANOTHER_CARD = events.TenderRenewalRequested(
    "web:1001",
    CARD,
    events.Tender(f"{CARD}~2", events.TenderMethod.CARD, 2_200, "tok-2"),
    "EUR",
    Instant(0),
)
PAID_OUT = MovementSettled(
    CARD,
    "web:1001",
    MovementKind.REFUND,
    "R-1",
    -600,
    "EUR",
    "stripe:po_1",
    "txn_1",
    -510,
    "GBP",
    9,
)


@pytest.mark.parametrize(
    ("event", "summary"),
    [
        (PLACED, "placed by C-1 through web: 6 units on 3 lines for 2200 EUR minor"),
        (REJECTED, "rejected because of order.empty: lines is empty."),
        (RESOLVED, "hold fraud:1 resolved: a good customer"),
        (RELEASED, "released: 3 of web:1001/1"),
        (MUGS_SHIPPED, "3 of web:1001/1 shipped in web:1001/f1"),
        (CANCELLED, "cancelled by customer: nothing will be shipped"),
        (ANOTHER_CARD, f"{CARD}~2 asked for 2200 EUR minor instead of {CARD}"),
        (
            PAID_OUT,
            "refund of -600 EUR minor is in payout stripe:po_1, less 9 GBP minor for the provider",
        ),
    ],
)
def test_a_sentence_says_what_happened(event, summary):
    (moment,) = timeline.fold(recorded(event)).values()
    assert moment.summary == summary


def test_every_event_of_a_payment_is_told_in_the_timeline_of_its_order():
    assert {kind.__name__ for kind in PaymentEvent.__args__ if kind not in STORIES} == set()


REQUESTED = events.FlagRequested("web:1001", events.FlagKind.VIP)
FLAGGED = events.OrderFlagged("web:1001", events.FlagKind.VIP, "V0000001K")


def test_a_flagged_order_shows_what_was_promised_and_what_came_of_it():
    log = recorded(PLACED, REQUESTED, FLAGGED, MUGS_SHIPPED, COMPLETED)
    assert flagged.fold(log) == {
        "web:1001": Promise(
            "web:1001",
            flagged=True,
            kind="vip",
            code="V0000001K",
            customer_id="C-1",
            channel="web",
            state="completed",
            ship_by=Instant(9_000),
            shipped_at=Instant(NOON + 4 * SECOND - SECOND // 2),
            late=True,
            units_ordered=6,
            units_shipped=3,
            flagged_at=Instant(NOON + 2 * SECOND - SECOND // 2),
        )
    }


def test_a_flag_that_comes_after_the_parcel_has_left_finds_the_promise():
    row = flagged.fold(recorded(PLACED, MUGS_SHIPPED, COMPLETED, REQUESTED, FLAGGED))["web:1001"]
    assert (row.flagged, row.late, row.ship_by, row.units_shipped) == (True, True, 9_000, 3)


def test_an_order_with_two_flags_has_both_codes_and_the_list_shows_them():
    gift = events.OrderFlagged("web:1001", events.FlagKind.GIFT, "G00000024")
    row = flagged.fold(recorded(PLACED, FLAGGED, gift, FLAGGED))["web:1001"]
    assert (row.kind, row.code) == ("vip, gift", "V0000001K, G00000024")
    assert shown(PLACED, REQUESTED, gift, FLAGGED).flags == (
        Flag("gift", "G00000024"),
        Flag("vip", "V0000001K"),
    )


def test_a_refusal_is_kept_for_a_person_to_see():
    refused = CommandRefused("CaptureFunds", "payment.unknown", "P is not known.", "payment:P")
    assert refusals.fold(recorded(refused, stream="collection:web:1001")) == {
        "collection:web:1001#1": Refused(
            "collection:web:1001#1",
            1,
            Instant(NOON + SECOND),
            "collection:web:1001",
            "CaptureFunds",
            "payment.unknown",
            "P is not known.",
            "payment:P",
            "cause-1",
            "web:1001",
        )
    }
