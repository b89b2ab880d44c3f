"""Stock as a person would keep it on paper: no totals, everything counted afresh every time."""


class Shelf:
    """One place, as a person would note it on paper."""

    def __init__(self) -> None:
        """Begin with an empty shelf that sells everything."""
        self.there = 0
        self.aside = 0
        self.safety = 0
        self.sells = True


class NaiveStock:
    """Shelves, promises and the queue. It foretells each grant, each refusal and whom it serves."""

    def __init__(self) -> None:
        """Begin with two empty shelves and no promises."""
        self.shelves = {"A": Shelf(), "B": Shelf()}
        self.held: dict[str, list[int]] = {}  # line: units, of which out of the fence, term
        self.queue: dict[str, list[int]] = {}  # line: units, term; in the order of arrival
        self.tied: dict[tuple[str, str], tuple[str, int, int, int]] = {}
        self.transfers: dict[str, tuple[str, int]] = {}
        self.fences = {"web": 0, "till": 0}
        self.threshold = 0
        self.carts: dict[str, list] = {}  # cart: units, of which out of the fence, term, holder

    def tied_at(self, place):
        return sum(units for where, units, _, _ in self.tied.values() if where == place)

    def can_give(self, place):
        shelf = self.shelves[place]
        left = shelf.there - shelf.aside - self.tied_at(place) - shelf.safety
        return max(0, left) if shelf.sells else 0

    def free(self):
        held = sum(units for units, _, _ in self.held.values()) + self.in_carts()
        sellable = sum(map(self.can_give, self.shelves))
        return sellable - self.threshold - held - sum(self.fences.values())

    def in_carts(self, *holders):
        return sum(c[0] for c in self.carts.values() if not holders or c[3] in holders)

    def promisable(self, channel):
        return max(0, self.free() + self.fences[channel])

    def grant(self, line, units, term):
        channel = line.partition(":")[0]
        fenced = min(units, self.fences[channel])
        self.fences[channel] -= fenced
        entry = self.held.setdefault(line, [0, 0, term])
        entry[0] += units
        entry[1] += fenced

    def serve(self):
        """Give what there is to those who wait, and return who got how much."""
        served = []
        for line, (units, term) in list(self.queue.items()):
            if granted := min(units, self.promisable(line.partition(":")[0])):
                self.grant(line, granted, term)
                served.append((line, granted))
                self.queue[line][0] -= granted
                if not self.queue[line][0]:
                    del self.queue[line]
        return served

    def missing(self):
        short = loose = 0
        for place, shelf in self.shelves.items():
            left = shelf.there - shelf.aside - self.tied_at(place)
            short, loose = short + max(0, -left), loose + max(0, left)
        return short + max(0, sum(units for units, _, _ in self.held.values()) - loose)

    def give_back(self, line, units):
        entry = self.held[line]
        fenced = min(entry[1], units)
        self.fences[line.partition(":")[0]] += fenced
        entry[0], entry[1] = entry[0] - units, entry[1] - fenced
        if not entry[0]:
            del self.held[line]

    def put(self, place, units, aside=0):
        self.shelves[place].there += units
        self.shelves[place].aside = min(
            self.shelves[place].aside + aside, self.shelves[place].there
        )

    def take_out(self, cart, units):
        """Put so many units of a cart back on sale."""
        entry = self.carts[cart]
        fenced = min(entry[1], units)
        self.fences[cart.partition(":")[0]] += fenced
        entry[0], entry[1] = entry[0] - units, entry[1] - fenced
        if not entry[0]:
            del self.carts[cart]

    def put_in(self, cart, holder, units, units_max, term):
        """Let a cart hold so many units, or fewer, and return how many it holds then."""
        has, _, until, whose = self.carts.get(cart, [0, 0, 0, ""])
        elsewhere = self.in_carts(holder) - (has if whose == holder else 0)
        allowed = max(0, min(units, units_max - elsewhere))
        if has > allowed:
            self.take_out(cart, has - allowed)
        has = min(has, allowed)
        granted = min(allowed - has, self.promisable(cart.partition(":")[0]))
        fenced = min(granted, self.fences[cart.partition(":")[0]])
        self.fences[cart.partition(":")[0]] -= fenced
        if has + granted:
            before = self.carts.get(cart, [0, 0, 0, ""])
            self.carts[cart] = [has + granted, before[1] + fenced, max(until, term), holder]
        return has + granted
