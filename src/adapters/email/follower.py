"""Sends the notices that are due, and books what became of them."""

from __future__ import annotations

from adapters.follower import EventLog, Follower
from oms_core.effects.courier import HEARD, Courier

SOURCE = "effects:notices"


class NoticeFollower(Follower[str]):
    """Follows notices; what was sent before a crash is sent again, under the same Message-ID."""

    def __init__(self, log: EventLog, position: int, courier: Courier) -> None:
        """Find the notices up to `position` that have no end."""
        super().__init__(log, SOURCE, HEARD, position, courier, courier.hear)
