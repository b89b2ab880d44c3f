"""What lapses is authorized anew some hours before, or never; not in the first half of its life."""

import pytest

from oms_core.kernel import Instant
from oms_core.policies.renewing import HOUR_MICROS, Renewing

NOON = Instant(1_767_268_800_000_000)


@pytest.mark.parametrize(
    ("hours_before", "life_hours", "after_hours"),
    [
        (24, 24 * 7, 24 * 6),
        (1, 24 * 7, 167),
        (24, 48, 24),
        (24, 47, 23.5),
        (24, 24, 12),
        (24, 1, 0.5),
        (24, 0, 0),
    ],
)
def test_it_is_time_some_hours_before_the_end_or_halfway(hours_before, life_hours, after_hours):
    expires_at = Instant(NOON + life_hours * HOUR_MICROS)
    found = Renewing(hours_before).renew_at(expires_at, NOON)
    assert found == NOON + after_hours * HOUR_MICROS


def test_what_does_not_lapse_or_may_is_never_authorized_anew():
    assert Renewing(24).renew_at(Instant(0), NOON) == 0
    assert Renewing(0).renew_at(Instant(NOON + HOUR_MICROS), NOON) == 0


def test_what_is_told_after_it_has_lapsed_is_due_when_it_is_told():
    assert Renewing(24).renew_at(Instant(NOON - HOUR_MICROS), NOON) == NOON
