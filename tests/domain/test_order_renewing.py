"""A tender that lapses is renewed for what is not charged to it, while there is more to send."""

from itertools import pairwise

import pytest
from msgspec.structs import replace

from oms_core.domain.order import commands, events
from oms_core.domain.order.checks import OrderNotOpen
from oms_core.domain.order.decider import order
from oms_core.domain.order.events import CancellationReason, TenderMethod
from oms_core.domain.order.renewing import (
    RENEWALS_MAX,
    AskedTooOften,
    CardDeclined,
    NoCard,
    NothingToRenew,
    StillAsked,
)
from oms_core.kernel import Instant
from tests.support.order import (
    CANCEL,
    CAP,
    CAPS,
    CARD,
    CASH,
    MUG,
    MUGS,
    ORDER,
    authorize,
    backorder,
    by_card,
    part,
    reserve,
    sent,
    told,
    wish,
)
from tests.support.spec import Specification

given = Specification(order)
LAPSES = Instant(1_768_176_000_000_000)
"""12 January 2026."""

NEW = f"{CARD}~2"
PAID = (wish(MUGS, CAPS), authorize(1700))
RENEW = commands.RenewTender(ORDER, CARD, LAPSES)
SECURED = commands.RecordAuthorization(ORDER, NEW, 1700)
DECLINED = commands.RecordDecline(ORDER, NEW, CancellationReason.DECLINED)
LAPSED = commands.RecordDecline(ORDER, CARD, CancellationReason.EXPIRED)
RENEWED = events.TenderRenewed(ORDER, CARD, NEW)
HELD = events.OrderHeld(
    ORDER,
    f"renewal:{NEW}",
    events.HoldKind.PAYMENT,
    (events.Blocked.RELEASE,),
    f"{CARD} cannot be authorized anew: declined; it lapses on 2026-01-12",
)


def requested(name, amount_minor, of=CARD, method=TenderMethod.CARD):
    renewal = events.Tender(name, method, amount_minor, "tok-1")
    return events.TenderRenewalRequested(ORDER, of, renewal, "EUR", LAPSES)


def after(*wishes):
    return order.fold(told(*wishes))


def amounts(*wishes):
    return [(t.payment_id, t.amount_minor) for t in after(*wishes).tenders]


def test_a_tender_that_lapses_is_asked_for_once_more_under_a_name_of_its_own():
    given(*told(*PAID)).when(RENEW).then(requested(NEW, 1700))


def test_asked_for_twice_it_is_asked_for_once():
    given(*told(*PAID, RENEW)).when(RENEW).then_nothing()


def test_once_it_is_certain_it_takes_the_place_of_the_other():
    given(*told(*PAID, RENEW)).when(SECURED).then(RENEWED)
    assert amounts(*PAID, RENEW, SECURED) == [(CARD, 0), (NEW, 1700)]
    given(*told(*PAID, RENEW, SECURED)).when(SECURED).then_nothing()


def test_what_was_charged_stays_with_the_tender_that_paid_it():
    split = (replace(PAID[0], on_shortage=events.OnShortage.SPLIT), *PAID[1:])
    waiting = (*split, reserve(MUG, 3), backorder(CAP, 2))
    left = sent(part(MUG, 3))
    given(*told(*waiting, *left)).when(RENEW).then(requested(NEW, 500))
    assert amounts(*waiting, *left, RENEW, SECURED) == [(CARD, 1200), (NEW, 500)]
    assert amounts(*waiting, RENEW, *left, SECURED) == [(CARD, 1200), (NEW, 500)]


def test_of_several_tenders_each_is_renewed_for_its_own_part_and_in_its_own_place():
    both = (by_card(1000), events.Tender(CASH, TenderMethod.WALLET, 700, "tok-1"))
    paid = (wish(MUGS, CAPS, tenders=both), authorize(1000), authorize(700, CASH))
    second = replace(RENEW, payment_id=CASH)
    given(*told(*paid)).when(second).then(requested(f"{CASH}~2", 700, CASH, TenderMethod.WALLET))
    assert amounts(*paid, RENEW, replace(SECURED, amount_minor=1000)) == [
        (CARD, 0),
        (NEW, 1000),
        (CASH, 700),
    ]


def test_what_is_renewed_is_renewed_again_under_the_next_name_but_not_for_ever():
    again = replace(RENEW, payment_id=NEW)
    given(*told(*PAID, RENEW, SECURED)).when(again).then(requested(f"{CARD}~3", 1700, NEW))
    told_so_far = list(PAID)
    names = [CARD, *(f"{CARD}~{n}" for n in range(2, RENEWALS_MAX + 2))]
    for name, following in pairwise(names):
        told_so_far += [replace(RENEW, payment_id=name), replace(SECURED, payment_id=following)]
    assert after(*told_so_far).tenders[-1].payment_id == f"{CARD}~21"
    given(*told(*told_so_far)).when(replace(RENEW, payment_id=names[-1])).then_nothing()
    given(*told(*told_so_far)).when(replace(OTHER, payment_id=names[-1])).then_rejected(
        AskedTooOften, f"payment_id {CARD + '~21'!r}: no name after it is free, up to ~21."
    )


def test_a_name_that_a_tender_has_already_is_left_out():
    both = (by_card(1000), events.Tender(NEW, TenderMethod.CARD, 700, "tok-1"))
    paid = (wish(MUGS, CAPS, tenders=both), authorize(1000), authorize(700, NEW))
    given(*told(*paid)).when(RENEW).then(requested(f"{CARD}~3", 1000))


