"""The shop's own choices in TOML: what is left out stays, and what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.policies import read_policies
from adapters.settings import UnusableSetting
from oms_core.policies.config import EUROPE_AND_ASIA
from oms_core.policies.renewing import Renewing
from oms_core.policies.screening import RuleKind

SHOWN = Path(__file__).parents[2] / "deploy" / "policies" / "europe-and-asia.toml"


def read(folder: Path, text: str):
    path = folder / "shop.toml"
    path.write_text(text, encoding="utf-8")
    return read_policies(path)


def wrong(folder: Path, text: str) -> UnusableSetting:
    with pytest.raises(UnusableSetting) as found:
        read(folder, text)
    assert found.value.rule
    assert found.value.remedy
    return found.value


def test_without_a_file_everything_is_as_it_is():
    assert read_policies(None) is EUROPE_AND_ASIA


def test_the_file_that_is_shown_says_every_kind_of_rule():
    policies = read_policies(SHOWN)
    assert {rule.kind for rule in policies.screening.rules} == set(RuleKind)
    assert policies.network == EUROPE_AND_ASIA.network
    assert dict(policies.screening.rules[2].above_minor)["JPY"] == 300_000


def test_what_the_file_leaves_out_stays_as_it_is(tmp_path):
    assert read(tmp_path, "") == EUROPE_AND_ASIA
    assert read(tmp_path, "[screening]\nhold_points = 7").screening.hold_points == 7
    assert read(tmp_path, "[renewing]\nhours_before = 7").renewing == Renewing(7)


RULE = '[[screening.rules]]\nname = "a"\nkind = "amount"\npoints = 1\n'


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[screening]\nhold_points = 0", "screening.hold_points"),
        ("[renewing]\nhours_before = -1", "renewing.hours_before"),
        ("[screening]\nhold_point = 1", "screening.hold_point"),
        ("[screeming]", "screeming"),
        (RULE.replace("amount", "amounts"), "screening.rules[0].kind"),
        (RULE.replace("points = 1", "points = -1"), "screening.rules[0].points"),
        (RULE + 'countries = ["France"]', "screening.rules[0].countries[0]"),
        (RULE + "above_minor = {EUR = -1}", "screening.rules[0].above_minor.EUR"),
        (RULE + "window_hours = 0", "screening.rules[0].window_hours"),
        (RULE + RULE, "screening.rules"),
    ],
)
def test_every_key_that_is_wrong_is_named(tmp_path, text, field):
    assert wrong(tmp_path, text).field == f"OMS_POLICIES: {field}"


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    assert wrong(tmp_path, "[screening").value.endswith("shop.toml")
    with pytest.raises(UnusableSetting) as found:
        read_policies(tmp_path / "none.toml")
    assert found.value.value.endswith("none.toml")


PROMISING = '[promising]\nversion = "v1"\nhome = "FR"\n'


def test_the_calendars_of_the_file_are_taken_as_they_are_written():
    promising = read_policies(SHOWN).promising
    assert (promising.home, promising.cutoff_minute) == ("FR", 14 * 60)
    assert promising.calendar("KW").weekend == (4, 5)
    assert "2026-05-01" in promising.calendar("FR").holidays
    assert promising.calendar("US").holidays == ()


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('[promising]\nhome = "FR"', "promising.version"),
        (PROMISING + "cutoff = 25", "promising.cutoff"),
        (PROMISING + "lead_days = -1", "promising.lead_days"),
        (PROMISING + "transit = {France = 1}", "promising.transit.France.[key]"),
        (PROMISING + "[promising.calendars.FR]\nholidays = [1]", "promising.calendars.FR.holidays"),
        (
            PROMISING + "[promising.calendars.FR]\nweekend = [0, 1, 2, 3, 4, 5, 6]",
            "promising.calendars.FR.weekend",
        ),
    ],
)
def test_a_calendar_that_cannot_be_is_named(tmp_path, text, field):
    assert wrong(tmp_path, text).field.startswith(f"OMS_POLICIES: {field}")
