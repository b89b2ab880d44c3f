"""Tells webhooks what happens, and books what became of it."""

from __future__ import annotations

from functools import partial

from adapters.follower import EventLog, Follower
from oms_core.effects.herald import HEARD, Herald

SOURCE = "effects:webhooks"


class WebhookFollower(Follower[str]):
    """Follows webhooks; what was posted before a crash is posted again, under the same id."""

    def __init__(self, log: EventLog, position: int, herald: Herald) -> None:
        """Find the webhooks up to `position`, and how far each was told."""
        recall = partial(herald.hear, known=True)
        super().__init__(log, SOURCE, HEARD, position, herald, recall)
