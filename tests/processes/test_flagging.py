"""Orders that deserve special care get a code."""

from oms_core.domain.customer.commands import NoteOrder, RecordSpend
from oms_core.domain.customer.events import VipOrderNoted
from oms_core.domain.flagcode.commands import IssueFlagCode
from oms_core.domain.flagcode.events import FlagCodeIssued
from oms_core.domain.order.commands import FlagOrder, RequestFlag
from oms_core.domain.order.events import (
    Destination,
    FlagKind,
    FlagRequested,
    OnShortage,
    OrderCompleted,
    OrderPlaced,
    Purpose,
)
from oms_core.kernel import Instant
from oms_core.policies.config import Policies
from oms_core.processes.flagging import flagging
from tests.support.spec import Specification

given = Specification(flagging(Policies(vip_minor=(("EUR", 5_000),))))


def placed(purpose):
    return OrderPlaced(
        "web:1",
        "web",
        "1",
        "C1",
        "EUR",
        (),
        (),
        Destination("FR"),
        OnShortage.HOLD,
        Instant(1),
        purpose,
    )


def test_every_order_is_told_to_its_customers_record():
    given().when(placed(Purpose.SALE)).then(NoteOrder("C1", "web:1"))


def test_replacements_and_gifts_are_flagged_as_such():
    for purpose, kind in (
        (Purpose.REPLACEMENT, FlagKind.REPLACEMENT),
        (Purpose.GIFT, FlagKind.GIFT),
    ):
        given().when(placed(purpose)).then(NoteOrder("C1", "web:1"), RequestFlag("web:1", kind))


def test_a_vips_order_is_flagged():
    given().when(VipOrderNoted("C1", "web:1")).then(RequestFlag("web:1", FlagKind.VIP))


def test_a_code_is_issued_once_it_is_requested_and_put_on_the_order():
    given().when(FlagRequested("web:1", FlagKind.GIFT)).then(
        IssueFlagCode("store", "web:1", "gift")
    )
    given().when(FlagCodeIssued("store", 7, "web:1", "gift", "G0000007X")).then(
        FlagOrder("web:1", FlagKind.GIFT, "G0000007X")
    )


def test_what_a_customer_has_spent_is_told_with_the_mark_of_its_currency():
    given().when(OrderCompleted("web:1", "C1", 900, "EUR", ())).then(
        RecordSpend("C1", "web:1", 900, "EUR", 5_000)
    )
    given().when(OrderCompleted("web:1", "C1", 900, "CHF", ())).then(
        RecordSpend("C1", "web:1", 900, "CHF", 0)
    )
