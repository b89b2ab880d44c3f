"""Who may be written to, of what, and in which language, at the moment of sending."""

import pytest

from oms_core.domain.customer.events import (
    Channel,
    ContactChanged,
    CustomerErased,
    CustomerRegistered,
    PreferencesChanged,
)
from oms_core.domain.notice.events import Kind, Why
from oms_core.effects.addressee import Addressee, addressee, objection

KNOWN = CustomerRegistered("C1", "KR", b"1")
CONSENT = PreferencesChanged("C1", "en", marketing=True)
NO_MAIL = PreferencesChanged("C1", "en", marketing=True, channel=Channel.NONE)
ADVERTISING = {Kind.CART_ABANDONED, Kind.REVIEW_REQUEST}
DEMANDED = {Kind.ORDER_PLACED, Kind.INVOICE_ISSUED, Kind.PAYMENT_REMINDER}

every_kind = pytest.mark.parametrize("kind", Kind)


@every_kind
def test_what_belongs_to_a_contract_needs_no_consent_and_advertising_does(kind):
    unasked = objection(kind, addressee("C1", [KNOWN]))
    assert unasked == (Why.NO_CONSENT if kind in ADVERTISING else None)
    assert objection(kind, addressee("C1", [KNOWN, CONSENT])) is None


@every_kind
def test_consent_that_was_withdrawn_counts_no_more(kind):
    withdrawn = PreferencesChanged("C1", "en", marketing=False)
    history = [KNOWN, CONSENT, withdrawn]
    assert (objection(kind, addressee("C1", history)) is None) == (kind not in ADVERTISING)


@every_kind
def test_who_wants_no_mail_gets_what_the_law_demands(kind):
    why = objection(kind, addressee("C1", [KNOWN, NO_MAIL]))
    assert why == (None if kind in DEMANDED else Why.OPTED_OUT)


@every_kind
def test_who_was_erased_gets_nothing_whatever_they_had_agreed_to(kind):
    history = [KNOWN, CONSENT, CustomerErased("C1")]
    assert addressee("C1", history) == Addressee("C1", erased=True)
    assert objection(kind, addressee("C1", history)) is Why.ERASED


@every_kind
def test_a_guest_gets_what_belongs_to_the_contract(kind):
    assert (objection(kind, addressee("guest", [])) is None) == (kind not in ADVERTISING)


def test_the_latest_address_counts():
    assert addressee("C1", [KNOWN, ContactChanged("C1", b"2")]).sealed == b"2"


@pytest.mark.parametrize(
    ("history", "order_country", "language"),
    [
        ([], "", "en"),
        ([], "KR", "ko"),
        ([KNOWN], "FR", "ko"),
        ([KNOWN, CONSENT], "KR", "en"),
        ([CustomerRegistered("C1", "FR")], "KR", "en"),
        ([PreferencesChanged("C1", "ko", marketing=False)], "FR", "ko"),
        ([PreferencesChanged("C1", "fr", marketing=False)], "KR", "en"),
    ],
)
def test_a_letter_is_in_the_chosen_language_or_else_in_that_of_the_country(
    history, order_country, language
):
    assert addressee("C1", history).speaks(order_country) == language
