"""One record of a person, in parts; what older shops have sealed is read as the part that it is."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.documents.party import Buyer, read_buyer
from adapters.personal import Billing, Contact, Person, from_json, is_address, to_json
from tests.support.documents import BUYER

ADA = Contact("Ada", "ada@buyer.example", "+33 1")
BILLING = Billing(**BUYER.model_dump())

words = st.text(max_size=9)
contacts = st.builds(Contact, words, words, words)
billings = st.builds(Billing, *(words for _ in Billing.__struct_fields__))
people = st.builds(Person, contacts, st.none() | billings)


@given(people)
def test_a_person_is_read_as_they_were_sealed(person: Person):
    assert from_json(to_json(person)) == person


# What older shops have sealed

CONTACT_1 = '{"name":"Ada","email":"ada@buyer.example","phone":"+33 1"}'
BUYER_1 = (
    '{"name":"Łukasz & Søn GmbH","street":"Hauptstraße 5","street2":"","postal_code":"10115",'
    '"city":"Berlin","country":"DE","vat_id":"DE136695976","email":"ap@lsoen.example",'
    '"phone":"+49 1","contact":"Buchhaltung","language":"ko"}'
)


def test_how_a_person_is_reached_was_once_all_that_was_sealed():
    assert from_json(CONTACT_1) == Person(ADA)


def test_whom_invoices_go_to_was_once_all_that_was_sealed_and_letters_went_there_too():
    person = from_json(BUYER_1)
    assert person == Person(
        billing=msgspec.structs.replace(
            BILLING, email="ap@lsoen.example", phone="+49 1", language="ko"
        )
    )
    assert person.reached == Contact("Łukasz & Søn GmbH", "ap@lsoen.example", "+49 1")
    buyer = read_buyer(msgspec.json.encode(person.billing).decode(), "C1")
    assert buyer == Buyer.model_validate_json(BUYER_1)


@given(
    st.dictionaries(
        st.sampled_from([*Buyer.model_fields, "shoe_size"]), words, min_size=1, max_size=12
    )
)
def test_letters_go_where_they_went_before_the_record_had_parts(sealed: dict[str, str]):
    """Orders of guests have an address of any form; its name and e-mail stood at the top."""
    before = msgspec.convert(sealed, Contact)
    assert from_json(json.dumps(sealed)).reached == before


def test_what_is_said_of_how_a_person_is_reached_goes_before_what_invoices_say():
    person = Person(ADA, msgspec.structs.replace(BILLING, email="ap@lsoen.example"))
    assert person.reached == ADA


@pytest.mark.parametrize("text", ["", "Ada, Paris", '{"email": 5}', "[]", '{"contact": 5}', "null"])
def test_what_has_no_form_that_we_know_tells_of_nobody(text: str):
    assert from_json(text) == Person()


# Where mail can be sent


@pytest.mark.parametrize("text", ["a@b", "ada.lovelace+oms@buyer.example", "김@예시.한국"])
def test_an_address_is_plain(text: str):
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    ["", "a", "a@", "@b", "a@b@c", "a b@c", "a@b\nBcc: c@d", "A <a@b>", "a@b,c@d", "x" * 65 + "@b"],
)
def test_what_could_be_another_header_or_several_addresses_is_none(text: str):
    assert not is_address(text)
