"""What must hold of coupons and gift cards over a whole history, whatever went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from oms_core.engine.catalog import BY_CATEGORY
from oms_core.kernel import Recorded
from tests.machines.rules_of_vouchers import Coupons, GiftCards


def check_vouchers(history: Sequence[Recorded]) -> None:
    """P22: the rules that watch whole shops, here over a history: codes, cards, their ledger."""
    states: dict[str, Any] = {}
    rules = (Coupons(states), GiftCards(states))
    for recorded in history:
        boundary = BY_CATEGORY.get(recorded.stream.partition(":")[0])
        if boundary is not None:
            before = states.get(recorded.stream, boundary.initial)
            states[recorded.stream] = boundary.evolve(before, recorded.event)
        for rule in rules:
            rule.count(recorded)
    for rule in rules:
        rule.rest()
