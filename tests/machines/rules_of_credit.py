"""What must hold of trust: of what customers owe, may owe, and are held back for."""

from __future__ import annotations

from collections import Counter, defaultdict

from oms_core.domain.account import commands as asked
from oms_core.domain.account import events as trusted
from oms_core.domain.invoice import events as invoiced
from oms_core.domain.invoice.events import DocumentKind
from oms_core.domain.invoice.state import Standing
from oms_core.domain.order.state import Phase
from oms_core.kernel import Command, Recorded
from oms_core.policies.config import Policies
from oms_core.processes.lending import CREDIT
from tests.machines.rules_of_goods import Rule, States

BLOCKING = Policies().blocking_level
OWED = (Standing.DRAFT, Standing.NUMBERING, Standing.OPEN)


class Debts(Rule):
    """P15: what is owed is what was charged, less what was paid and given up, at every event."""

    def __init__(self, states: States) -> None:
        """Begin without debts."""
        super().__init__(states)
        self.open: dict[str, int] = {}
        self.taken_in: Counter[str] = Counter()
        self.spent: Counter[str] = Counter()

    def see(self, recorded: Recorded, command: Command) -> None:
        """Add up each invoice and each account by its movements."""
        del command
        match recorded.event:
            case invoiced.InvoiceIssued(name, DocumentKind.INVOICE) as event:
                self.open[name] = event.net_minor + event.tax_minor
            case invoiced.PaymentApplied(name, amount_minor=amount):
                self.open[name] -= amount
            case invoiced.InvoiceWrittenOff(name, amount_minor=amount):
                self.open[name] -= amount
            case invoiced.InvoiceVoided(name):
                self.open.pop(name, None)
            case trusted.PaymentReceived(account_id, amount_minor=amount):
                self.taken_in[account_id] += amount
            case trusted.CreditDeposited(account_id, amount_minor=amount):
                self.taken_in[account_id] += amount
            case trusted.CreditApplied(account_id, amount_minor=amount):
                self.spent[account_id] += amount
            case trusted.CreditReturned(account_id, amount_minor=amount):
                self.spent[account_id] -= amount
            case _:
                return
        assert min(self.open.values(), default=0) >= 0, f"P10, P15: {recorded.id} overpays"

    def rest(self) -> None:
        """Compare with what invoices and accounts say."""
        owed: dict[str, dict[str, int]] = defaultdict(dict)
        for name, state in self.of("invoice").items():
            if state.content is None or state.terms.kind is not DocumentKind.INVOICE:
                continue
            assert state.open_minor == self.open.get(name, 0), f"P15: {name}"
            left = state.open_minor if state.standing is Standing.OPEN else state.terms.total_minor
            if state.standing in OWED and left:
                owed[state.terms.account_id][name] = left
        for account_id, state in self.of("account").items():
            debts = {name: invoice.open_minor for name, invoice in state.invoices.items()}
            assert debts == owed[account_id], f"P15: {account_id}: {debts}, not {owed[account_id]}"
            disposal = self.taken_in[account_id] - self.spent[account_id]
            assert state.unapplied_minor == disposal >= 0, f"P15: {account_id}"


class Credit(Rule):
    """Nobody owes more than the limit unless a person took the risk; no block outlives its cause.

    An account is blocked while an invoice that was dunned in vain is open, and not a moment longer:
    with the block every hold that it had put on orders is gone. Nobody waits who could go.
    """

    def __init__(self, states: States) -> None:
        """Begin without anybody overdue."""
        super().__init__(states)
        self.overdue: dict[str, set[str]] = defaultdict(set)

    def see(self, recorded: Recorded, command: Command) -> None:
        """Look at each grant, and at who is reminded in vain."""
        match recorded.event:
            case trusted.CreditGranted(account_id, order_id):
                state = self.states[recorded.stream]
                if not isinstance(command, asked.ApproveCredit):
                    within = state.exposure_minor <= state.limit_minor
                    assert within, f"credit: {order_id} is more than the limit of {account_id}"
                    assert not state.overdue, f"credit: {order_id} was granted while overdue"
            case invoiced.DunningRaised(name, account_id, level=level) if level >= BLOCKING:
                self.overdue[account_id].add(name)

    def rest(self) -> None:
        """Compare: exposure with its naive sum, blocks with their causes, holds with blocks."""
        invoices = self.of("invoice")
        blocked = {
            account_id
            for account_id, names in self.overdue.items()
            if any(invoices[name].open_minor for name in names)
        }
        waiting: set[str] = set()
        for account_id, state in self.of("account").items():
            debts = sum(invoice.open_minor for invoice in state.invoices.values())
            exposure = sum(state.orders.values()) + debts
            assert state.exposure_minor == exposure, f"credit: {account_id}"
            assert bool(state.overdue) == (account_id in blocked), (
                f"credit: {account_id} is blocked by {state.overdue}, overdue {self.overdue}"
            )
            for request in state.waiting:
                could_go = state.allows(request.amount_minor)
                assert not could_go, f"credit: {request.order_id} waits and could go"
                waiting.add(request.order_id)
        for order_id, state in self.of("order").items():
            if state.phase is not Phase.PLACED:
                continue
            name = f"{state.terms.customer_id}|{state.terms.currency}"
            for hold_id, blocks in state.holds.items():
                if blocks and hold_id.startswith(f"{CREDIT}:"):
                    assert name in blocked, f"credit: {order_id} is held by {hold_id} for nothing"
                if blocks and hold_id == CREDIT:
                    assert order_id in waiting, f"credit: {order_id} waits for nothing"
