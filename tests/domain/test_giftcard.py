"""A gift card: what is on it is spent once, and nothing is lost."""

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from oms_core.domain.giftcard.commands import (
    CreditGiftCard,
    ExpireGiftCard,
    IssueGiftCard,
    RedeemGiftCard,
    ReleaseGiftCard,
    ReserveGiftCard,
)
from oms_core.domain.giftcard.decider import (
    GiftCardReused,
    GiftCardUnknown,
    NotCreditable,
    NotReserved,
    UnusableGiftCard,
    giftcard,
)
from oms_core.domain.giftcard.events import (
    DeclineReason,
    GiftCardCredited,
    GiftCardDeclined,
    GiftCardExhausted,
    GiftCardExpired,
    GiftCardIssued,
    GiftCardRedeemed,
    GiftCardReleased,
    GiftCardReserved,
    Origin,
)
from oms_core.kernel import Instant, Rejected
from tests.support.spec import Specification

given = Specification(giftcard)

CARD, PAYMENT, ORDER = "G1", "web:1/p1", "web:1"
ISSUE = IssueGiftCard(CARD, 5_000, "EUR", Origin.SOLD, Instant(100))
ISSUED = GiftCardIssued(CARD, 5_000, "EUR", Origin.SOLD, Instant(100))
RESERVE = ReserveGiftCard(CARD, PAYMENT, ORDER, 3_000, "EUR")
RESERVED = GiftCardReserved(CARD, PAYMENT, ORDER, 3_000, "EUR", 2_000)
EXPIRED = GiftCardExpired(CARD, 2_000, "EUR")


def redeemed(amount, capture="f1"):
    return GiftCardRedeemed(CARD, PAYMENT, capture, amount, "EUR")


def test_a_card_is_issued_once():
    given().when(ISSUE).then(ISSUED)
    given(ISSUED).when(ISSUE).then_nothing()
    given(ISSUED).when(replace(ISSUE, amount_minor=1)).then_rejected(
        GiftCardReused, "card_id 'G1' is taken."
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"card_id": ""},
        {"amount_minor": 0},
        {"amount_minor": 10**12 + 1},
        {"currency": "euro"},
        {"expires_at": Instant(-1)},
    ],
)
def test_a_card_that_could_pay_for_nothing_is_not_issued(changes):
    given().when(replace(ISSUE, **changes)).then_rejected(UnusableGiftCard)


def test_an_amount_is_set_aside_once_for_each_payment():
    given(ISSUED).when(RESERVE).then(RESERVED)
    given(ISSUED, RESERVED).when(RESERVE).then_nothing()
    whole = replace(RESERVE, amount_minor=5_000)
    given(ISSUED).when(whole).then(replace(RESERVED, amount_minor=5_000, left_minor=0))


@pytest.mark.parametrize(
    ("history", "changes", "reason"),
    [
        ((), {}, DeclineReason.UNKNOWN),
        ((ISSUED,), {"currency": "USD"}, DeclineReason.CURRENCY),
        ((ISSUED,), {"amount_minor": 5_001}, DeclineReason.BALANCE),
        ((ISSUED,), {"amount_minor": 0}, DeclineReason.BALANCE),
        ((ISSUED, RESERVED), {"payment_id": "p9", "amount_minor": 2_001}, DeclineReason.BALANCE),
        ((ISSUED, replace(EXPIRED, amount_minor=5_000)), {}, DeclineReason.EXPIRED),
    ],
)
def test_a_payment_that_the_card_cannot_make_is_told_why(history, changes, reason):
    wanted = replace(RESERVE, **changes)
    given(*history).when(wanted).then(
        GiftCardDeclined(CARD, wanted.payment_id, ORDER, wanted.amount_minor, reason)
    )


def test_p22_what_is_set_aside_is_spent_in_parts_each_once_and_never_more():
    held = (ISSUED, RESERVED)
    first = RedeemGiftCard(CARD, PAYMENT, "f1", 1_000)
    given(*held).when(first).then(redeemed(1_000))
    given(*held, redeemed(1_000)).when(first).then_nothing()
    given(*held, redeemed(1_000)).when(RedeemGiftCard(CARD, PAYMENT, "f2", 2_001)).then_rejected(
        NotReserved, "amount_minor is 2001, and 2000 are set aside for 'web:1/p1'."
    )
    given(*held).when(RedeemGiftCard(CARD, PAYMENT, "f1", 0)).then_rejected(NotReserved)
    given(*held).when(RedeemGiftCard(CARD, "p9", "f1", 1)).then_rejected(NotReserved)


