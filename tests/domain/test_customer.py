"""Who buys, how much that makes of them, and how they are forgotten."""

import pytest
from msgspec.structs import replace

from oms_core.domain.customer.checks import ErasedCustomer, UnknownCustomer
from oms_core.domain.customer.commands import (
    ChangeContact,
    ChangePreferences,
    EraseCustomer,
    NoteOrder,
    RecordSpend,
    RegisterCustomer,
)
from oms_core.domain.customer.decider import NegativeSpend, UnusableLanguage, customer
from oms_core.domain.customer.events import (
    Channel,
    ContactChanged,
    CustomerErased,
    CustomerPromoted,
    CustomerRegistered,
    PreferencesChanged,
    SpendRecorded,
    Tier,
    VipOrderNoted,
)
from tests.support.spec import Specification

given = Specification(customer)

register = RegisterCustomer("C1", "FR", b"sealed")
KNOWN = CustomerRegistered("C1", "FR", b"sealed")
spend = RecordSpend("C1", "web:1", 60_00, "EUR", 100_00)
SPENT = SpendRecorded("C1", "web:1", 60_00, "EUR")
PROMOTED = CustomerPromoted("C1", Tier.VIP)
NOTED = VipOrderNoted("C1", "web:2")
ERASED = CustomerErased("C1")


def test_a_customer_is_registered_once():
    given().when(register).then(KNOWN)
    given(KNOWN).when(replace(register, sealed=b"other")).then_nothing()


def test_contact_data_can_be_replaced():
    changed = ContactChanged("C1", b"moved")
    given(KNOWN).when(ChangeContact("C1", b"moved")).then(changed)
    given(KNOWN, changed).when(ChangeContact("C1", b"moved")).then_nothing()
    given(KNOWN).when(ChangeContact("C1", b"sealed")).then_nothing()


@pytest.mark.parametrize("command", [ChangeContact("C1", b""), EraseCustomer("C1")])
def test_nothing_can_be_asked_about_somebody_unknown(command):
    given().when(command).then_rejected(UnknownCustomer, "customer_id is not known.")


# Preferences

prefer = ChangePreferences("C1", "ko", True, Channel.EMAIL, "checkout, box 2")
PREFERRED = PreferencesChanged("C1", "ko", True, Channel.EMAIL, "checkout, box 2")


def test_a_customer_chooses_a_language_and_gives_and_withdraws_consent():
    given(KNOWN).when(prefer).then(PREFERRED)
    given(KNOWN, PREFERRED).when(prefer).then_nothing()
    withdrawn = replace(prefer, marketing=False, basis="a letter")
    given(KNOWN, PREFERRED).when(withdrawn).then(
        PreferencesChanged("C1", "ko", False, Channel.EMAIL, "a letter")
    )
    given(KNOWN).when(replace(prefer, channel=Channel.NONE)).then(
        replace(PREFERRED, channel=Channel.NONE)
    )


@pytest.mark.parametrize("language", ["", "k", "KO", "kor", "한글", "k1"])
def test_a_language_has_two_small_letters(language):
    given(KNOWN).when(replace(prefer, language=language)).then_rejected(
        UnusableLanguage, f"language is {language!r}."
    )


def test_nobody_who_is_unknown_or_erased_has_preferences():
    given().when(prefer).then_rejected(UnknownCustomer)
    given(KNOWN, PREFERRED, ERASED).when(prefer).then_rejected(ErasedCustomer)
    assert given(KNOWN, PREFERRED, ERASED).state.preferences is None


# Spending


def test_a_completed_order_is_counted_once():
    given(KNOWN).when(spend).then(SPENT)
    given(KNOWN, SPENT).when(spend).then_nothing()


def test_a_guest_is_not_followed():
    given().when(spend).then_nothing()


def test_an_order_cannot_be_worth_less_than_nothing():
    given(KNOWN).when(replace(spend, amount_minor=-1)).then_rejected(
        NegativeSpend, "amount_minor is -1."
    )
    given(KNOWN).when(replace(spend, amount_minor=0)).then(replace(SPENT, amount_minor=0))


@pytest.mark.parametrize(("amount", "promoted"), [(39_99, ()), (40_00, (PROMOTED,))])
def test_reaching_the_mark_makes_a_vip(amount, promoted):
    second = replace(spend, order_id="web:2", amount_minor=amount)
    given(KNOWN, SPENT).when(second).then(SpendRecorded("C1", "web:2", amount, "EUR"), *promoted)


def test_the_mark_may_be_as_low_as_one():
    given(KNOWN).when(replace(spend, amount_minor=1, vip_minor=1)).then(
        replace(SPENT, amount_minor=1), PROMOTED
    )


def test_the_first_order_alone_may_make_a_vip():
    given(KNOWN).when(replace(spend, amount_minor=100_00)).then(
        replace(SPENT, amount_minor=100_00), PROMOTED
    )


def test_a_vip_is_made_once():
    second = replace(spend, order_id="web:2", amount_minor=50_00)
    given(KNOWN, SPENT, PROMOTED).when(second).then(SpendRecorded("C1", "web:2", 50_00, "EUR"))


def test_currencies_are_counted_apart():
    dollars = replace(spend, order_id="web:2", amount_minor=99_99, currency="USD")
    given(KNOWN, SPENT).when(dollars).then(SpendRecorded("C1", "web:2", 99_99, "USD"))


def test_a_currency_without_a_mark_makes_no_vip():
    given(KNOWN).when(replace(spend, amount_minor=10**9, vip_minor=0)).then(
        replace(SPENT, amount_minor=10**9)
    )


# Special care


def test_an_order_of_a_vip_is_noted_once():
    given(KNOWN, SPENT, PROMOTED).when(NoteOrder("C1", "web:2")).then(NOTED)
    given(KNOWN, SPENT, PROMOTED, NOTED).when(NoteOrder("C1", "web:2")).then_nothing()


def test_an_order_of_anybody_else_is_not_noted():
    given(KNOWN, SPENT).when(NoteOrder("C1", "web:2")).then_nothing()
    given().when(NoteOrder("C1", "web:2")).then_nothing()


# Being forgotten


def test_a_customer_is_erased_once():
    given(KNOWN).when(EraseCustomer("C1")).then(ERASED)
    given(KNOWN, ERASED).when(EraseCustomer("C1")).then_nothing()


@pytest.mark.parametrize("command", [register, ChangeContact("C1", b"new")])
def test_somebody_erased_does_not_come_back(command):
    given(KNOWN, ERASED).when(command).then_rejected(ErasedCustomer, "customer_id was erased.")


def test_somebody_erased_is_neither_counted_nor_cared_for():
    history = given(KNOWN, SPENT, PROMOTED, ERASED)
    history.when(replace(spend, order_id="web:3")).then_nothing()
    history.when(NoteOrder("C1", "web:3")).then_nothing()
    assert (history.state.sealed, history.state.tier) == (b"", Tier.STANDARD)
