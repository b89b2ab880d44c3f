"""The network's level of an item, and the sums that are kept rather than counted."""

from __future__ import annotations

from msgspec.structs import replace
from rpds import HashTrieMap

from oms_core.domain.stock import events
from oms_core.kernel import State
from projections.rules import Part


class Shelf(Part, frozen=True):
    """The counts of one location, as far as the network's promise depends on them."""

    on_hand: int = 0
    allocated: int = 0
    quarantined: int = 0
    safety: int = 0
    selling: bool = True

    @property
    def left(self) -> int:
        """Units that are there and not tied to an order; less than none if some are missing."""
        return self.on_hand - self.quarantined - self.allocated

    @property
    def sellable(self) -> int:
        """Units that the location adds to what the network can promise."""
        return max(0, self.left - self.safety) if self.selling else 0


class Fenced(Part, frozen=True):
    """Units of a line or a cart that came out of a channel's fence, and would go back there."""

    channel: str
    quantity: int


class NetworkLevel(State, frozen=True):
    """One item in all locations together.

    `available_to_promise` is what any channel can be promised: `pool` (the sum of what the selling
    locations can give) less what is reserved for orders, `soft_reserved` for carts, fenced, and
    kept back by `threshold`. `fenced` units are kept for one channel each. `oversold` units are
    promised to orders and not there. `declined` and `sold` count units since the beginning. The
    maps hold only what is open.
    """

    item_id: str
    on_hand: int = 0
    reserved: int = 0
    backordered: int = 0
    allocated: int = 0
    incoming: int = 0
    quarantined: int = 0
    safety: int = 0
    threshold: int = 0
    fenced: int = 0
    pool: int = 0
    available_to_promise: int = 0
    oversold: int = 0
    declined: int = 0
    sold: int = 0
    value_minor: int = 0
    currency: str = ""
    short: int = 0
    free: int = 0
    shelves: HashTrieMap[str, Shelf] = HashTrieMap()
    awaited: HashTrieMap[str, int] = HashTrieMap()
    expected: HashTrieMap[str, int] = HashTrieMap()
    fences: HashTrieMap[str, int] = HashTrieMap()
    fenced_lines: HashTrieMap[str, Fenced] = HashTrieMap()
    soft_reserved: int = 0


NOWHERE = Shelf()


def promised(level: NetworkLevel) -> NetworkLevel:
    """Work out again what is promised and what can be."""
    promised = level.reserved + level.soft_reserved
    return replace(
        level,
        available_to_promise=max(0, level.pool - level.threshold - promised - level.fenced),
        oversold=level.short + max(0, level.reserved - level.free),
    )


def shelved(level: NetworkLevel, location_id: str, after: Shelf) -> NetworkLevel:
    """Put the counts of a location in the place of those before, and keep the sums right."""
    before = level.shelves.get(location_id, NOWHERE)
    left, now = before.left, after.left
    return replace(
        level,
        on_hand=level.on_hand + after.on_hand - before.on_hand,
        allocated=level.allocated + after.allocated - before.allocated,
        quarantined=level.quarantined + after.quarantined - before.quarantined,
        safety=level.safety + after.safety - before.safety,
        pool=level.pool + after.sellable - before.sellable,
        short=level.short + max(0, -now) - max(0, -left),
        free=level.free + max(0, now) - max(0, left),
        shelves=level.shelves.insert(location_id, after),
    )


def moved(
    level: NetworkLevel,
    location_id: str,
    on_hand: int = 0,
    allocated: int = 0,
    quarantined: int = 0,
) -> NetworkLevel:
    """Add to the counts of one location."""
    shelf = level.shelves.get(location_id, NOWHERE)
    after = Shelf(
        shelf.on_hand + on_hand,
        shelf.allocated + allocated,
        shelf.quarantined + quarantined,
        shelf.safety,
        shelf.selling,
    )
    return shelved(level, location_id, after)


def valued(level: NetworkLevel, cost_minor: int, currency: str) -> NetworkLevel:
    """Add to what the units are worth."""
    return replace(
        level, value_minor=level.value_minor + cost_minor, currency=currency or level.currency
    )


def less_awaited(level: NetworkLevel, line_id: str, quantity: int) -> NetworkLevel:
    """Let units of a line wait no longer, if any do."""
    waiting = level.awaited.get(line_id, 0)
    if not waiting:
        return level
    served = min(waiting, quantity)
    awaited = (
        level.awaited.insert(line_id, waiting - served)
        if waiting > served
        else level.awaited.discard(line_id)
    )
    return replace(level, awaited=awaited, backordered=level.backordered - served)


def fence(level: NetworkLevel, channel: str, change: int) -> NetworkLevel:
    """Change how many units are kept for a channel."""
    quantity = level.fences.get(channel, 0) + change
    fences = level.fences.insert(channel, quantity) if quantity else level.fences.discard(channel)
    return replace(level, fences=fences, fenced=level.fenced + change)


def from_fence(
    level: NetworkLevel, event: events.StockReserved | events.StockSoftReserved, holder: str
) -> NetworkLevel:
    """Take the fenced part of what a line or a cart holds out of its channel's fence."""
    held = level.fenced_lines.get(holder)
    fenced = Fenced(event.channel, event.fenced + (held.quantity if held else 0))
    level = replace(level, fenced_lines=level.fenced_lines.insert(holder, fenced))
    return fence(level, event.channel, -event.fenced)


def fewer_fenced(level: NetworkLevel, line_id: str, quantity: int, *, back: bool) -> NetworkLevel:
    """Let a line hold fewer fenced units: they go back to the fence, or have left the house."""
    held = level.fenced_lines.get(line_id)
    if not quantity or held is None:
        return level
    lines = (
        level.fenced_lines.insert(line_id, Fenced(held.channel, held.quantity - quantity))
        if held.quantity > quantity
        else level.fenced_lines.discard(line_id)
    )
    level = replace(level, fenced_lines=lines)
    return fence(level, held.channel, quantity) if back else level