def test_a_renewal_that_is_declined_holds_the_order_and_says_until_when():
    declined = events.TenderRenewalDeclined(ORDER, CARD, NEW, CancellationReason.DECLINED)
    given(*told(*PAID, RENEW)).when(DECLINED).then(declined, HELD)
    given(*told(*PAID, RENEW, DECLINED)).when(DECLINED).then_nothing()
    given(*told(*PAID, RENEW, DECLINED)).when(RENEW).then_nothing()


def test_while_it_is_held_nothing_is_released_and_when_a_person_says_so_it_is():
    ready = (reserve(MUG, 3), reserve(CAP, 2))
    assert not after(*PAID, RENEW, DECLINED, *ready).lines[MUG].released
    resolve = commands.ResolveHold(ORDER, HELD.hold_id, "leaves today")
    assert after(*PAID, RENEW, DECLINED, *ready, resolve).lines[MUG].released == 3


def test_a_renewal_that_is_certain_after_all_ends_the_hold():
    resolved = events.HoldResolved(ORDER, HELD.hold_id, f"{NEW} is authorized")
    given(*told(*PAID, RENEW, DECLINED)).when(SECURED).then(RENEWED, resolved)


OTHER = commands.ReplaceTender(ORDER, CARD, "tok-2", LAPSES)
THIRD = f"{CARD}~3"


def test_another_card_is_asked_once_for_what_is_left():
    by_other = replace(requested(NEW, 1700), renewal=replace(by_card(1700), payment_id=NEW))
    by_other = replace(by_other, renewal=replace(by_other.renewal, token="tok-2"))
    given(*told(*PAID)).when(OTHER).then(by_other)
    given(*told(*PAID, OTHER)).when(OTHER).then_nothing()
    given(*told(*PAID, OTHER, SECURED)).when(OTHER).then_nothing()


def test_another_card_that_is_certain_ends_the_hold_and_what_was_asked_for_before():
    before = (*PAID, RENEW, DECLINED, OTHER)
    secured = replace(SECURED, payment_id=THIRD)
    given(*told(*before)).when(secured).then(
        events.TenderRenewed(ORDER, CARD, THIRD, (NEW,)),
        events.HoldResolved(ORDER, HELD.hold_id, f"{THIRD} is authorized"),
    )
    for late in (SECURED, DECLINED):
        given(*told(*before, secured)).when(late).then_nothing()


def test_the_name_of_a_renewal_that_was_dropped_is_never_used_again():
    both = (*PAID, RENEW, OTHER, SECURED)
    assert THIRD not in after(*both).payments
    again = replace(RENEW, payment_id=NEW)
    given(*told(*both)).when(again).then(requested(f"{CARD}~4", 1700, NEW))


def test_a_card_that_was_declined_is_not_asked_again_for_the_same_tender():
    before = (*PAID, OTHER, DECLINED)
    given(*told(*before)).when(OTHER).then_rejected(
        CardDeclined, f"token was declined as payment_id {NEW!r}."
    )
    given(*told(*before)).when(replace(OTHER, token="tok-3")).then(
        replace(
            requested(THIRD, 1700),
            renewal=replace(by_card(1700), payment_id=THIRD, token="tok-3"),
        )
    )


@pytest.mark.parametrize(
    ("before", "wanted", "reason", "detail"),
    [
        (PAID, replace(OTHER, token=""), NoCard, "token is empty."),
        (PAID[:1], OTHER, StillAsked, f"payment_id {CARD!r} is awaited."),
        ((*PAID, CANCEL), OTHER, OrderNotOpen, "the order is cancelled."),
        (
            PAID,
            replace(OTHER, payment_id="web:9/p1"),
            NothingToRenew,
            "payment_id 'web:9/p1' has nothing left for a card.",
        ),
        (
            (
                wish(MUGS, CAPS, tenders=(replace(by_card(1700), method=TenderMethod.CASH),)),
                PAID[1],
            ),
            OTHER,
            NothingToRenew,
            f"payment_id {CARD!r} has nothing left for a card.",
        ),
    ],
)
def test_what_no_card_can_be_asked_for_is_refused(before, wanted, reason, detail):
    given(*told(*before)).when(wanted).then_rejected(reason, detail)


@pytest.mark.parametrize("before", [(), (RENEW,), (RENEW, DECLINED)], ids=["no", "asked", "not"])
def test_a_tender_that_lapses_without_a_renewal_ends_the_order_as_ever(before):
    state = after(*PAID, *before, LAPSED)
    assert state.phase == "cancelled"
    assert set(state.payments) == {CARD, *([NEW] if before else [])}


def test_a_tender_that_was_renewed_may_lapse():
    given(*told(*PAID, RENEW, SECURED)).when(LAPSED).then_nothing()


def test_an_order_that_has_ended_renews_nothing_and_lets_go_of_what_was_asked_for():
    given(*told(*PAID, CANCEL)).when(RENEW).then_nothing()
    (*_, cancelled) = told(*PAID, RENEW, CANCEL)
    assert cancelled.payments == (CARD, NEW)
    for late in (SECURED, DECLINED):
        given(*told(*PAID, RENEW, CANCEL)).when(late).then_nothing()


def test_cash_on_account_or_what_is_no_tender_here_is_not_renewed():
    on_account = (replace(by_card(1700), method=TenderMethod.ACCOUNT),)
    given(*told(wish(MUGS, CAPS, tenders=on_account))).when(RENEW).then_nothing()
    given(*told(*PAID)).when(replace(RENEW, payment_id="web:9/card")).then_nothing()
    given().when(RENEW).then_rejected(OrderNotOpen, "the order is unknown.")
