"""A Java process of ours: it can be killed, stand still and start again, and never outlives us."""

from __future__ import annotations

import atexit
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from os import environ
from pathlib import Path
from weakref import WeakSet

from tests.support.process import until

START_SECONDS = 120.0
STOP_SECONDS = 30.0
QUICK = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""Half the work at the start, and enough speed for a broker that is used for minutes."""

_running: WeakSet[JavaProcess] = WeakSet()


class JavaProcess:
    """One process and how it is started. Start it from the main thread: it dies with its starter.

    `stays` is for one that is to go on when we have gone: who starts it sees to its end.
    """

    def __init__(
        self,
        order: Sequence[str],
        log: Path,
        ready: Callable[[], bool],
        *,
        env: Mapping[str, str] | None = None,
        stays: bool = False,
    ) -> None:
        """Know how to start it, where its output goes, and how to tell that it is ready."""
        self._order, self._log, self._ready, self._stays = order, log, ready, stays
        self._env = {**environ, **(env or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process that runs now."""
        assert self._process is not None, "not started"
        return self._process.pid

    def begin(self) -> None:
        """Start it, but do not wait for it."""
        assert self._process is None, "started already"
        self._log.parent.mkdir(parents=True, exist_ok=True)
        setpriv = None if self._stays else shutil.which("setpriv")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*([setpriv, "--pdeathsig", "KILL"] if setpriv else []), *self._order],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._env,
                start_new_session=True,
            )
        if not self._stays:
            _running.add(self)

    def await_ready(self) -> None:
        """Wait until it can be used."""

        def look() -> bool:
            assert self._process is not None, "not started"
            code = self._process.poll()
            assert code is None, f"ended with {code}: {self.said()}"
            return self._ready()

        until(look, START_SECONDS, f"ready: see {self._log}")

    def start(self) -> None:
        """Start it and wait until it can be used."""
        self.begin()
        self.await_ready()

    def said(self) -> str:
        """Return what it has written so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def freeze(self) -> None:
        """Let it stand still, as on a machine that has run out of everything."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on as if nothing had been."""
        self._send(signal.SIGCONT)

    def kill(self) -> None:
        """End it without a word; it may have ended already."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Ask it to end, and wait; one that does not is killed."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _send(self, number: signal.Signals) -> None:
        assert self._process is not None, "not started"
        self._process.send_signal(number)


@atexit.register
def _end_all() -> None:
    for process in tuple(_running):
        process.kill()
