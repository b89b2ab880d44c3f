"""What an item's events add up to: shelves, promises, and the totals that decisions need."""

from __future__ import annotations

from rpds import HashTrieMap

from oms_core.domain.stock.events import Available
from oms_core.kernel import Instant, State
from oms_core.kernel.recent import Recent


class Location(State, frozen=True):
    """Units on the shelves of one location, and how many of them are spoken for there."""

    on_hand: int = 0
    allocated: int = 0
    quarantined: int = 0
    safety: int = 0
    selling: bool = True

    @property
    def available(self) -> int:
        """Units that could be tied to an order here; less than none counts as none."""
        return max(0, self.on_hand - self.quarantined - self.allocated - self.safety)

    @property
    def sellable(self) -> int:
        """Units that the location adds to what the network can promise."""
        return self.available if self.selling else 0


class Reservation(State, frozen=True):
    """Units set aside for one line; `fenced` of them came out of the channel's ring-fence."""

    channel: str
    quantity: int
    fenced: int
    expires_at: Instant


class SoftReservation(State, frozen=True):
    """Units set aside for one cart; `fenced` of them came out of the channel's ring-fence."""

    channel: str = ""
    holder: str = ""
    quantity: int = 0
    fenced: int = 0
    expires_at: Instant = Instant(0)


class Backorder(State, frozen=True):
    """Units that a line waits for. `turn` is its place in the queue."""

    channel: str
    quantity: int
    turn: int
    expires_at: Instant


class Allocation(State, frozen=True):
    """Units of a line that one fulfilment ties to one location."""

    line_id: str
    location_id: str
    channel: str
    quantity: int
    fenced: int
    expires_at: Instant


class Supply(State, frozen=True):
    """Units on their way from outside."""

    location_id: str
    quantity: int
    due_at: Instant


class Transfer(State, frozen=True):
    """Units on their way to one of our locations."""

    destination_id: str
    quantity: int


class Stock(State, frozen=True):
    """One item. `pool` is the sum of what its locations can sell, `reserved` of its reservations.

    `soft` are the reservations of carts, by cart, `soft_reserved` their sum, and `held` the units
    of each customer in them. `sources` are the locations that could give units now, by id.
    `units` are on hand or in transit and worth `value_minor` together. Nothing here grows with
    history: what has ended is forgotten, but for the last documents.
    """

    locations: HashTrieMap[str, Location] = HashTrieMap()
    reservations: HashTrieMap[str, Reservation] = HashTrieMap()
    backorders: HashTrieMap[str, Backorder] = HashTrieMap()
    allocations: HashTrieMap[str, Allocation] = HashTrieMap()
    transfers: HashTrieMap[str, Transfer] = HashTrieMap()
    expected: HashTrieMap[str, Supply] = HashTrieMap()
    fences: HashTrieMap[str, int] = HashTrieMap()
    documents: Recent = Recent()
    sources: tuple[Available, ...] = ()
    pool: int = 0
    reserved: int = 0
    allocated: int = 0
    fenced: int = 0
    threshold: int = 0
    turn: int = 0
    units: int = 0
    value_minor: int = 0
    currency: str = ""
    soft: HashTrieMap[str, SoftReservation] = HashTrieMap()
    soft_reserved: int = 0
    held: HashTrieMap[str, int] = HashTrieMap()

    def available(self, channel: str = "") -> int:
        """Return what can still be promised to `channel`: its own fence included, others' not."""
        free = self.pool - self.threshold - self.reserved - self.soft_reserved - self.fenced
        return max(0, free + self.fences.get(channel, 0))

    def cost_of(self, quantity: int) -> int:
        """Return the share of the value that `quantity` units carry; the last unit takes the rest.

        This is the moving average, rounded down.
        """
        return self.value_minor * quantity // self.units if self.units else 0


def holder_of(customer_id: str, cart_id: str) -> str:
    """Return whose units those of a cart are: a cart without a customer stands for itself."""
    return customer_id or cart_id


def allocation_key(fulfilment_id: str, line_id: str) -> str:
    """Return the name under which an allocation is kept."""
    return f"{fulfilment_id}|{line_id}"


def fence(stock: Stock, channel: str, change: int) -> HashTrieMap[str, int]:
    """Return the ring-fences once a channel's has grown or shrunk."""
    if not change:
        return stock.fences
    quantity = stock.fences.get(channel, 0) + change
    return stock.fences.insert(channel, quantity) if quantity else stock.fences.discard(channel)
