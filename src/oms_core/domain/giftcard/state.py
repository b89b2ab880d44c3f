"""What a gift card's events add up to."""

from __future__ import annotations

from rpds import HashTrieMap

from oms_core.domain.giftcard.events import GiftCardIssued
from oms_core.kernel import State
from oms_core.kernel.recent import Recent


class GiftCard(State, frozen=True):
    """What is left on it, and what is set aside of its money for which payment.

    `recent` names the intents of payments that are booked already.
    """

    issued: GiftCardIssued | None = None
    left_minor: int = 0
    reserved: HashTrieMap[str, int] = HashTrieMap()
    expired: bool = False
    recent: Recent = Recent()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left and nothing set aside."""
        return not self.left_minor and not self.reserved
