"""The time. The only place that asks the machine for it."""

from __future__ import annotations

import time

from oms_core.kernel import Instant


def system_clock() -> Instant:
    """Return the present, in microseconds since 1970 (UTC)."""
    return Instant(time.time_ns() // 1_000)
