"""Credit: which orders may go out unpaid, which wait, and what lets them go on."""

import pytest
from msgspec.structs import replace

from oms_core.domain.account.checks import AmountNotPositive, UnknownAccount
from oms_core.domain.account.commands import (
    ApproveCredit,
    ChangeLimit,
    OpenAccount,
    RecordInvoice,
    RecordOpenAmount,
    RecordOverdue,
    RecordVoid,
    ReleaseCredit,
)
from oms_core.domain.account.decider import account
from oms_core.domain.account.events import (
    AccountBlocked,
    AccountUnblocked,
    CreditReleased,
    DeclineReason,
    InvoiceReduced,
    InvoiceWithdrawn,
    LimitChanged,
)
from oms_core.domain.account.trust import MisnamedAccount, NegativeLimit, NothingWaiting
from tests.support.receivables import ACCOUNT, OPENED, ask, charged, dated, declined, granted
from tests.support.spec import Specification

given = Specification(account)

open_account = OpenAccount(ACCOUNT, "C1", "EUR", 5_000)
GRANTED = granted("web:1", 3_000)
DECLINED = declined("web:2", 2_500, exposure_minor=3_000)
HALF_FULL = (OPENED, GRANTED, DECLINED)
OWED = (OPENED, GRANTED, charged("I1", "web:1", 2_000), dated("I1"))
BLOCKED = AccountBlocked(ACCOUNT, 1, "I1", ("web:1",))


def limit(amount):
    return ChangeLimit(ACCOUNT, amount, "reviewed")


def raised(amount):
    return LimitChanged(ACCOUNT, amount, "reviewed")


# Opened


def test_an_account_is_opened_once():
    given().when(open_account).then(OPENED)
    given(OPENED).when(replace(open_account, limit_minor=9)).then_nothing()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"account_id": "C1"}, "'C1' and not 'C1|EUR'"),
        ({"account_id": "|EUR", "customer_id": ""}, "'|EUR' and not '|EUR'"),
        ({"account_id": "C1|euro", "currency": "euro"}, "'C1|euro' and not 'C1|euro'"),
    ],
)
def test_an_account_is_named_by_customer_and_currency(wrong, named):
    given().when(replace(open_account, **wrong)).then_rejected(
        MisnamedAccount, f"account_id is {named}."
    )


def test_a_limit_is_not_negative():
    given().when(replace(open_account, limit_minor=-1)).then_rejected(
        NegativeLimit, "limit_minor is -1."
    )
    given(OPENED).when(limit(-1)).then_rejected(NegativeLimit, "limit_minor is -1.")


@pytest.mark.parametrize("command", [limit(1), ApproveCredit(ACCOUNT, "web:1")])
def test_nothing_can_be_asked_of_an_account_that_is_not_open(command):
    given().when(command).then_rejected(UnknownAccount, "account_id is not known.")


# Granted and declined


def test_an_order_within_the_limit_goes_out_and_counts():
    given(OPENED).when(ask("web:1", 3_000)).then(GRANTED)
    assert given(OPENED, GRANTED).state.exposure_minor == 3_000


@pytest.mark.parametrize(
    ("amount", "happens"),
    [
        (2_000, granted("web:2", 2_000)),
        (2_001, declined("web:2", 2_001, exposure_minor=3_000)),
    ],
)
def test_the_limit_is_the_most_that_may_be_owed(amount, happens):
    given(OPENED, GRANTED).when(ask("web:2", amount)).then(happens)


def test_an_order_is_asked_about_once():
    given(*HALF_FULL).when(ask("web:1", 3_000)).then_nothing()
    given(*HALF_FULL).when(ask("web:2", 2_500)).then_nothing()


def test_without_an_account_there_is_no_credit():
    no_account = declined("web:1", 9, 0, 0, DeclineReason.NO_ACCOUNT)
    given().when(ask("web:1", 9)).then(no_account)
    given(no_account).when(open_account).then(OPENED, granted("web:1", 9, waited=True))


def test_credit_is_for_a_positive_amount():
    given(OPENED).when(ask("web:1", 0)).then_rejected(AmountNotPositive, "amount_minor is 0.")


# What lets an order go on


def test_a_higher_limit_lets_waiting_orders_go_on():
    given(*HALF_FULL).when(limit(5_499)).then(raised(5_499))
    given(*HALF_FULL).when(limit(5_500)).then(raised(5_500), granted("web:2", 2_500, waited=True))


def test_the_same_limit_is_no_news_and_a_lower_one_takes_nothing_back():
    given(*HALF_FULL).when(limit(5_000)).then_nothing()
    given(*HALF_FULL).when(limit(0)).then(raised(0))


def test_who_came_first_goes_first_and_a_small_order_may_pass_a_large_one():
    small = declined("web:3", 600, exposure_minor=3_000)
    given(*HALF_FULL, small).when(limit(5_600)).then(
        raised(5_600), granted("web:2", 2_500, waited=True)
    )
    given(*HALF_FULL, small).when(limit(3_600)).then(
        raised(3_600), granted("web:3", 600, waited=True)
    )


def test_a_person_may_take_the_risk():
    approve = ApproveCredit(ACCOUNT, "web:2")
    agreed = granted("web:2", 2_500, waited=True)
    given(*HALF_FULL).when(approve).then(agreed)
    given(*HALF_FULL, agreed).when(approve).then_nothing()
    given(OPENED).when(approve).then_rejected(
        NothingWaiting, "order_id 'web:2' does not wait for credit."
    )


def test_what_is_not_delivered_makes_room():
    given(*HALF_FULL).when(ReleaseCredit(ACCOUNT, "web:1", 500)).then(
        CreditReleased(ACCOUNT, "web:1", 500), granted("web:2", 2_500, waited=True)
    )


