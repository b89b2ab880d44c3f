"""A record of a CRM: its last version counts, however they arrive, and it stays one person's."""

from __future__ import annotations

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from oms_core.domain.profile.commands import UpsertProfile
from oms_core.domain.profile.decider import RelinkedProfile, UnusableProfile, profile
from oms_core.domain.profile.events import Consent, ProfileUpserted
from tests.support.spec import Specification

given = Specification(profile)

CONSENT = Consent("ko", marketing=True, basis="fair")
RECORD = ("crm:17", "crm", "17", "C1", 3, "KR", b"sealed", ("loyal", "b2b"), CONSENT)
UPSERT, UPSERTED = UpsertProfile(*RECORD), ProfileUpserted(*RECORD)


def test_a_record_is_taken_once():
    given().when(UPSERT).then(UPSERTED)
    given(UPSERTED).when(UPSERT).then_nothing()


def test_only_a_later_version_is_news_whatever_it_says():
    later = replace(UPSERT, version=4, sealed=b"", segments=(), consent=None)
    given(UPSERTED).when(later).then(ProfileUpserted("crm:17", "crm", "17", "C1", 4, "KR"))
    for version in (0, 2, 3):
        given(UPSERTED).when(replace(later, version=version)).then_nothing()
    given().when(replace(UPSERT, version=0)).then(replace(UPSERTED, version=0))


@for_all(st.permutations(range(6)))
def test_in_whatever_order_versions_arrive_the_last_one_is_known_in_the_end(order):
    happened = []
    for version in (*order, *order):
        state = profile.fold(happened)
        happened += profile.decide(replace(UPSERT, version=version), state)
    assert happened[-1].version == 5
    assert [e.version for e in happened] == sorted({e.version for e in happened})


def test_a_record_stays_the_customer_s_that_it_was_of():
    given(UPSERTED).when(replace(UPSERT, customer_id="C2", version=9)).then_rejected(
        RelinkedProfile, "customer_id is 'C2', and was 'C1'."
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("source", "CRM"),
        ("external_ref", ""),
        ("profile_id", "erp:17"),
        ("customer_id", ""),
        ("version", -1),
        ("segments", ("Loyal",)),
        ("segments", ("a", "a")),
        ("segments", ("ada lovelace",)),
        ("segments", tuple(f"s{n}" for n in range(21))),
        ("consent", Consent("KOR", marketing=True)),
    ],
)
def test_a_record_that_is_not_complete_is_refused_by_its_field(field, value):
    given().when(replace(UPSERT, **{field: value})).then_rejected(
        UnusableProfile, f"{field} is {value!r}."
    )
