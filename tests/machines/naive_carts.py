"""Carts as a shop assistant would keep them on paper: who wants what, and who holds how much."""

from __future__ import annotations

from dataclasses import dataclass, field

CAP = 5
RESERVE, IDLE, EXPIRE = 9, 4, 7
CLOSED = ("converted", "expired")


@dataclass
class NaiveCart:
    """One cart: lines in order, what is held of each item until when, and how it stands."""

    customer: str
    lines: dict[str, list] = field(default_factory=dict)  # line: item, units
    held: dict[str, list[int]] = field(default_factory=dict)  # item: units, until
    standing: str = "open"
    active: int = 0
    episode: int = 1
    abandoned_at: int = 0

    def wanted(self, item):
        return sum(units for what, units in self.lines.values() if what == item)

    def items(self):
        return list(dict.fromkeys(item for item, _ in self.lines.values()))


class NaiveShop:
    """What is on the shelf of each item, what orders have of it, and the carts."""

    def __init__(self) -> None:
        self.shelf = {"MUG": 0, "CUP": 0}
        self.sold = {"MUG": 0, "CUP": 0}
        self.carts: dict[str, NaiveCart] = {}
        self.told: list[tuple[str, int]] = []
        self.now = 0

    def in_carts(self, item, customer=None):
        return sum(
            cart.held.get(item, [0])[0]
            for cart in self.carts.values()
            if customer in (None, cart.customer)
        )

    def free(self, item):
        return self.shelf[item] - self.sold[item] - self.in_carts(item)

    def ask(self, cart, item):
        """Hold what there is of what is wanted; the last lines hold no more than that."""
        wanted, has = cart.wanted(item), cart.held.get(item, [0, 0])
        elsewhere = self.in_carts(item, cart.customer) - has[0]
        allowed = min(wanted, max(0, CAP - elsewhere))
        holds = min(allowed, has[0] + self.free(item))
        cart.held.pop(item, None)
        if holds:
            cart.held[item] = [holds, max(has[1], cart.active + RESERVE)]
        lack = wanted - holds
        for entry in reversed(cart.lines.values()):
            if entry[0] == item:
                cut = min(lack, entry[1])
                entry[1] -= cut
                lack -= cut

    def touch(self, cart):
        """Note that somebody was there."""
        cart.active = max(cart.active, self.now)
        if cart.standing == "abandoned" and cart.active + IDLE > cart.abandoned_at:
            cart.standing = "open"
            cart.episode += 1

    def leave(self, name):
        """Count a cart as abandoned if it has been left for long enough."""
        cart = self.carts[name]
        if cart.standing == "open" and cart.lines and cart.active + IDLE <= self.now:
            cart.standing, cart.abandoned_at = "abandoned", self.now
            self.told.append((name, cart.episode))

    def lapse(self, cart):
        """Let a cart come to its end without an order."""
        if cart.standing not in CLOSED and cart.active + EXPIRE <= self.now:
            cart.standing, cart.held, cart.lines = "expired", {}, {}

    def give_back(self, cart, item):
        """Let what a cart holds of an item go if its time is over."""
        if item in cart.held and cart.held[item][1] <= self.now:
            del cart.held[item]

    def sell(self, wanted, cart=None):
        """Give an order all that it wants, its cart's first, or nothing."""
        if cart:
            cart.standing, cart.held, cart.lines = "converted", {}, {}
        if all(units <= self.free(item) for item, units in wanted.items()):
            for item, units in wanted.items():
                self.sold[item] += units
