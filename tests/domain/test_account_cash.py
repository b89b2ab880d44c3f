"""Money that comes in: it pays what it is meant for, and the rest is at the customer's disposal."""

import pytest
from msgspec.structs import replace

from oms_core.domain.account.cash import NotAtDisposal, NotPayable, OtherCurrency
from oms_core.domain.account.checks import AmountNotPositive, UnknownAccount
from oms_core.domain.account.commands import (
    ApplyCredit,
    DepositCredit,
    RecordDueDate,
    ReturnCredit,
)
from oms_core.domain.account.decider import account
from oms_core.domain.account.events import CreditApplied, CreditDeposited, CreditReturned
from oms_core.kernel.calendar import NotADate
from tests.support.receivables import (
    ACCOUNT,
    OPENED,
    applied,
    charged,
    dated,
    granted,
    receive,
    received,
)
from tests.support.spec import Specification

given = Specification(account)

OWED = (
    OPENED,
    granted("web:1", 3_000),
    charged("I1", "web:1", 1_000),
    charged("I2", "web:1", 500),
    charged("I3", "web:1", 700),
    dated("I1", "2026-03-02"),
    dated("I2", "2026-02-20"),
)
deposit = DepositCredit(ACCOUNT, "N1", "web:1", 600, "EUR")
DEPOSITED = CreditDeposited(ACCOUNT, "N1", "web:1", 600, "EUR")
use = ApplyCredit(ACCOUNT, "A1", "I1", 300)
USED = CreditApplied(ACCOUNT, "A1", "I1", 300, "EUR")


def test_money_pays_the_invoice_that_it_is_meant_for():
    given(*OWED).when(receive(400, invoice_id="I1")).then(received(400), applied("I1", 400))


def test_what_the_invoice_does_not_ask_for_stays_at_the_customers_disposal():
    given(*OWED).when(receive(1_010, invoice_id="I1")).then(received(1_010), applied("I1", 1_000))
    state = given(*OWED, received(1_010), applied("I1", 1_000)).state
    assert state.unapplied_minor == 10


def test_money_without_a_name_pays_what_is_due_first():
    given(*OWED).when(receive(700)).then(received(700), applied("I2", 500), applied("I1", 200))


@pytest.mark.parametrize("name", ["I3", "I9"])
def test_money_for_an_invoice_that_is_not_out_is_booked_all_the_same(name):
    given(*OWED).when(receive(700, invoice_id=name)).then(received(700))


def test_a_receipt_is_booked_once():
    given(*OWED, received(700)).when(receive(700)).then_nothing()
    given(*OWED, received(700)).when(receive(700, "bank-2", "I9")).then(received(700, "bank-2"))


@pytest.mark.parametrize(
    ("change", "reason", "detail"),
    [
        ({"amount_minor": 0}, AmountNotPositive, "amount_minor is 0."),
        ({"currency": "GBP"}, OtherCurrency, "currency is 'GBP' and the account's is 'EUR'."),
        ({"received_on": "today"}, NotADate, "received_on is 'today'."),
    ],
)
def test_money_that_cannot_be_booked_is_refused(change, reason, detail):
    given(*OWED).when(replace(receive(700), **change)).then_rejected(reason, detail)


@pytest.mark.parametrize("command", [receive(1), use])
def test_money_needs_an_account(command):
    given().when(command).then_rejected(UnknownAccount, "account_id is not known.")


def test_a_credit_note_reduces_the_invoices_of_its_order_first():
    other = (granted("web:2", 50), charged("I4", "web:2", 50), dated("I4", "2026-01-01"))
    given(*OWED, *other).when(deposit).then(
        DEPOSITED, applied("I2", 500, "N1"), applied("I1", 100, "N1")
    )
    given(*OWED, *other, DEPOSITED).when(deposit).then_nothing()


def test_a_credit_note_for_what_was_paid_is_at_the_customers_disposal():
    given(OPENED).when(deposit).then(DEPOSITED)
    assert given(OPENED, DEPOSITED).state.unapplied_minor == 600


def test_what_is_at_disposal_is_used_once_for_an_invoice():
    given(*OWED, DEPOSITED).when(use).then(USED)
    given(*OWED, DEPOSITED, USED).when(use).then_nothing()
    assert given(*OWED, DEPOSITED, USED).state.unapplied_minor == 300


@pytest.mark.parametrize(
    ("change", "reason", "detail"),
    [
        ({"amount_minor": 0}, AmountNotPositive, "amount_minor is 0."),
        (
            {"amount_minor": 601},
            NotAtDisposal,
            "amount_minor 601 is more than the 600 at disposal.",
        ),
        (
            {"amount_minor": 1_001},
            NotPayable,
            "amount_minor 1001 is more than the 1000 that is asked for.",
        ),
        (
            {"invoice_id": "I3"},
            NotPayable,
            "amount_minor 300 is more than the 0 that is asked for.",
        ),
    ],
)
def test_no_more_is_used_than_there_is_and_than_is_asked_for(change, reason, detail):
    given(*OWED, DEPOSITED).when(replace(use, **change)).then_rejected(reason, detail)


def test_what_an_invoice_did_not_need_comes_back_once():
    back = ReturnCredit(ACCOUNT, "A1", 30)
    returned = CreditReturned(ACCOUNT, "A1", 30)
    given(*OWED, DEPOSITED, USED).when(back).then(returned)
    given(*OWED, DEPOSITED, USED, returned).when(back).then_nothing()
    assert given(*OWED, DEPOSITED, USED, returned).state.unapplied_minor == 330


def test_an_invoice_is_dated_once():
    given(*OWED).when(RecordDueDate(ACCOUNT, "I3", "2026-04-01")).then(dated("I3", "2026-04-01"))
    given(*OWED).when(RecordDueDate(ACCOUNT, "I1", "2026-03-02")).then_nothing()
    given(*OWED).when(RecordDueDate(ACCOUNT, "I9", "2026-03-02")).then_nothing()
