"""What a quote's events add up to."""

from __future__ import annotations

from enum import StrEnum

from oms_core.domain.quote.events import QuoteAccepted, QuoteIssued, QuoteRequested
from oms_core.kernel import State


class Standing(StrEnum):
    """How far the quote has come."""

    NONE = "none"
    REQUESTED = "requested"
    ISSUED = "issued"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"


class Quote(State, frozen=True):
    """What was asked for, the latest offer, and what was accepted of it."""

    standing: Standing = Standing.NONE
    request: QuoteRequested | None = None
    offer: QuoteIssued | None = None
    accepted: QuoteAccepted | None = None

    @property
    def version(self) -> int:
        """The number of the latest offer; zero if there is none."""
        return self.offer.version if self.offer else 0
