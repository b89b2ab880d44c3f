"""What lapses is authorized anew some hours before, or never."""

import pytest

from oms_core.kernel import Instant
from oms_core.policies.renewing import HOUR_MICROS, Renewing

WEEK = Instant(24 * 7 * HOUR_MICROS)


@pytest.mark.parametrize(
    ("hours_before", "expires_at", "renew_at"),
    [
        (24, WEEK, 24 * 6 * HOUR_MICROS),
        (1, WEEK, 167 * HOUR_MICROS),
        (0, WEEK, 0),
        (24, Instant(0), 0),
        (24, Instant(HOUR_MICROS), 0),
    ],
)
def test_it_is_time_some_hours_before_the_end(hours_before, expires_at, renew_at):
    assert Renewing(hours_before).renew_at(expires_at) == renew_at
