"""Whoever shops, leaves, comes back and commits: no unit is in two hands, and none is forgotten."""

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from oms_core.domain.cart import commands, events
from oms_core.domain.cart.state import SECOND
from oms_core.domain.order.events import OrderPlaced
from oms_core.domain.stock import commands as stock
from oms_core.domain.stock import events as stocked
from oms_core.engine.catalog import BY_CATEGORY, catalog
from oms_core.engine.cause import Cause, Verdict
from oms_core.engine.unit import UnitOfWork
from oms_core.kernel import Instant
from oms_core.policies.config import EUROPE_AND_ASIA
from projections.books import Books
from tests.machines.naive_carts import CAP, CLOSED, EXPIRE, IDLE, RESERVE, NaiveCart, NaiveShop
from tests.support.shop import placement, receipt

CATALOG = catalog(replace(EUROPE_AND_ASIA, cart_units_max=CAP))
PROCESSES = {process.category: process.initial for process in CATALOG.processes}
NAMES = ("web:c1", "web:c2", "phone:c3", "phone:c4")
PRICE = events.Price("10.00", 1_000)

names = st.sampled_from(NAMES)
line_ids = st.sampled_from(["a", "b", "c"])
items = st.sampled_from(["MUG", "CUP"])
units = st.integers(1, 6)


def at(second):
    return Instant(second * SECOND)