def test_a_card_with_nothing_left_and_nothing_set_aside_is_exhausted():
    whole = replace(RESERVED, amount_minor=5_000, left_minor=0)
    given(ISSUED, whole).when(RedeemGiftCard(CARD, PAYMENT, "f1", 4_999)).then(redeemed(4_999))
    given(ISSUED, whole, redeemed(4_999)).when(RedeemGiftCard(CARD, PAYMENT, "f2", 1)).then(
        redeemed(1, "f2"), GiftCardExhausted(CARD)
    )


def test_what_is_not_spent_can_be_spent_by_others():
    let_go = ReleaseGiftCard(CARD, PAYMENT, "close")
    free = GiftCardReleased(CARD, PAYMENT, "close", 2_000, "EUR")
    held = (ISSUED, RESERVED, redeemed(1_000))
    given(*held).when(let_go).then(free)
    given(*held, free).when(let_go).then_nothing()
    given(*held, free).when(ReserveGiftCard(CARD, "p2", "web:2", 4_000, "EUR")).then(
        GiftCardReserved(CARD, "p2", "web:2", 4_000, "EUR", 0)
    )


def test_what_comes_back_is_booked_once_and_can_be_spent_again():
    spent = (ISSUED, RESERVED, redeemed(3_000))
    back = CreditGiftCard(CARD, PAYMENT, "R1", 500)
    credited = GiftCardCredited(CARD, PAYMENT, "R1", 500, "EUR")
    given(*spent).when(back).then(credited)
    given(*spent, credited).when(back).then_nothing()
    given(*spent).when(replace(back, amount_minor=0)).then_rejected(
        NotCreditable, "amount_minor is 0."
    )
    gone = (*spent, EXPIRED, credited)
    given(*gone).when(ReserveGiftCard(CARD, "p2", "web:2", 500, "EUR")).then(
        GiftCardReserved(CARD, "p2", "web:2", 500, "EUR", 0)
    )


def test_what_is_left_lapses_in_time_and_what_is_set_aside_when_it_is_let_go():
    given(ISSUED, RESERVED).when(ExpireGiftCard(CARD, Instant(99))).then_nothing()
    given(ISSUED, RESERVED).when(ExpireGiftCard(CARD, Instant(100))).then(EXPIRED)
    lapsed = (ISSUED, RESERVED, EXPIRED)
    given(*lapsed).when(ExpireGiftCard(CARD, Instant(200))).then_nothing()
    given(*lapsed).when(ReleaseGiftCard(CARD, PAYMENT, "close")).then(
        GiftCardReleased(CARD, PAYMENT, "close", 3_000, "EUR"),
        GiftCardExpired(CARD, 3_000, "EUR"),
    )
    boundless = replace(ISSUED, expires_at=Instant(0))
    given(boundless).when(ExpireGiftCard(CARD, Instant(10**18))).then_nothing()


@pytest.mark.parametrize(
    "command",
    [
        RedeemGiftCard(CARD, PAYMENT, "f1", 1),
        ReleaseGiftCard(CARD, PAYMENT, "close"),
        CreditGiftCard(CARD, PAYMENT, "R1", 1),
        ExpireGiftCard(CARD, Instant(1)),
    ],
)
def test_a_card_that_was_never_issued_is_not_known(command):
    given().when(command).then_rejected(GiftCardUnknown, "card_id 'G1' is not known.")


amounts, names = st.integers(1, 4_000), st.sampled_from(["a", "b", "c", "d"])
wishes = st.lists(
    st.one_of(
        st.builds(lambda p, a: ReserveGiftCard(CARD, p, f"web:{p}", a, "EUR"), names, amounts),
        st.builds(lambda p, c, a: RedeemGiftCard(CARD, p, c, a), names, names, amounts),
        st.builds(lambda p: ReleaseGiftCard(CARD, p, "close"), names),
        st.builds(lambda p, r, a: CreditGiftCard(CARD, p, r, a), names, names, amounts),
        st.just(ExpireGiftCard(CARD, Instant(100))),
    ),
    max_size=40,
)


@for_all(wishes)
def test_p22_whatever_is_asked_the_balance_is_never_negative_and_nothing_is_lost(wanted):
    state = giftcard.fold([ISSUED])
    owed = 5_000
    signs = {GiftCardRedeemed: -1, GiftCardExpired: -1, GiftCardCredited: 1}
    for command in wanted:
        try:
            happened = tuple(giftcard.decide(command, state))
        except Rejected:
            continue
        for event in happened:
            state = giftcard.evolve(state, event)
            owed += signs.get(type(event), 0) * getattr(event, "amount_minor", 0)
            assert min(state.left_minor, *state.reserved.values(), 0) == 0
            assert state.left_minor + sum(state.reserved.values()) == owed
