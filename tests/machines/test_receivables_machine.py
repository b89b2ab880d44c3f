"""Invoices, their numbers and an account beside a clerk's ledger: whatever is asked, they agree."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from msgspec.structs import astuple, replace

from oms_core.domain.account import commands as account
from oms_core.domain.invoice import commands as invoice
from oms_core.domain.invoice.events import DocumentKind, InvoiceLine
from oms_core.domain.order.commands import RecordCorrection
from oms_core.kernel.calendar import days_after, read_date
from tests.laws.world import World
from tests.support.receivables import ACCOUNT, CONTENT

NUMBERS = st.sampled_from(range(3))
AMOUNTS = st.sampled_from([1, 400, 1_000, 1_500])
LIMITS = st.sampled_from([1_000, 2_000, 5_000])
YEAR_DAYS = 300
TERMS_DAYS, SCHEDULE = 30, (7, 21)
FIRST = read_date("2026-01-01", "")
SERIES = ("OMS-FR-INV-2026", "OMS-FR-CN-2026")


@dataclass
class Paper:
    """One invoice on the clerk's desk."""

    order: str
    total: int
    issued: int | None = None  # The day of the year.
    left: int = 0
    reminders: int = 0
    reminded: int = 0
    corrected: int = 0
    touched: bool = False
    ended: bool = False

    @property
    def owed(self) -> int:
        """What counts against the limit: a draft counts in full."""
        if self.ended:
            return 0
        return self.total if self.issued is None else self.left

    @property
    def next_reminder(self) -> int:
        """The day of the next reminder: as planned, but never too soon after the last."""
        assert self.issued is not None
        planned = self.issued + TERMS_DAYS + SCHEDULE[self.reminders]
        if not self.reminders:
            return planned
        return max(planned, self.reminded + SCHEDULE[self.reminders] - SCHEDULE[0])


@dataclass
class Clerk:
    """A ledger so simple that it is obviously right: every sum is added up anew."""

    limit: int | None = None
    granted: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    papers: dict[str, Paper] = field(default_factory=dict)
    disposal: int = 0
    taken_in: int = 0
    paid: int = 0
    numbered: int = 0

    @property
    def exposure(self) -> int:
        """What is owed and will be."""
        return sum(self.granted.values()) + sum(paper.owed for paper in self.papers.values())

    @property
    def blocked(self) -> bool:
        """Whether somebody was reminded twice in vain."""
        return any(paper.reminders >= 2 and paper.owed for paper in self.papers.values())

    def grant(self) -> None:
        """Let go whoever fits, the first come first."""
        for order, amount in list(self.waiting.items()):
            if self.limit is not None and not self.blocked and self.exposure + amount <= self.limit:
                self.granted[order] = self.waiting.pop(order)

    def take_in(self, amount: int, names: list[str]) -> None:
        """Put an amount at disposal, and pay these papers with it as far as it goes."""
        self.taken_in += amount
        for name in names:
            part = min(amount, self.papers[name].left)
            amount -= part
            self.paid += part
            self.papers[name].left -= part
            self.papers[name].touched |= part > 0
        self.disposal += amount
        self.grant()

    def payable(self, order: str = "") -> list[str]:
        """Return the invoices that are out and open, the first due first."""
        out = [
            (paper.issued, name)
            for name, paper in self.papers.items()
            if paper.issued is not None and paper.owed and order in ("", paper.order)
        ]
        return [name for _, name in sorted(out)]


