"""An append on its way: it goes on a little whenever it is pushed, and is waited for at the end."""

from __future__ import annotations

from collections.abc import Generator

from eventsourcing.persistence import PersistenceError

from adapters.postgres.exchange import Wait

Steps = Generator[Wait, None, int]
"""What an append waits for, time and again, and the last position of the log when it is done."""


class Appending:
    """An append that has begun. Whatever becomes of it is told at the end, and not before."""

    def __init__(self, steps: Steps) -> None:
        """Go as far as it can without waiting."""
        self._steps = steps
        self._awaited: Wait | None = None
        self._last: int | None = None
        self._failed: PersistenceError | None = None
        self._go_on()

    def push(self) -> None:
        """Go on as far as it can without waiting."""
        while self._awaited is not None and self._awaited.over(milliseconds=0):
            self._go_on()

    def finish(self) -> int:
        """Wait for it, and return the last position of the log.

        :raises PersistenceError: if it failed.
        """
        while self._awaited is not None:
            self._awaited.over()
            self._go_on()
        if self._failed is not None:
            raise self._failed
        assert self._last is not None, "the append broke off"
        return self._last

    def abandon(self) -> None:
        """Wait no longer: its connection is closed, so that it holds nobody up."""
        self._awaited = None
        self._steps.close()

    def _go_on(self) -> None:
        self._awaited = None
        try:
            self._awaited = next(self._steps)
        except StopIteration as end:
            self._last = end.value
        except PersistenceError as failure:
            self._failed = failure
