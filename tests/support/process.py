"""Commands of `oms` as processes of their own, which can be stopped and killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event as Flag
from time import monotonic
from typing import Any, TypeVar

SECONDS_MAX = 60.0
POLL_SECONDS = 0.05
START = "from adapters.cli import main; main()"

T = TypeVar("T")


def until(
    look: Callable[[], T], seconds: float = SECONDS_MAX, told: str | Callable[[], str] = ""
) -> T:
    """Look again and again until there is something to see; else tell what there was."""
    deadline = monotonic() + seconds
    while not (seen := look()):
        rest = told if isinstance(told, str) else told()
        assert monotonic() < deadline, f"not within {seconds} s: {rest}"
        Flag().wait(POLL_SECONDS)
    return seen


class Command:
    """One `oms` process. What it says on standard error is kept in a file."""

    def __init__(self, tokens: tuple[str, ...], env: Mapping[str, str], log: Path) -> None:
        """Start it."""
        self._log = log
        with log.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-c", START, *tokens],
                env={**os.environ, **env},
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def said(self) -> str:
        """Return what it has said beside its output so far."""
        return self._log.read_text(encoding="utf-8")

    def lines(self, message: str) -> list[dict[str, Any]]:
        """Return the lines of its log with this message."""
        lines = [line for line in self.said().splitlines() if line.startswith("{")]
        found: list[dict[str, Any]] = [json.loads(line) for line in lines if line.endswith("}")]
        return [line for line in found if line["message"] == message]

    def await_line(self, message: str) -> dict[str, Any]:
        """Wait for a line of its log."""

        def look() -> list[dict[str, Any]]:
            assert self.process.poll() is None or self.lines(message), self.said()
            return self.lines(message)

        return until(look, told=lambda: f"{message} in {self.said()}")[0]

    def freeze(self) -> None:
        """Let it stand still, as on a machine that has run out of everything."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on as if nothing had been."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it without a word."""
        self.process.kill()
        self.close()

    def ask_to_stop(self) -> int:
        """Ask it to end, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.close()

    def close(self) -> int:
        """Wait for its end, and return its exit code."""
        self.output = self.process.communicate(timeout=SECONDS_MAX)[0]
        return self.process.returncode


@contextmanager
def running(*tokens: str, env: Mapping[str, str], log: Path) -> Iterator[Command]:
    """Run a command; it is killed at the end, if it is still there."""
    command = Command(tokens, env, log)
    try:
        yield command
    finally:
        with suppress(ProcessLookupError):
            command.process.kill()
        if command.process.stdout is not None and not command.process.stdout.closed:
            command.process.communicate()