class ReceivablesMachine(RuleBasedStateMachine):
    """Drives the deciders and the processes between them beside the clerk."""

    def __init__(self):
        super().__init__()
        self.world, self.clerk = World(), Clerk()
        self.documents = self.receipts = self.day = 0

    def state(self, stream):
        return self.world.states.get(stream)

    @initialize(limit=LIMITS, amount=AMOUNTS, late=st.booleans())
    def open_account(self, limit, amount, late):
        self.world.ask(account.OpenAccount(ACCOUNT, "C1", "EUR", limit))
        self.clerk.limit = limit
        self.order(0, amount)
        if self.clerk.granted:
            self.deliver("o0", amount, at_once=True)
        for _ in range(2 * late):
            self.remind_everybody(60)

    @rule(limit=LIMITS)
    def change_limit(self, limit):
        self.world.ask(account.ChangeLimit(ACCOUNT, limit))
        if limit != self.clerk.limit:
            self.clerk.limit = limit
            self.clerk.grant()

    @rule(number=NUMBERS, amount=AMOUNTS)
    def order(self, number, amount):
        order = f"o{number}"
        self.world.ask(account.RequestCredit(ACCOUNT, order, "p", amount))
        if order not in self.clerk.granted and order not in self.clerk.waiting:
            clerk = self.clerk
            fits = clerk.limit is not None and clerk.exposure + amount <= clerk.limit
            (clerk.granted if fits and not clerk.blocked else clerk.waiting)[order] = amount

    @rule(number=NUMBERS)
    def approve(self, number):
        order = f"o{number}"
        self.world.ask(account.ApproveCredit(ACCOUNT, order))
        if order in self.clerk.waiting:
            self.clerk.granted[order] = self.clerk.waiting.pop(order)

    @rule(number=NUMBERS, amount=AMOUNTS)
    def cancel(self, number, amount):
        order, clerk = f"o{number}", self.clerk
        self.world.ask(account.ReleaseCredit(ACCOUNT, order, amount))
        book = clerk.waiting if order in clerk.waiting else clerk.granted
        if order in book:
            book[order] -= min(amount, book[order])
            if not book[order]:
                del book[order]
            clerk.grant()

    @property
    def today(self):
        return days_after(FIRST, self.day).isoformat()

    @precondition(lambda self: self.clerk.granted)
    @rule(data=st.data(), share=st.sampled_from([2, 1]), at_once=st.booleans())
    def ship(self, data, share, at_once):
        """Invoice all of what an order was granted, or half of it."""
        order = data.draw(st.sampled_from(sorted(self.clerk.granted)))
        if amount := self.clerk.granted[order] // share:
            self.deliver(order, amount, at_once=at_once)

    def deliver(self, order, amount, *, at_once):
        self.documents += 1
        name = f"{order}/f{self.documents}"
        line = InvoiceLine(f"{order}/1", "MUG", "MUG", 1, "1", amount, 0)
        content = replace(CONTENT, order_id=order, lines=(line,))
        for _ in range(2):
            self.world.ask(invoice.DraftInvoice(name, content))
        self.clerk.papers[name] = Paper(order, amount)
        self.clerk.granted[order] -= amount
        if not self.clerk.granted[order]:
            del self.clerk.granted[order]
        if at_once:
            self.send_out(name)

    @precondition(lambda self: self.clerk.papers)
    @rule(data=st.data())
    def issue(self, data):
        self.send_out(self.choose(data))

    def send_out(self, name):
        for _ in range(2):
            self.world.ask(invoice.IssueInvoice(name, self.today))
        paper = self.clerk.papers[name]
        if paper.issued is None and not paper.ended:
            paper.issued, paper.left = self.day, paper.total
            self.clerk.numbered += 1

    @rule(data=st.data(), amount=AMOUNTS, named=st.booleans())
    def pay(self, data, amount, named):
        name = self.choose(data) if named and self.clerk.papers else ""
        self.receipts += 1
        receipt = account.ReceivePayment(
            ACCOUNT, f"bank-{self.receipts}", amount, "EUR", self.today, name
        )
        for _ in range(2):
            self.world.ask(receipt)
        debts = self.clerk.payable()
        self.clerk.take_in(amount, [debt for debt in debts if name in (debt, "")])

    @precondition(lambda self: self.clerk.papers)
    @rule(data=st.data(), amount=AMOUNTS)
    def correct(self, data, amount):
        name = self.choose(data)
        paper = self.clerk.papers[name]
        self.documents += 1
        correction = f"K{self.documents}"
        self.world.ask(invoice.CorrectInvoice(name, correction, amount, "price"))
        if paper.issued is None or self.is_void(name) or paper.corrected + amount > paper.total:
            return
        self.accept(name, correction)
        paper.corrected += amount
        paper.touched = True
        self.world.ask(invoice.IssueInvoice(f"{name}/credit/{correction}", self.today))
        self.clerk.take_in(amount, self.clerk.payable(paper.order))

    def accept(self, name, correction):
        """Let the order accept it; there are no orders in this machine, and nothing comes back."""
        paper = self.state(f"invoice:{name}").terms
        asked = self.world.asked[-1].command
        assert isinstance(asked, RecordCorrection)
        lines = tuple(InvoiceLine(*astuple(line)) for line in asked.lines)
        note = replace(
            paper, kind=DocumentKind.CORRECTION, series="OMS-FR-CN", lines=lines, refers_to=name
        )
        self.world.ask(invoice.DraftInvoice(f"{name}/credit/{correction}", note))

    @rule(days=st.sampled_from([1, 14, 37, 60]))
    def remind_everybody(self, days):
        """Let time pass, and ring every alarm twice, whether or not it is time for it."""
        self.day = min(self.day + days, YEAR_DAYS)
        for paper in self.clerk.papers.values():
            if paper.issued is None or not paper.owed:
                continue
            if paper.reminders < len(SCHEDULE) and self.day >= paper.next_reminder:
                paper.reminders += 1
                paper.reminded = self.day
        for name in self.clerk.papers:
            for _ in range(2):
                self.world.ask(invoice.RaiseDunning(name, self.today))

    @precondition(lambda self: self.clerk.papers)
    @rule(data=st.data())
    def void(self, data):
        name = self.choose(data)
        self.world.ask(invoice.VoidInvoice(name, "wrong"))
        paper = self.clerk.papers[name]
        if not paper.touched and not paper.ended:
            paper.ended = True
            stem, _, number = name.partition("~")
            again = f"{stem}~{int(number or 1) + 1}"
            self.clerk.papers[again] = Paper(paper.order, paper.total)
            self.clerk.grant()

    @precondition(lambda self: self.clerk.papers)
    @rule(data=st.data())
    def write_off(self, data):
        name = self.choose(data)
        self.world.ask(invoice.WriteOffInvoice(name, "insolvent"))
        paper = self.clerk.papers[name]
        if paper.issued is not None and paper.owed:
            self.clerk.limit = 0
            paper.left, paper.ended = 0, True
            self.clerk.grant()

    def choose(self, data):
        return data.draw(st.sampled_from(sorted(self.clerk.papers)))

    def is_void(self, name):
        return self.state(f"invoice:{name}").standing == "void"

    @invariant()
    def numbers_are_one_to_n(self):
        series = self.state(f"series:{SERIES[0]}")
        assert (series.assigned if series else 0) == self.clerk.numbered
        borne = [
            state.number
            for stream, state in self.world.states.items()
            if stream.startswith("invoice:") and state.number.startswith(SERIES[0])
        ]
        assert sorted(borne) == [f"{SERIES[0]}-{n:06d}" for n in range(1, len(borne) + 1)]

    @invariant()
    def exposure_is_its_naive_sum(self):
        state = self.state(f"account:{ACCOUNT}")
        if state is None:
            return
        assert state.exposure_minor == self.clerk.exposure
        assert dict(state.orders.items()) == self.clerk.granted
        assert {w.order_id: w.amount_minor for w in state.waiting} == self.clerk.waiting
        assert {name: i.open_minor for name, i in state.invoices.items()} == {
            name: paper.owed for name, paper in self.clerk.papers.items() if paper.owed
        }
        assert bool(state.overdue) == self.clerk.blocked

    @invariant()
    def no_amount_is_lost_or_made(self):
        state = self.state(f"account:{ACCOUNT}")
        if state is not None:
            assert state.unapplied_minor == self.clerk.disposal
            assert self.clerk.taken_in == self.clerk.paid + self.clerk.disposal
        for name, paper in self.clerk.papers.items():
            assert self.state(f"invoice:{name}").open_minor == paper.left * (not paper.ended)

    @invariant()
    def nothing_is_kept_of_what_is_over(self):
        state = self.state(f"account:{ACCOUNT}")
        if state is not None:
            assert len(state.invoices) + len(state.orders) + len(state.waiting) <= 4 * 2 + len(
                [paper for paper in self.clerk.papers.values() if paper.owed]
            )


ReceivablesMachine.TestCase.settings = settings(
    max_examples=settings().max_examples, stateful_step_count=50
)
TestReceivables = ReceivablesMachine.TestCase
