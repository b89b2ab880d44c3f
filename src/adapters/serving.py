"""What every process that runs on and on needs: turns, a flag to stop by, lines of log as JSON."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event as Flag
from time import monotonic
from types import FrameType
from typing import TextIO

import structlog

IDLE_SECONDS = 0.5
PACE_SECONDS = 0.01
"""How long a turn lasts at least: what comes meanwhile shares the next one's transactions."""

log = structlog.get_logger("oms")


def serve(
    turn: Callable[[], bool],
    stop: Flag,
    idle_seconds: float = IDLE_SECONDS,
    wait: Callable[[float], object] | None = None,
) -> None:
    """Go on until `stop` is set; a turn that has begun is finished.

    `wait` is what is done for so many seconds when there is nothing to do; it may end early.
    """
    while not stop.is_set():
        ends_at = monotonic() + PACE_SECONDS
        if not turn():
            (wait or stop.wait)(idle_seconds)
        else:
            rest_until(ends_at, stop)


def rest_until(moment: float, stop: Flag) -> None:
    """Do nothing until a moment of the monotonic clock, in seconds, or until `stop` is set."""
    if (seconds := moment - monotonic()) > 0:
        stop.wait(seconds)


@contextmanager
def stopping() -> Iterator[Flag]:
    """Set the flag that is given when the process is asked to stop (SIGTERM, SIGINT)."""
    stop = Flag()

    def ask(number: int, frame: FrameType | None) -> None:
        del frame
        log.info("stopping", signal=signal.Signals(number).name)
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def write_json_lines(file: TextIO | None = None) -> None:
    """Let every line of the log be one JSON object, with its time and level.

    They go to standard error, unless another file is given.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(file or sys.stderr),  # As it is by then.
    )
