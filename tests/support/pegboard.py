"""An order as a board of pegs, one for each unit: so simple that it is obviously right."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.support.order import BUCKETS, CAP, MUG, POST

QUANTITIES = {MUG: 3, CAP: 2, POST: 1}
PRICES = {MUG: (399, 400, 401), CAP: (250, 250), POST: (500,)}
GOODS = (MUG, CAP)
WAITING = ("unreserved", "backordered")
CLOSED = ("shipped", "cancelled")
CHEAPEST_FIRST = ("unreserved", "backordered", "reserved", "released", "allocated")


@dataclass(eq=False)
class Peg:
    """One unit: where it is, and in which parcel."""

    line: str
    bucket: str
    parcel: str = ""


@dataclass
class Pegboard:
    """All units of an order, and what stands in their way."""

    split: bool
    gives_up: bool
    phase: str = "placed"
    paid: bool = False
    holds: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    gone: dict[str, int] = field(default_factory=dict)
    charged: int = 0
    refunded: int = 0
    returned: Counter[str] = field(default_factory=Counter)
    pegs: list[Peg] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Put every unit where it starts: a service needs no stock."""
        for line, quantity in QUANTITIES.items():
            bucket = "unreserved" if line in GOODS else "released"
            self.pegs += [Peg(line, bucket) for _ in range(quantity)]

    def find(self, line: str = "", *buckets: str, parcel: str | None = None) -> list[Peg]:
        """Return the units of a line (or of all) in these buckets and this parcel (or anywhere)."""
        return [
            peg
            for bucket in buckets or BUCKETS
            for peg in self.pegs
            if peg.bucket == bucket and line in ("", peg.line) and parcel in (None, peg.parcel)
        ]

    def counts(self, line: str) -> dict[str, int]:
        """Return how many units of a line are in each bucket."""
        return {bucket: len(self.find(line, bucket)) for bucket in BUCKETS}

    @property
    def open(self) -> list[Peg]:
        """The units that are neither shipped nor cancelled."""
        return [peg for peg in self.pegs if peg.bucket not in CLOSED]

    def ship(self, pegs: list[Peg]) -> int:
        """Let units leave, and return what they cost: the first to leave bears the first price."""
        amount = 0
        for peg in pegs:
            amount += PRICES[peg.line][len(self.find(peg.line, "shipped"))]
            peg.bucket = "shipped"
        return amount

    def price_of_returns(self, line: str, quantity: int) -> int:
        """Return what the next units of a line that come back had cost."""
        start = self.returned[line]
        return sum(PRICES[line][start : start + quantity])

    def settle_parcels(self) -> None:
        """Ask for each parcel that is ready, and charge each that has wholly left."""
        for name in sorted({peg.parcel for peg in self.pegs if peg.parcel}):
            inside = self.find(parcel=name)
            buckets = {peg.bucket for peg in inside if peg.bucket != "cancelled"}
            if "released" in buckets:
                continue
            if "allocated" in buckets:
                self.asked.add(name)
            elif name in self.gone:
                self.charge(name)

    def charge(self, name: str) -> None:
        """Make due what a parcel carried, and the services with the first one."""
        services = self.ship(self.find(POST, "released"))
        self.charged += self.gone.pop(name) + services
        self.complete_if_nothing_is_open()

    def complete_if_nothing_is_open(self) -> None:
        """Close the order when every unit has ended."""
        if self.phase == "placed" and not self.open:
            self.phase = "completed"

    def release_if_nothing_stands_in_the_way(self) -> None:
        """Let everything that is set aside go out."""
        lacking = self.find("", "unreserved") if self.split else self.find("", *WAITING)
        if self.phase == "placed" and self.paid and not self.holds and not lacking:
            for peg in self.find("", "reserved"):
                peg.bucket = "released"

    def give_up(self, pegs: list[Peg]) -> None:
        """Cancel units; an order that has lost all its goods has lost its services too."""
        for peg in pegs:
            peg.bucket = "cancelled"
        goods = [peg for peg in self.open if peg.line in GOODS]
        if not goods and not self.find("", "shipped"):
            for peg in self.open:
                peg.bucket = "cancelled"
            self.phase = "cancelled"
            return
        self.settle_parcels()
        self.complete_if_nothing_is_open()
