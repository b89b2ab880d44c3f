"""Instants as text: to the microsecond, whatever the year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.kafka.timestamps import INSTANT_MAX, INSTANT_MIN, instant, timestamp
from oms_core.kernel import Instant

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
instants = st.integers(INSTANT_MIN, INSTANT_MAX).map(Instant)
moments = st.datetimes(timezones=st.just(UTC))


@given(at=instants)
def test_every_instant_that_a_log_can_hold_comes_back(at: Instant):
    assert instant(timestamp(at)) == at


@given(at=moments)
def test_what_python_can_date_is_written_as_python_writes_it(at: datetime):
    micros = Instant((at - EPOCH) // timedelta(microseconds=1))
    written = at.replace(tzinfo=None).isoformat(timespec="microseconds")
    assert timestamp(micros) == f"{written}Z".encode()


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (0, b"1970-01-01T00:00:00.000000Z"),
        (-1, b"1969-12-31T23:59:59.999999Z"),
        (253_402_300_799_999_999, b"9999-12-31T23:59:59.999999Z"),
        (253_402_300_800_000_000, b"+010000-01-01T00:00:00.000000Z"),
        (-62_167_219_200_000_000, b"0000-01-01T00:00:00.000000Z"),
        (-62_167_219_200_000_001, b"-000001-12-31T23:59:59.999999Z"),
        (INSTANT_MAX, b"+294247-01-10T04:00:54.775807Z"),
    ],
)
def test_an_instant_is_written_as_rfc_3339_and_beyond_its_years_as_iso_8601(at, written):
    assert timestamp(Instant(at)) == written
    assert instant(written) == at


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (b"1970-01-01T00:00:01Z", 1_000_000),
        (b"1970-01-01t00:00:01z", 1_000_000),
        (b"1970-01-01 00:00:01.5Z", 1_500_000),
        (b"1970-01-01T00:00:00.0000019Z", 1),
        (b"1970-01-01T02:00:00+02:00", 0),
        (b"1969-12-31T18:30:00.000000-05:30", 0),
    ],
)
def test_what_others_write_is_read(text: bytes, at: int):
    assert instant(text) == at


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"yesterday",
        b"2026-02-30T00:00:00.000000Z",
        b"2026-01-31T25:00:00.000000Z",
        b"2026-01-31T12:00:00.00000_Z",
        b"2026-01-31T12:00:00.000000",
        b"2026-01-31T12:00:00",
        b"2026-01-31",
        b"+999999-01-01T00:00:00Z",
        b"\xff026-01-31T12:00:00.000000Z",
    ],
)
def test_what_is_no_time_is_refused(text: bytes):
    with pytest.raises(ValueError, match=r"\w"):
        instant(text)
