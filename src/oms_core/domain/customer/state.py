"""What a customer's events add up to."""

from __future__ import annotations

from rpds import HashTrieMap, HashTrieSet

from oms_core.domain.customer import events
from oms_core.kernel import State
from oms_core.kernel.recent import Recent


class Customer(State, frozen=True):
    """How much the customer has spent, in minor units by currency, and what that makes of them.

    `survivor_id` is who they turned out to be, `duplicates` are those who turned out to be them,
    and `merging` those of whom that was said and is not settled yet.
    """

    registered: bool = False
    erased: bool = False
    sealed: bytes = b""
    tier: events.Tier = events.Tier.STANDARD
    spent: HashTrieMap[str, int] = HashTrieMap()
    orders: Recent = Recent()
    noted: Recent = Recent()
    preferences: events.PreferencesChanged | None = None
    survivor_id: str = ""
    duplicates: HashTrieSet[str] = HashTrieSet()
    merging: HashTrieMap[str, str] = HashTrieMap()
