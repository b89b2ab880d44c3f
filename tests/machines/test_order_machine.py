"""An order beside a board with a peg for each unit: whatever the world says, the two agree."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from oms_core.domain.order import commands
from oms_core.domain.order.decider import order
from oms_core.domain.order.events import Blocked, OnShortage
from oms_core.kernel import Rejected
from tests.support.order import (
    CANCEL,
    CAP,
    CAPS,
    MUG,
    MUGS,
    ORDER,
    POST,
    POSTAGE,
    allocate,
    assert_books_balance,
    assert_money_is_shared_out,
    authorize,
    backorder,
    cancel_line,
    hold,
    part,
    plan,
    reroute,
    reserve,
    send_back,
    ship,
    short,
    wish,
)
from tests.support.pegboard import CHEAPEST_FIRST, GOODS, QUANTITIES, WAITING, Pegboard
from tests.support.wandering import answer

lines = st.sampled_from([MUG, CAP, POST])
goods = st.sampled_from(GOODS)
quantities = st.integers(1, 3)
picks = st.integers(0, 10)
doubts = st.sampled_from(["h1", "h2"])


class OrderMachine(RuleBasedStateMachine):
    """Tells decider and board the same, and compares where every unit is and what it cost."""

    def __init__(self):
        super().__init__()
        self.state, self.log = order.initial, []
        self.said = 0
        self.board = Pegboard(split=False, gives_up=False)

    def tell(self, command):
        """Return whether the order took the command."""
        said = answer(order, command, self.state)
        if isinstance(said, Rejected):
            return False
        self.log += said
        for event in said:
            self.state = order.evolve(self.state, event)
        return True

    def name(self):
        """Return a name that was not used before."""
        self.said += 1
        return f"{self.said}"

    @property
    def is_open(self):
        return self.board.phase == "placed"

    @property
    def is_short(self):
        return any(name.startswith("shortage") for name in self.board.holds)

    @initialize(on_shortage=st.sampled_from(OnShortage), in_stock=st.sampled_from([0, 1, 2, 2]))
    def place(self, on_shortage, in_stock):
        self.board = Pegboard(
            on_shortage is OnShortage.SPLIT, gives_up=on_shortage is OnShortage.CANCEL
        )
        self.tell(wish(MUGS, CAPS, POSTAGE, on_shortage=on_shortage))
        for line in GOODS[:in_stock]:
            self.pay()
            self.reserve_the_whole_line(line)

    @rule(line=lines, quantity=quantities)
    def reserve(self, line, quantity):
        assert self.tell(reserve(line, quantity))
        if self.is_open and not self.is_short:
            pegs = self.board.find(line, *reversed(WAITING))[:quantity]
            self.move(pegs, "reserved")

    def move(self, pegs, bucket):
        """Put pegs elsewhere; news of some may be what the order waited for."""
        for peg in pegs:
            peg.bucket = bucket
        if pegs:
            self.board.release_if_nothing_stands_in_the_way()

    @rule(line=goods)
    def reserve_the_whole_line(self, line):
        self.reserve(line, QUANTITIES[line])

    @rule(line=lines, quantity=quantities)
    def backorder(self, line, quantity):
        assert self.tell(backorder(line, quantity)) == self.is_open
        if self.is_open:
            self.move(self.board.find(line, "unreserved")[:quantity], "backordered")

    @precondition(lambda self: self.said > 1)
    @rule(line=goods)
    def decline(self, line):
        assert self.tell(commands.RecordShortage(ORDER, line, 1, 0))
        if not self.is_open or not self.board.find(line, "unreserved"):
            return
        if self.board.gives_up:
            self.give_up(self.board.open)
        elif f"shortage:{line}" not in self.board.holds:
            self.board.holds.add(f"shortage:{line}")
            for peg in self.board.find("", "reserved"):
                peg.bucket = "unreserved"

    @rule()
    def pay(self):
        assert self.tell(authorize(2200))
        if not self.board.paid:
            self.board.paid = True
            self.board.release_if_nothing_stands_in_the_way()

    @precondition(lambda self: self.said > 1)
    @rule(name=doubts)
    def doubt(self, name):
        known = name in self.state.holds
        assert self.tell(hold(name, Blocked.RELEASE)) == (known or self.board.phase != "cancelled")
        if not known and self.board.phase != "cancelled":
            self.board.holds.add(name)

    @precondition(lambda self: self.board.holds)
    @rule(pick=picks)
    def resolve(self, pick):
        name = sorted(self.board.holds)[pick % len(self.board.holds)]
        assert self.tell(commands.ResolveHold(ORDER, name))
        self.board.holds.discard(name)
        self.board.release_if_nothing_stands_in_the_way()

    @precondition(lambda self: self.board.find("", "released", "reserved"))
    @rule(mugs=st.integers(0, 3), caps=st.integers(0, 2))
    def plan(self, mugs, caps):
        name = f"{ORDER}/f{self.name()}"
        parts = [part(line, n) for line, n in ((MUG, mugs), (CAP, caps)) if n]
        free = {line: self.board.find(line, "released", parcel="") for line in GOODS}
        may = bool(parts) and mugs <= len(free[MUG]) and caps <= len(free[CAP])
        assert self.tell(plan(name, *parts)) == (may and self.is_open)
        if may:
            for peg in (*free[MUG][:mugs], *free[CAP][:caps]):
                peg.parcel = name

    @precondition(lambda self: self.board.find("", "released", "reserved"))
    @rule()
    def plan_everything(self):
        self.plan(*(len(self.board.find(line, "released", parcel="")) for line in GOODS))

    def somewhere(self, pick, *buckets):
        """Return a parcel and a line of which units are in it."""
        places = sorted({(peg.parcel, peg.line) for peg in self.board.find("", *buckets)})
        return (
            next(((p, n) for p, n in places[pick % len(places) :] + places if p), ("", MUG))
            if places
            else ("", MUG)
        )

    @precondition(lambda self: self.board.find("", "released"))
    @rule(pick=picks)
    def allocate(self, pick):
        parcel, line = self.somewhere(pick, "released")
        pegs = self.board.find(line, "released", parcel=parcel) if parcel else []
        assert self.tell(allocate(line, len(pegs), parcel or "none")) == bool(pegs)
        for peg in pegs:
            peg.bucket = "allocated"
        self.after_a_step_of(parcel)

    @rule(pick=picks)
    def reroute(self, pick):
        parcel, line = self.somewhere(pick, "released", "allocated")
        pegs = self.board.find(line, "released", "allocated", parcel=parcel) if parcel else []
        assert self.tell(reroute(line, len(pegs) + 1, parcel or "none"))
        for peg in pegs:
            peg.bucket, peg.parcel = "reserved", ""
        self.after_a_step_of(parcel)

    def after_a_step_of(self, parcel):
        """Release what left a parcel once the parcel has an answer for all that is in it."""
        inside = {peg.bucket for peg in self.board.find(parcel=parcel)} if parcel else {"nothing"}
        waits = "released" in inside or (parcel in self.board.asked and "allocated" in inside)
        if parcel and not waits:
            self.board.settle_parcels()
            self.board.release_if_nothing_stands_in_the_way()

    @precondition(lambda self: self.board.find("", "allocated"))
    @rule(pick=picks, missing=st.integers(0, 2))
    def leave(self, pick, missing):
        parcel, line = self.somewhere(pick, "allocated")
        pegs = self.board.find(line, "allocated", parcel=parcel)
        here, lost = pegs[missing:], pegs[:missing]
        if here:
            assert self.tell(ship(line, len(here), parcel))
            self.board.gone[parcel] = self.board.gone.get(parcel, 0) + self.board.ship(here)
            self.board.settle_parcels()
        if lost:
            assert self.tell(short(line, len(lost), parcel))
            for peg in lost:
                peg.bucket, peg.parcel = "unreserved", ""
            self.board.settle_parcels()

    @precondition(lambda self: self.is_open)
    @rule(pick=picks, missing=st.sampled_from([0, 0, 1]), steps=st.integers(1, 4))
    def go_on(self, pick, missing, steps):
        """Take the next steps of an order that goes well, so that many get to its end."""
        for _ in range(steps):
            if self.board.find("", "allocated"):
                self.leave(pick, missing)
            elif any(peg.parcel for peg in self.board.find("", "released")):
                self.allocate(pick)
            elif any(self.board.find(line, "released") for line in GOODS):
                self.plan_everything()
            else:
                self.pay()
                self.reserve_the_whole_line(GOODS[pick % 2])

    @precondition(lambda self: self.said > 2)
    @rule(line=lines, quantity=quantities)
    def cancel_line(self, line, quantity):
        pegs = self.in_order_of_cost(line)
        took = self.tell(cancel_line(line, quantity, self.name()))
        assert took == (self.is_open and quantity <= len(pegs))
        if took:
            self.give_up(pegs[:quantity])

    def in_order_of_cost(self, line):
        """Return the open units of a line, the cheapest to undo first."""
        return sorted(
            (peg for peg in self.board.open if peg.line == line),
            key=lambda peg: (
                CHEAPEST_FIRST.index(peg.bucket),
                peg.parcel != "",
                -int(peg.parcel.rpartition("f")[2] or 0),
            ),
        )

    def give_up(self, pegs):
        """Take units off the board, and let the rest go on."""
        self.board.give_up(pegs)
        self.board.release_if_nothing_stands_in_the_way()

    @precondition(lambda self: self.said > 6)
    @rule()
    def cancel(self):
        assert self.tell(CANCEL)
        if self.is_open:
            self.give_up(self.board.open)

    @precondition(lambda self: self.board.find("", "shipped"))
    @rule(line=lines, quantity=quantities)
    def send_back(self, line, quantity):
        left = len(self.board.find(line, "shipped")) - self.board.returned[line]
        amount = self.board.price_of_returns(line, quantity)
        took = self.tell(send_back(self.name(), (line, quantity)))
        assert took == (quantity <= left and self.board.refunded + amount <= self.board.charged)
        if took:
            self.board.returned[line] += quantity
            self.board.refunded += amount

    @invariant()
    def every_unit_is_where_its_peg_is(self):
        assert self.state.phase in {"unknown", self.board.phase}
        for line_id, line in self.state.lines.items():
            expected = self.board.counts(line_id)
            assert {bucket: getattr(line, bucket) for bucket in expected} == expected
            assert line.returned == self.board.returned[line_id]

    @invariant()
    def every_unit_is_worth_its_price(self):
        assert self.state.charged_minor == self.board.charged
        assert self.state.refunded_minor == self.board.refunded

    @invariant()
    def the_books_balance(self):
        assert_books_balance(self.state)
        assert_money_is_shared_out(self.log, self.state)


OrderMachine.TestCase.settings = settings(
    max_examples=4 * settings().max_examples, stateful_step_count=40
)
TestOrder = OrderMachine.TestCase
