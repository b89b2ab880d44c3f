"""Whatever happens, in whatever order, stock is never promised twice."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from oms_core.domain.stock import commands, events
from oms_core.domain.stock.decider import stock
from oms_core.kernel import Rejected
from tests.machines.naive_stock import NaiveStock
from tests.support.stock import MUG, displayed, sums

places = st.sampled_from(["A", "B"])
lines = st.sampled_from(["web:1/1", "web:2/1", "till:1/1"])
carts = st.sampled_from(["web:c1", "web:c2", "till:c1"])
fulfilments = st.sampled_from(["F1", "F2"])
quantities = st.integers(1, 8)
few = st.integers(0, 5)


class StockMachine(NaiveStock, RuleBasedStateMachine):
    """Drives the decider beside the naive model, which foretells what it will say."""

    def __init__(self) -> None:
        RuleBasedStateMachine.__init__(self)
        NaiveStock.__init__(self)
        self.log: list[events.StockEvent] = []
        self.state = stock.initial
        self.papers = 0

    # The decider, beside it

    def handle(self, command):
        """Ask the decider; return what happened, or `None` if it refused."""
        try:
            happened = tuple(stock.decide(command, self.state))
        except Rejected:
            return None
        for event in happened:
            self.log.append(event)
            self.state = stock.evolve(self.state, event)
        assert self.log == [] or stock.fold(self.log) == self.state
        return happened

    def paper(self):
        self.papers += 1
        return f"D{self.papers}"

    def moved(self, command, change):
        """Let goods come or go in both; they must serve the same people and tell the same loss."""
        before = self.missing()
        happened = self.handle(command)
        change()
        after, told = self.missing(), [e for e in happened if isinstance(e, events.StockOversold)]
        assert [e.shortfall for e in told] == ([after] if after > before else [])
        granted = [(e.line_id, e.quantity) for e in happened if isinstance(e, events.StockReserved)]
        assert granted == self.serve()
        return happened

    @initialize(a=quantities, b=quantities)
    def open_with_goods(self, a, b):
        self.receive("A", a, 10 * a)
        self.receive("B", b, 10 * b)

    @rule(place=places, units=quantities, cost=st.integers(0, 50))
    def receive(self, place, units, cost):
        command = commands.ReceiveStock(MUG, self.paper(), place, units, cost, "EUR")
        self.moved(command, lambda: self.put(place, units))

    @rule(place=places, line=lines, units=quantities, aside=st.booleans())
    def return_from_customer(self, place, line, units, aside):
        command = commands.ReturnStock(MUG, self.paper(), line, place, units, aside, 3, "EUR")
        self.moved(command, lambda: self.put(place, units, units if aside else 0))

    @rule(line=lines, units=quantities)
    def backorder(self, line, units):
        self.reserve(line, units, waits=True, term=0)

    @rule(line=lines, units=quantities, waits=st.booleans(), term=st.sampled_from([0, 5]))
    def reserve(self, line, units, waits, term):
        shortfall = events.Shortfall.BACKORDER if waits else events.Shortfall.DECLINE
        channel = line.partition(":")[0]
        demand = (commands.Demand(line, units),)
        happened = self.handle(commands.ReserveStock(MUG, channel, demand, shortfall, term))
        need = units - self.held.get(line, [0])[0] - self.queue.get(line, [0])[0]
        there = self.promisable(channel)
        granted = sum(e.quantity for e in happened if isinstance(e, events.StockReserved))
        if need <= 0:
            assert happened == ()
        elif need > there and not waits:
            assert [type(event) for event in happened] == [events.ReservationDeclined]
        else:
            assert granted == min(need, there)
            if granted:
                self.grant(line, granted, term)
            if need > granted:
                self.queue.setdefault(line, [0, term])[0] += need - granted
                self.queue[line][1] = term

    @rule(cart=carts, customer=st.sampled_from(["", "C1"]), units=st.integers(0, 9), term=few)
    def shop(self, cart, customer, units, term):
        channel, holder = cart.partition(":")[0], customer or cart
        command = commands.SoftReserveStock(MUG, cart, channel, customer, units, 6, term)
        told = []

        def change():
            told.append(self.put_in(cart, holder, units, 6, term))

        declined = [
            (e.requested, e.available)
            for e in self.moved(command, change)
            if isinstance(e, events.SoftReservationDeclined)
        ]
        assert declined == ([(units, told[0])] if told[0] < units else [])

    @precondition(lambda self: self.carts)
    @rule(cart=carts, now=few)
    def ring_for_a_cart(self, cart, now):
        def end():
            if cart in self.carts and self.carts[cart][2] <= now:
                self.take_out(cart, self.carts[cart][0])

        self.moved(commands.ExpireSoftReservation(MUG, cart, now), end)

    @precondition(lambda self: self.carts)
    @rule(data=st.data(), units=quantities, waits=st.booleans())
    def check_out(self, data, units, waits):
        """The cart's units are the order's before anybody else can be served."""
        cart = data.draw(st.sampled_from(sorted(self.carts)))
        channel, line, has = cart.partition(":")[0], f"{cart}/1", self.carts[cart][0]
        shortfall = events.Shortfall.BACKORDER if waits else events.Shortfall.DECLINE
        demand = (commands.Demand(line, units),)
        happened = self.handle(
            commands.ReserveStock(MUG, channel, demand, shortfall, 0, cart_id=cart)
        )
        need = units - self.held.get(line, [0])[0] - self.queue.get(line, [0])[0]
        if need <= 0:
            assert happened == ()
            return
        self.take_out(cart, has)
        there = self.promisable(channel)
        granted = min(need, there) if waits or need <= there else 0
        if granted:
            self.grant(line, granted, 0)
        if waits and need > granted:
            self.queue.setdefault(line, [0, 0])[0] += need - granted
        end = happened[0]
        assert (end.cart_id, end.quantity) == (cart, has)
        assert getattr(end, "taken", 0) == min(has, granted)
        served = [(e.line_id, e.quantity) for e in happened if isinstance(e, events.StockReserved)]
        assert served == [(line, granted)] * bool(granted) + self.serve()

    @precondition(lambda self: self.held)
    @rule(data=st.data(), units=quantities)
    def release(self, data, units):
        line = data.draw(st.sampled_from(sorted(self.held)))
        units = min(units, self.held[line][0])
        self.moved(
            commands.ReleaseReservation(MUG, line, units), lambda: self.give_back(line, units)
        )

    @precondition(lambda self: self.queue)
    @rule(line=lines, units=quantities)
    def stop_waiting(self, line, units):
        happened = self.handle(commands.CancelBackorder(MUG, line, units))
        assert bool(happened) == (line in self.queue)
        if happened:
            self.queue[line][0] -= min(units, self.queue[line][0])
            if not self.queue[line][0]:
                del self.queue[line]

    @precondition(lambda self: self.held or self.queue)
    @rule(line=lines, now=st.integers(4, 6))
    def ring_the_alarm(self, line, now):
        def end():
            if line in self.held and 0 < self.held[line][2] <= now:
                self.give_back(line, self.held[line][0])
            if line in self.queue and 0 < self.queue[line][1] <= now:
                del self.queue[line]

        self.moved(commands.ExpireReservation(MUG, line, now), end)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), fulfilment=fulfilments, place=places)
    def allocate_all(self, data, fulfilment, place):
        line = data.draw(st.sampled_from(sorted(self.held)))
        self.allocate_line(line, fulfilment, place, self.held[line][0])

    @precondition(lambda self: self.held)
    @rule(data=st.data(), fulfilment=fulfilments, place=places, units=quantities)
    def allocate(self, data, fulfilment, place, units):
        line = data.draw(st.sampled_from(sorted(self.held)))
        self.allocate_line(line, fulfilment, place, units)

    def allocate_line(self, line, fulfilment, place, units):
        happened = self.handle(commands.AllocateStock(MUG, line, fulfilment, place, units))
        held, fenced, term = self.held[line]
        if (fulfilment, line) in self.tied:
            assert happened == ()
        elif units > held:
            assert happened is None
        elif units > self.can_give(place):
            (declined,) = happened
            assert declined.available == self.can_give(place)
        else:
            assert [type(event) for event in happened] == [events.StockAllocated]
            fenced = min(fenced, units)
            self.held[line][0] -= units
            self.held[line][1] -= fenced
            if not self.held[line][0]:
                del self.held[line]
            self.tied[fulfilment, line] = (place, units, fenced, term)

    @precondition(lambda self: self.tied)
    @rule(data=st.data())
    def deallocate(self, data):
        fulfilment, line = data.draw(st.sampled_from(sorted(self.tied)))
        self.handle(commands.DeallocateStock(MUG, line, fulfilment))
        _, units, fenced, term = self.tied.pop((fulfilment, line))
        entry = self.held.setdefault(line, [0, 0, term])
        entry[0], entry[1], entry[2] = entry[0] + units, entry[1] + fenced, term

    @precondition(lambda self: self.tied)
    @rule(data=st.data())
    def lose_what_was_tied(self, data):
        place, _, _, _ = self.tied[data.draw(st.sampled_from(sorted(self.tied)))]
        self.count(place, 1)

    @precondition(lambda self: self.tied)
    @rule(data=st.data())
    def ship(self, data):
        fulfilment, line = data.draw(st.sampled_from(sorted(self.tied)))
        place, units, _, _ = self.tied[fulfilment, line]
        picked = data.draw(st.integers(0, units + 1))
        happened = self.handle(commands.ShipStock(MUG, line, fulfilment, picked))
        if picked > units:
            assert happened is None
            return
        left = {type(e): e.quantity for e in happened}
        assert left.get(events.StockShipped, 0) == picked
        assert left.get(events.StockShorted, 0) == units - picked
        del self.tied[fulfilment, line]
        shelf = self.shelves[place]
        shelf.there = max(0, shelf.there - units)
        shelf.aside = min(shelf.aside, shelf.there)

    @rule(
        correction=st.sampled_from(["quarantine", "lift", "find", "lose", "count"]),
        place=places,
        units=quantities,
    )
    def correct(self, correction, place, units):
        getattr(self, correction)(place, units)

    def quarantine(self, place, units):
        shelf = self.shelves[place]
        command = commands.QuarantineStock(MUG, self.paper(), place, units, "wet")
        if units > shelf.there - shelf.aside:
            assert self.handle(command) is None
        else:
            self.moved(command, lambda: self.put(place, 0, units))

    def lift(self, place, units):
        command = commands.LiftQuarantine(MUG, self.paper(), place, units)
        if units > self.shelves[place].aside:
            assert self.handle(command) is None
        else:
            self.moved(command, lambda: self.put(place, 0, -units))

    def find(self, place, units):
        self.adjust(place, units)

    def lose(self, place, units):
        self.adjust(place, -units)

    def adjust(self, place, units):
        reason = events.AdjustmentReason.LOST if units < 0 else events.AdjustmentReason.FOUND
        command = commands.AdjustStock(MUG, self.paper(), place, units, reason)
        if self.shelves[place].there + units < 0:
            assert self.handle(command) is None
        else:
            self.moved(command, lambda: self.put(place, units))

    def count(self, place, units):
        counted = units - 1
        command = commands.CountStock(MUG, self.paper(), place, counted)
        self.moved(command, lambda: self.put(place, counted - self.shelves[place].there))

    @rule(origin=places, destination=places, units=quantities)
    def send(self, origin, destination, units):
        transfer_id, shelf = self.paper(), self.shelves[origin]
        command = commands.DispatchTransfer(MUG, transfer_id, origin, destination, units)
        if units > shelf.there - shelf.aside - self.tied_at(origin):
            assert self.handle(command) is None
        else:
            self.moved(command, lambda: self.put(origin, -units))
            self.transfers[transfer_id] = (destination, units)

    @precondition(lambda self: self.transfers)
    @rule(data=st.data())
    def arrive(self, data):
        transfer_id = data.draw(st.sampled_from(sorted(self.transfers)))
        destination, sent = self.transfers.pop(transfer_id)
        units = data.draw(st.integers(0, sent))
        command = commands.ReceiveTransfer(MUG, transfer_id, units)
        self.moved(command, lambda: self.put(destination, units))

    @rule(policy=st.sampled_from(["configure", "set_threshold", "set_fence"]), units=few)
    def set_policy(self, policy, units):
        getattr(self, policy)(units)

    def configure(self, units):
        place, safety, sells = "AB"[units % 2], units // 2, units != 3

        def change():
            self.shelves[place].safety, self.shelves[place].sells = safety, sells

        self.moved(commands.ConfigureLocation(MUG, place, safety, sells), change)

    def set_threshold(self, units):
        def change():
            self.threshold = units

        self.moved(commands.SetThreshold(MUG, units), change)

    def set_fence(self, units):
        channel = "web" if units % 2 else "till"

        def change():
            self.fences[channel] = units

        command = commands.SetRingFence(MUG, channel, units)
        if units - self.fences[channel] > max(0, self.free()):
            assert self.handle(command) is None
        else:
            self.moved(command, change)

    # What is always so

    @invariant()
    def both_know_the_same(self):
        for place, shelf in self.shelves.items():
            location = self.state.locations.get(place)
            known = (location.on_hand, location.quarantined) if location else (0, 0)
            assert known == (shelf.there, shelf.aside)
            assert (location.allocated if location else 0) == self.tied_at(place)
        held = {line: [r.quantity, r.fenced, r.expires_at] for line, r in self.entries("held")}
        assert held == self.held
        assert {line: b.quantity for line, b in self.entries("queue")} == {
            line: units for line, (units, _) in self.queue.items()
        }
        carts = {c: [s.quantity, s.fenced, s.expires_at, s.holder] for c, s in self.entries("soft")}
        assert carts == self.carts
        assert {c: self.state.fences.get(c, 0) for c in self.fences} == self.fences
        assert all(self.state.available(c) == self.promisable(c) for c in self.fences)

    def entries(self, what):
        entries = {
            "held": self.state.reservations,
            "queue": self.state.backorders,
            "soft": self.state.soft,
        }
        return sorted(entries[what].items())

    @invariant()
    def no_more_is_promised_than_is_there_unless_a_person_was_told(self):
        told = any(isinstance(event, events.StockOversold) for event in self.log)
        assert told or not self.missing()

    @invariant()
    def totals_are_what_their_parts_add_up_to(self):
        state = self.state
        assert displayed(state) == sums(self.log)
        assert state.pool == sum(map(self.can_give, self.shelves))
        assert state.reserved == sum(units for units, _, _ in self.held.values())
        assert state.soft_reserved == self.in_carts()
        assert all(units == self.in_carts(who) for who, units in state.held.items())
        assert state.allocated == sum(units for _, units, _, _ in self.tied.values())
        assert state.fenced == sum(self.fences.values())
        on_the_way = sum(units for _, units in self.transfers.values())
        assert state.units == on_the_way + sum(shelf.there for shelf in self.shelves.values())
        assert min(state.units, state.value_minor, state.reserved, state.allocated) >= 0


TestStock = StockMachine.TestCase
TestStock.settings = settings(max_examples=100, stateful_step_count=50)
