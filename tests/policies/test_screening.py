"""Which orders look odd, rule by rule, and what the rules add up to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from oms_core.kernel import Instant
from oms_core.policies.screening import (
    HOUR_MICROS,
    Facts,
    Finding,
    Past,
    Rule,
    RuleKind,
    Screening,
    remembered,
    screen,
)

NOON = 100 * HOUR_MICROS
FACTS = Facts("web:1", "C1", Instant(NOON), "EUR", 50_001, "FR", "FR", "FR 69001", "FR 69001")
VELOCITY = Rule("often", RuleKind.CUSTOMER_VELOCITY, 60, orders_max=2, window_hours=1)
AREA = Rule("area", RuleKind.AREA_VELOCITY, 40, orders_max=1, window_hours=24)
AMOUNT = Rule("much", RuleKind.AMOUNT, 50, above_minor=(("EUR", 50_000), ("JPY", 90)))
FIRST = Rule("first", RuleKind.FIRST_ORDER, 30, above_minor=(("EUR", 50_000),))
DIFFER = Rule("differ", RuleKind.ADDRESSES_DIFFER, 20)
COUNTRY = Rule("country", RuleKind.COUNTRY, 100, countries=("KP", "XX"))


def before(*hours: float) -> tuple[Instant, ...]:
    """Return moments so many hours before noon."""
    return tuple(Instant(NOON - int(hour * HOUR_MICROS)) for hour in hours)


def details(rule: Rule, facts: Facts = FACTS, past: Past = Past()) -> list[str]:  # noqa: B008
    return [found.detail for found in screen(facts, past, Screening((rule,))).findings]


def test_a_customer_who_orders_too_often_is_noticed_at_the_first_order_too_many():
    assert details(VELOCITY, past=Past(1, before(0.5))) == []
    assert details(VELOCITY, past=Past(2, before(0.5, 0.9))) == [
        "3 orders of customer C1 in 1 hours; 2 are usual"
    ]


def test_orders_before_the_window_are_not_counted():
    assert details(VELOCITY, past=Past(2, before(0.5, 1))) == []
    assert details(VELOCITY, past=Past(2, before(0.5, 0.999_999))) != []


def test_an_order_that_arrives_late_is_not_compared_with_later_ones():
    assert details(VELOCITY, past=Past(2, before(-0.1, -0.2))) == []


def test_many_orders_to_one_area_are_noticed_whoever_places_them():
    assert details(AREA, past=Past(0, (), before(23))) == [
        "2 orders to FR 69001 in 24 hours; 1 are usual"
    ]
    assert details(AREA, replace(FACTS, area=""), Past(0, (), before(23))) == []


def test_an_amount_is_compared_in_its_own_currency():
    assert details(AMOUNT) == ["50001 EUR minor are more than 50000"]
    assert details(AMOUNT, replace(FACTS, total_minor=50_000)) == []
    assert details(AMOUNT, replace(FACTS, currency="JPY")) != []
    assert details(AMOUNT, replace(FACTS, currency="USD")) == []


def test_the_first_order_of_a_customer_is_looked_at_more_closely():
    assert details(FIRST) == ["first order of customer C1: 50001 EUR minor are more than 50000"]
    assert details(FIRST, past=Past(1)) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, []),
        ({"bill_area": "FR 75001"}, ["goods go to FR 69001, the bill to FR 75001"]),
        ({"bill_country": "DE", "bill_area": ""}, ["goods go to FR 69001, the bill to DE"]),
        ({"bill_area": ""}, []),
        ({"bill_country": "", "bill_area": ""}, []),
    ],
)
def test_addresses_differ_in_country_or_postal_code_if_both_are_known(changes, told):
    assert details(DIFFER, replace(FACTS, **changes)) == told


def test_a_listed_country_is_noticed_on_either_address():
    assert details(COUNTRY, replace(FACTS, ship_country="KP")) == ["goods go to KP"]
    assert details(COUNTRY, replace(FACTS, bill_country="XX")) == ["the bill goes to XX"]
    assert details(COUNTRY) == []


def test_points_add_up_and_enough_of_them_hold_the_order():
    table = Screening((AMOUNT, FIRST, DIFFER), hold_points=80)
    found = screen(FACTS, Past(), table)
    assert (found.points, found.held) == (80, True)
    assert found.findings == (
        Finding("much", 50, "50001 EUR minor are more than 50000"),
        Finding("first", 30, "first order of customer C1: 50001 EUR minor are more than 50000"),
    )
    assert not screen(FACTS, Past(), replace(table, hold_points=81)).held
    assert not screen(FACTS, Past(1), table).held


def test_a_shop_without_rules_holds_nothing():
    assert screen(FACTS, Past(), Screening(hold_points=0)).held is False


def points(facts: Facts, times: tuple[Instant, ...], table: Screening) -> dict[str, int]:
    return {found.rule: found.points for found in screen(facts, Past(0, times), table).findings}


times = st.lists(st.integers(0, 60).map(lambda n: Instant(NOON - n * HOUR_MICROS // 10)))


@given(times, times)
def test_what_is_remembered_is_all_that_the_rules_need(earlier, later):
    """A customer's orders one after the other, beside all of them at once."""
    table = Screening((VELOCITY, replace(VELOCITY, name="day", orders_max=5, window_hours=3)))
    kept: tuple[Instant, ...] = ()
    everything: list[Instant] = []
    for at in sorted(earlier + later):
        facts = replace(FACTS, placed_at=at)
        assert points(facts, kept, table) == points(facts, tuple(everything), table)
        kept = remembered(kept, at, table)
        everything.append(at)
        assert len(kept) <= table.orders_max


def test_no_more_is_remembered_than_the_rules_need():
    table = Screening((VELOCITY,))
    assert remembered(before(0.5, 0.4), Instant(NOON), table) == (*before(0.5, 0.4), NOON)
    assert remembered(before(0.6, 0.5, 0.4), Instant(NOON), table) == (*before(0.5, 0.4), NOON)
    assert remembered(before(1), Instant(NOON), table) == (NOON,)
    none_is_usual = Screening((replace(VELOCITY, orders_max=0),))
    assert remembered(before(0.2, 0.1), Instant(NOON), none_is_usual) == (NOON,)


rules = st.lists(st.sampled_from((VELOCITY, AREA, AMOUNT, FIRST, DIFFER, COUNTRY)), unique=True)


@given(
    rules, st.integers(0, 100_000), st.sampled_from(("FR", "DE", "KP")), times, st.integers(0, 2)
)
def test_the_points_are_those_of_the_rules_that_apply_each_by_itself(chosen, total, to, past, n):
    facts = replace(FACTS, total_minor=total, ship_country=to)
    known = Past(n, tuple(past), tuple(past))
    found = screen(facts, known, Screening(tuple(chosen)))
    alone = [screen(facts, known, Screening((rule,))).points for rule in chosen]
    assert found.points == sum(alone) == sum(finding.points for finding in found.findings)
    assert [finding.rule for finding in found.findings] == [
        rule.name for rule, points in zip(chosen, alone, strict=True) if points
    ]
    assert found.held is (found.points >= 100)
