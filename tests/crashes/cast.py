"""Who is at work: every kind of process, twice, so that one can take over from the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.process import Command

ROLES: Mapping[str, tuple[str, ...]] = {
    "engine": ("run", "--standby"),
    "relay": ("relay", "--standby"),
    "projector": ("project",),
    "publisher": ("publish", "--standby"),
}
"""What each does, by its order."""

EACH = 2


class Actor:
    """One process that is started again whenever it has ended."""

    def __init__(self, role: str, number: int, env: Mapping[str, str], folder: Path) -> None:
        """Start it for the first time."""
        self.name = f"{role} {number}"
        self.role, self._env, self._folder, self._life = role, env, folder, 0
        self.command = self._start()

    def _start(self) -> Command:
        self._life += 1
        log = self._folder / f"{self.name.replace(' ', '-')}.{self._life}.log"
        return Command(ROLES[self.role], self._env, log)

    @property
    def has_ended(self) -> bool:
        """Whether it has stopped, by itself or by us."""
        return self.command.process.poll() is not None

    def begin_again(self) -> None:
        """Start it anew, if it has ended, as whoever watches over processes does."""
        if self.has_ended:
            self.command.close()
            self.command = self._start()

    def kill(self) -> None:
        """End it without a word."""
        self.command.kill()


@contextmanager
def acting(env: Mapping[str, str], folder: Path) -> Iterator[list[Actor]]:
    """Let all of them work; at the end they are asked to stop."""
    actors = [Actor(role, n, env, folder) for role in ROLES for n in range(1, EACH + 1)]
    try:
        yield actors
    finally:
        for actor in actors:
            if not actor.has_ended:
                actor.command.thaw()
                actor.command.process.terminate()
        for actor in actors:
            actor.command.close()