class CartMachine(NaiveShop, RuleBasedStateMachine):
    """Drives carts, stock and orders together beside the naive shop."""

    def __init__(self) -> None:
        RuleBasedStateMachine.__init__(self)
        NaiveShop.__init__(self)
        self.unit = UnitOfWork(CATALOG, self.unseen, at(0))
        self.books = Books()
        self.counter = 0
        self.known: dict[str, set[str]] = {name: set() for name in NAMES}

    # The shop itself, beside it

    @staticmethod
    def unseen(stream):
        category = stream.partition(":")[0]
        boundary = BY_CATEGORY.get(category)
        return 0, boundary.initial if boundary else PROCESSES[category]

    def number(self):
        self.counter += 1
        return self.counter

    def do(self, command):
        """Let a command be decided with all that follows; return the events, or `None`."""
        answer = self.unit.run(Cause(command, "cause", "user:anna"))
        for recorded in answer.recorded:
            self.books.add(recorded)
        if answer.verdict is Verdict.REJECTED:
            return None
        return [recorded.event for recorded in answer.recorded]

    def state(self, stream):
        return self.unit.states.get(stream, self.unseen(stream))[1]

    @initialize(mugs=st.integers(0, 9), cups=st.integers(0, 9))
    def open(self, mugs, cups):
        for item, there in (("MUG", mugs), ("CUP", cups)):
            self.receive(item, there + 1)
        for number, name in enumerate(NAMES):
            channel, _, reference = name.partition(":")
            customer = ("C1", "C1", "C2", "")[number]
            self.carts[name] = NaiveCart(customer or name)
            self.do(
                commands.OpenCart(
                    name, channel, reference, "EUR", at(0), customer, RESERVE, IDLE, EXPIRE
                )
            )

    @rule(item=items, there=units)
    def receive(self, item, there):
        self.do(receipt(item, there, document=f"R{self.number()}"))
        self.shelf[item] += there

    @rule(seconds=st.sampled_from([1, 2, 4, 8]))
    def time_passes(self, seconds):
        self.now += seconds

    # Shopping

    def shop(self, name, command, change):
        """Do the same in both; neither a closed cart nor a repeated command changes anything."""
        cart, happened = self.carts[name], self.do(command)
        if cart.standing in CLOSED:
            assert happened is None
            return
        assert happened is not None
        self.touch(cart)
        change(cart)
        assert self.do(command) == [] or isinstance(command, commands.ExtendCart)

    @rule(name=names, line=line_ids, item=items, units=units)
    def add(self, name, line, item, units):
        if line in self.known[name]:
            return
        self.known[name].add(line)

        def change(cart):
            cart.lines[line] = [item, units]
            self.ask(cart, item)

        self.shop(
            name, commands.AddToCart(name, line, item, item, units, at(self.now), PRICE), change
        )

    @rule(name=names, data=st.data(), units=units)
    def change(self, name, data, units):
        if not self.carts[name].lines:
            return
        line = data.draw(st.sampled_from(sorted(self.carts[name].lines)))

        def change(cart):
            cart.lines[line][1] = units
            self.ask(cart, cart.lines[line][0])

        change_id = f"x{self.number()}"
        self.shop(
            name, commands.ChangeCartLine(name, line, change_id, units, at(self.now), PRICE), change
        )

    @rule(name=names, data=st.data())
    def remove(self, name, data):
        if not self.carts[name].lines:
            return
        line = data.draw(st.sampled_from(sorted(self.carts[name].lines)))

        def change(cart):
            item, _ = cart.lines.pop(line)
            self.ask(cart, item)

        self.shop(name, commands.RemoveFromCart(name, line, at(self.now)), change)

    @rule()
    def say_who_they_are(self):
        name = NAMES[3]
        if self.carts[name].customer != name:
            return

        def change(cart):
            cart.customer = "C2"
            for item in cart.items():
                self.ask(cart, item)

        self.shop(name, commands.SetCartCustomer(name, "C2", at(self.now)), change)

    @rule(name=names)
    def extend(self, name):
        cart = self.carts[name]
        if cart.standing in CLOSED or cart.active >= self.now:
            return

        def change(cart):
            for item in cart.items():
                self.ask(cart, item)

        self.shop(name, commands.ExtendCart(name, at(self.now)), change)

    # Alarms: some ring early, some late, some twice

    @rule(name=names)
    def ring_for_who_left(self, name):
        for _ in range(2):
            assert self.do(commands.AbandonCart(name, at(self.now))) is not None
            self.leave(name)

    @rule(name=names)
    def leave_and_come_back(self, name):
        self.now += IDLE
        self.ring_for_who_left(name)
        self.now += 1
        self.extend(name)

    @rule(name=names)
    def ring_for_what_lapses(self, name):
        for _ in range(2):
            assert self.do(commands.ExpireCart(name, at(self.now))) is not None
            self.lapse(self.carts[name])

    @rule(name=names, item=items)
    def ring_for_what_is_held(self, name, item):
        for _ in range(2):
            self.do(stock.ExpireSoftReservation(item, name, at(self.now)))
            self.give_back(self.carts[name], item)

    # Committing

    @precondition(lambda self: any(cart.items() for cart in self.carts.values()))
    @rule(data=st.data())
    def check_out(self, data):
        """The order has all its units at once, or none; the cart's own are never in between."""
        full = sorted(name for name, cart in self.carts.items() if cart.items())
        name = data.draw(st.sampled_from(full))
        cart, reference = self.carts[name], str(self.number())
        wanted = {item: cart.wanted(item) for item in cart.items() if cart.wanted(item)}
        net = sum(line.price.net_minor for line in self.state(f"cart:{name}").lines)
        command = commands.CheckOutCart(
            name,
            reference,
            (events.Payment("p1", events.Method.CARD, net, "tok"),) if net else (),
            events.Address("FR"),
            events.Shortage.HOLD,
            at(self.now),
        )
        happened = self.do(command)
        self.touch(cart)
        accepted = cart.customer != name and bool(wanted)
        assert any(isinstance(e, OrderPlaced) for e in happened) == accepted
        assert any(isinstance(e, events.CheckoutRejected) for e in happened) != accepted
        assert self.do(command) == []
        if accepted:
            self.sell(wanted, cart)

    @rule(item=items, units=units)
    def order_by_phone(self, item, units):
        """An order that comes from no cart takes nothing that a cart holds."""
        happened = self.do(placement(self.number(), (item, units), channel="shop"))
        fits = units <= self.free(item)
        assert any(isinstance(e, stocked.StockReserved) for e in happened) == fits
        self.sell({item: units})

    # What is always so

    @invariant()
    def both_know_who_holds_what(self):
        for item in self.shelf:
            state = self.state(f"stock:{item}")
            held = {
                name: [cart.held[item][0], at(cart.held[item][1])]
                for name, cart in self.carts.items()
                if item in cart.held
            }
            assert {c: [h.quantity, h.expires_at] for c, h in state.soft.items()} == held
            assert state.reserved == self.sold[item]

    @invariant()
    def both_know_what_is_wanted(self):
        for name, cart in self.carts.items():
            state = self.state(f"cart:{name}")
            if cart.standing not in CLOSED:
                lines = [(line.line_id, line.item_id, line.quantity) for line in state.lines]
                assert lines == [(line, *entry) for line, entry in cart.lines.items()]
            assert (str(state.phase), state.episode) == (cart.standing, cart.episode)

    @invariant()
    def p1_no_unit_is_in_two_hands(self):
        for item, there in self.shelf.items():
            assert self.sold[item] + self.in_carts(item) <= there
            assert self.state(f"stock:{item}").available() == self.free(item)

    @invariant()
    def nobody_holds_more_than_the_shop_allows(self):
        for item in self.shelf:
            for customer in {cart.customer for cart in self.carts.values()}:
                assert self.in_carts(item, customer) <= CAP

    @invariant()
    def p18_every_unit_that_was_held_has_one_end_or_is_still_held(self):
        assert self.books.findings == []
        kept = sum(map(self.in_carts, self.shelf)) + sum(self.sold.values())
        assert self.books.promised.total() - self.books.ended.total() == kept

    @invariant()
    def s53_every_episode_is_told_of_once(self):
        told = [
            (recorded.event.cart_id, recorded.event.episode)
            for recorded in self.unit.recorded
            if isinstance(recorded.event, events.CartAbandoned)
        ]
        assert told == self.told
        assert set(Counter(told).values()) <= {1}


TestCarts = CartMachine.TestCase
TestCarts.settings = settings(max_examples=100, stateful_step_count=50)
