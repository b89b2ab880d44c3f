"""Instants as RFC 3339 has them, to the microsecond, and back.

RFC 3339 ends with the year 9999; an instant beyond that, or before the year 0, is written with a
sign and at least six digits of the year (ISO 8601), so that nothing that a log can hold is lost.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache

from oms_core.kernel import Instant

MICROSECONDS = 1_000_000
SECONDS_KEPT = 4_096
"""Events come in order of time, so nearly all of them share their second with another."""

INSTANT_MIN, INSTANT_MAX = -(2**63), 2**63 - 1
YEAR_MAX = 9_999
CYCLE_YEARS = 400
CYCLE_SECONDS = 146_097 * 86_400
"""The Gregorian calendar repeats itself after 400 years."""

ANCHOR = datetime(2000, 1, 1)  # noqa: DTZ001  (UTC throughout)
ANCHOR_SECOND = 946_684_800
AFTER_YEAR = len("-01-31T12:00:00")
SHORT = len("2026-01-31T12:00:00.000000Z")
MOMENT = re.compile(
    rb"([+-]\d{6,7}|\d{4})(-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?"
    rb"(?:[Zz]|([+-])(\d\d):(\d\d))"
)


def timestamp(at: Instant) -> bytes:
    """Return an instant as `2026-01-31T12:00:00.000000Z`."""
    second, micros = divmod(at, MICROSECONDS)
    return b"%b.%06dZ" % (_written(second), micros)


def instant(text: bytes) -> Instant:
    """Return the instant that an RFC 3339 timestamp names; digits past the sixth are cut off.

    :raises ValueError: if it is none, or lies beyond what a log can hold.
    """
    micros = text[20:26]
    if len(text) == SHORT and text[19:20] == b"." and text[26:] == b"Z" and micros.isdigit():
        return Instant(_read(text[:19]) * MICROSECONDS + int(micros))
    return _instant(text)


def _instant(text: bytes) -> Instant:
    """Read the forms that we do not write ourselves."""
    match = MOMENT.fullmatch(text)
    if match is None:
        raise ValueError("A time is written like 2026-01-31T12:00:00.000000Z (RFC 3339).")
    year, day, time, fraction, sign, hours, minutes = match.groups()
    second = _read(b"%b%bT%b" % (year, day, time))
    if sign:
        offset = (int(hours) * 60 + int(minutes)) * 60
        second -= offset if sign == b"+" else -offset
    at = second * MICROSECONDS + int((fraction or b"0")[:6].ljust(6, b"0"))
    if not INSTANT_MIN <= at <= INSTANT_MAX:
        raise ValueError("A time must lie within 292,000 years of 1970.")
    return Instant(at)


@lru_cache(SECONDS_KEPT)
def _written(second: int) -> bytes:
    cycle, rest = divmod(second - ANCHOR_SECOND, CYCLE_SECONDS)
    at = ANCHOR + timedelta(seconds=rest)
    year = at.year + cycle * CYCLE_YEARS
    written = f"{year:04d}" if 0 <= year <= YEAR_MAX else f"{year:+07d}"
    return f"{written}{at:-%m-%dT%H:%M:%S}".encode()


@lru_cache(SECONDS_KEPT)
def _read(text: bytes) -> int:
    """Return the second of a date and time in UTC, whatever its year."""
    written = text.decode("ascii")
    year, rest = int(written[:-AFTER_YEAR]), written[-AFTER_YEAR:]
    cycle, within = divmod(year - ANCHOR.year, CYCLE_YEARS)
    at = datetime.fromisoformat(f"{ANCHOR.year + within}{rest}")
    return ANCHOR_SECOND + cycle * CYCLE_SECONDS + round((at - ANCHOR).total_seconds())