def test_an_order_may_wait_for_less_or_not_at_all_any_more():
    given(*HALF_FULL).when(ReleaseCredit(ACCOUNT, "web:2", 500)).then(
        CreditReleased(ACCOUNT, "web:2", 500), granted("web:2", 2_000, waited=True)
    )
    gone = CreditReleased(ACCOUNT, "web:2", 2_500)
    given(*HALF_FULL).when(ReleaseCredit(ACCOUNT, "web:2", 9_999)).then(gone)
    assert given(*HALF_FULL, gone).state.waiting == ()
    given(OPENED).when(ReleaseCredit(ACCOUNT, "web:9", 5)).then_nothing()


# Invoices


def test_an_invoice_takes_the_place_of_what_was_ordered():
    given(OPENED, GRANTED).when(RecordInvoice(ACCOUNT, "I1", "web:1", 2_000)).then(
        charged("I1", "web:1", 2_000)
    )
    state = given(*OWED).state
    assert (state.exposure_minor, state.orders["web:1"]) == (3_000, 1_000)
    given(*OWED).when(RecordInvoice(ACCOUNT, "I1", "web:1", 2_000)).then_nothing()


def test_an_invoice_for_what_nobody_granted_adds_to_what_is_owed():
    given(OPENED).when(RecordInvoice(ACCOUNT, "I9", "web:9", 70)).then(
        charged("I9", "web:9", 70, 0)
    )
    assert given(OPENED, charged("I9", "web:9", 70, 0)).state.exposure_minor == 70


def test_what_is_paid_makes_room():
    waiting = declined("web:2", 2_500, exposure_minor=3_000)
    given(*OWED, waiting).when(RecordOpenAmount(ACCOUNT, "I1", 1_500)).then(
        InvoiceReduced(ACCOUNT, "I1", 500), granted("web:2", 2_500, waited=True)
    )


@pytest.mark.parametrize(("name", "left"), [("I1", 2_000), ("I1", 3_000), ("I1", -1), ("I9", 0)])
def test_an_invoice_never_asks_for_more_than_it_did(name, left):
    given(*OWED).when(RecordOpenAmount(ACCOUNT, name, left)).then_nothing()


def test_a_void_invoice_is_ordered_again_and_makes_no_room():
    withdrawn = InvoiceWithdrawn(ACCOUNT, "I1", "web:1", 2_000)
    waiting = declined("web:2", 2_500, exposure_minor=3_000)
    given(*OWED, waiting).when(RecordVoid(ACCOUNT, "I1")).then(withdrawn)
    state = given(*OWED, withdrawn).state
    assert (state.exposure_minor, dict(state.orders.items())) == (3_000, {"web:1": 3_000})
    given(*OWED, withdrawn).when(RecordVoid(ACCOUNT, "I1")).then_nothing()


# Overdue


def test_an_overdue_invoice_blocks_the_account_and_holds_its_orders():
    given(*OWED).when(RecordOverdue(ACCOUNT, "I1")).then(BLOCKED)
    given(*OWED, BLOCKED).when(RecordOverdue(ACCOUNT, "I1")).then_nothing()
    given(*OWED, BLOCKED).when(ask("web:2", 1)).then(
        declined("web:2", 1, exposure_minor=3_000, reason=DeclineReason.OVERDUE)
    )


def test_an_invoice_that_is_paid_by_now_blocks_nothing():
    given(OPENED).when(RecordOverdue(ACCOUNT, "I1")).then_nothing()


def test_a_payment_unblocks_the_account_and_grants_what_waited():
    waiting = declined("web:2", 1, exposure_minor=3_000, reason=DeclineReason.OVERDUE)
    given(*OWED, BLOCKED, waiting).when(RecordOpenAmount(ACCOUNT, "I1", 0)).then(
        InvoiceReduced(ACCOUNT, "I1", 2_000),
        AccountUnblocked(ACCOUNT, 1, ("web:1",)),
        granted("web:2", 1, waited=True),
    )


def test_a_part_of_the_payment_unblocks_nothing():
    given(*OWED, BLOCKED).when(RecordOpenAmount(ACCOUNT, "I1", 1)).then(
        InvoiceReduced(ACCOUNT, "I1", 1_999)
    )


def test_every_overdue_invoice_must_be_paid_and_a_new_block_has_a_new_name():
    second = (charged("I2", "web:1", 1_000), dated("I2"))
    also = AccountBlocked(ACCOUNT, 1, "I2", ())
    given(*OWED, *second, BLOCKED).when(RecordOverdue(ACCOUNT, "I2")).then(also)
    paid = InvoiceReduced(ACCOUNT, "I1", 2_000)
    history = (*OWED, *second, BLOCKED, also)
    given(*history).when(RecordOpenAmount(ACCOUNT, "I1", 0)).then(paid)
    unblocked = (InvoiceReduced(ACCOUNT, "I2", 1_000), AccountUnblocked(ACCOUNT, 1, ("web:1",)))
    given(*history, paid).when(RecordOpenAmount(ACCOUNT, "I2", 0)).then(*unblocked)
    third = (granted("web:3", 5), charged("I3", "web:3", 3), dated("I3"))
    given(*history, paid, *unblocked, *third).when(RecordOverdue(ACCOUNT, "I3")).then(
        AccountBlocked(ACCOUNT, 2, "I3", ("web:3",))
    )


def test_an_account_remembers_nothing_of_what_is_over():
    history = (*OWED, charged("I2", "web:1", 1_000), dated("I2"))
    paid = (InvoiceReduced(ACCOUNT, "I1", 2_000), InvoiceReduced(ACCOUNT, "I2", 1_000))
    state = given(*history, *paid).state
    assert (state.exposure_minor, len(state.orders), len(state.invoices)) == (0, 0, 0)
