"""Codes of special orders: unique, with a check character, never used again."""

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from oms_core.domain.flagcode.commands import IssueFlagCode
from oms_core.domain.flagcode.decider import UnknownKind, flagcode
from oms_core.domain.flagcode.events import FlagCodeIssued
from oms_core.kernel.identity import is_checked
from tests.support.spec import Specification

given = Specification(flagcode)

FIRST = FlagCodeIssued("store", 1, "web:1", "vip", "V0000001H")


def test_the_first_code_of_a_store_is_number_one():
    given().when(IssueFlagCode("store", "web:1", "vip")).then(FIRST)


def test_an_order_has_one_code_for_a_kind():
    given(FIRST).when(IssueFlagCode("store", "web:1", "vip")).then_nothing()


def test_an_order_has_another_code_for_another_kind():
    given(FIRST).when(IssueFlagCode("store", "web:1", "gift")).then(
        FlagCodeIssued("store", 2, "web:1", "gift", "G00000027")
    )


def test_another_order_has_another_code():
    given(FIRST).when(IssueFlagCode("store", "web:2", "vip")).then(
        FlagCodeIssued("store", 2, "web:2", "vip", "V0000002F")
    )


@pytest.mark.parametrize("kind", ["", "1st", " vip", "ßpecial", "éclair"])
def test_a_kind_begins_with_a_plain_letter(kind):
    given(FIRST).when(IssueFlagCode("store", "web:1", kind)).then_rejected(
        UnknownKind, f"kind is {kind!r}."
    )


@drawn(
    st.lists(
        st.tuples(st.sampled_from(["web:1", "web:2"]), st.sampled_from(["vip", "gift", "Gift"])),
        max_size=20,
    )
)
def test_no_two_orders_or_kinds_ever_share_a_code(asked):
    codes: dict[tuple[str, str], str] = {}
    register = flagcode.initial
    for wish in asked:
        for event in flagcode.decide(IssueFlagCode("store", *wish), register):
            register = flagcode.evolve(register, event)
            assert wish not in codes
            codes[wish] = event.code
    assert len(set(codes.values())) == len(codes) == register.issued == len(set(asked))
    assert all(is_checked(code) and len(code) == 9 for code in codes.values())
