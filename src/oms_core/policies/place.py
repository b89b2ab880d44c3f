"""How far somebody was told of a log: one bookkeeping for who decides, who posts, and who shows."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A position of the log, and those that are to be told once more before it goes on."""

    position: int
    replays: tuple[int, ...] = ()

    def moved(self, position: int) -> Place:
        """Go on from a position, which may be behind us."""
        return self._replace(position=position)

    def wanted_again(self, position: int) -> Place:
        """Have one more to tell before all others."""
        return self._replace(replays=(*self.replays, position))

    def told_again(self, position: int) -> Place:
        """Have one less to tell once more."""
        return self._replace(replays=tuple(at for at in self.replays if at != position))

    def without(self, position: int) -> Place:
        """Leave one out: one that was wanted again does not move us."""
        return self.told_again(position) if position in self.replays else self.moved(position)
