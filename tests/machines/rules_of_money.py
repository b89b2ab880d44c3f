"""What must hold of money that moves through payments, documents and the ledger."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from oms_core.domain.account.events import PaymentReceived
from oms_core.domain.giftcard.events import GiftCardIssued, Origin
from oms_core.domain.invoice import events as invoiced
from oms_core.domain.invoice.events import DocumentKind
from oms_core.domain.order import events as ordered
from oms_core.domain.order.state import Phase, is_collected
from oms_core.domain.payment import events as paid
from oms_core.domain.payment.state import Payment, Standing
from oms_core.domain.series.events import NumberAssigned
from oms_core.kernel import Command, Recorded
from projections.books import Books
from projections.posting import Account, postings
from tests.machines.rules_of_goods import Rule, States


class Tenders(Rule):
    """P6, P10: given back is at most taken is at most set aside, per payment and per order.

    P4: what is taken has an order that owns it. P5: once. P7, P8: nothing for what has ended.
    P15: what is due is asked for, to the last cent.
    """

    def __init__(self, states: States) -> None:
        """Begin without money."""
        super().__init__(states)
        self.sums: dict[str, Counter[str]] = defaultdict(Counter)
        self.asked: dict[str, set[str]] = defaultdict(set)
        self.closed: set[str] = set()

    def see(self, recorded: Recorded, command: Command) -> None:
        """Add up what moved."""
        del command
        if not recorded.stream.startswith("payment:"):
            return
        event: Any = recorded.event
        name, place = event.payment_id, recorded.id
        sums = self.sums[name]
        match event:
            case paid.AuthorizationRequested(order_id=order_id, amount_minor=amount):
                self._once(name, "authorize", place)
                state = self.states[f"order:{order_id}"]
                asked = [t for proposal in state.proposals.values() for t in proposal.tenders]
                asked += [renewal.tender for renewal in state.renewals.values()]
                owed = {t.payment_id: t.amount_minor for t in (*state.tenders, *asked)}
                assert owed.get(name) == amount, f"P4: {place}"
            case paid.AuthorizationSucceeded(amount_minor=amount):
                assert not sums["aside"], f"P5: {name} was authorized twice"
                sums["aside"] = amount
            case paid.CaptureRequested(capture_id=intent, amount_minor=amount):
                sums["asked"] += amount
                self._once(name, f"capture {intent}", place)
                assert name not in self.closed, f"P7: {place}: {name} was closed"
            case paid.CaptureSucceeded(amount_minor=amount):
                sums["taken"] += amount
            case paid.RefundRequested(refund_id=intent):
                self._once(name, f"refund {intent}", place)
            case paid.RefundSucceeded(amount_minor=amount):
                sums["back"] += amount
            case paid.PaymentChargedBack(amount_minor=amount):
                sums["back"] += amount
            case paid.PaymentClosed():
                self.closed.add(name)
        assert 0 <= sums["back"] <= sums["taken"] <= sums["aside"], f"P6, P10: {place}: {sums}"
        payment: Payment = self.states[recorded.stream]
        assert (payment.captured_minor, payment.refunded_minor + payment.charged_back_minor) == (
            sums["taken"],
            sums["back"],
        ), f"P3: {place}"
        assert payment.refundable_minor >= 0, f"P10: {place}"
        assert payment.captured_minor + payment.capturing_minor <= payment.authorized_minor, (
            f"P6: {place}"
        )

    def _once(self, name: str, intent: str, place: str) -> None:
        assert intent not in self.asked[name], f"P6: {place} asks twice for {intent}"
        self.asked[name].add(intent)

    def rest(self) -> None:
        """P10 by order; P8: an order that has ended keeps nothing set aside that it can let go."""
        by_order: dict[str, Counter[str]] = defaultdict(Counter)
        payments = self.of("payment")
        for name, state in payments.items():
            by_order[state.order_id].update(self.sums[name])
        for order_id, state in self.of("order").items():
            sums = by_order[order_id]
            assert sums["back"] <= sums["taken"] <= state.charged_minor, f"P10: {order_id}: {sums}"
            given_up = (name for name in payments if f"tender:{name}" in state.documents)
            for name in given_up:
                assert payments[name].closed, f"P6: {name} has no place any more, and is open"
            if state.placed and all(map(is_collected, state.tenders)):
                assert sums["asked"] == state.charged_minor, f"P15: {order_id}: {sums}"
            if state.phase is Phase.CANCELLED:
                assert not sums["taken"], f"P7, P8: {order_id} is cancelled and was paid"
            if state.phase in (Phase.CANCELLED, Phase.COMPLETED):
                for tender in filter(is_collected, state.tenders):
                    payment = payments[tender.payment_id]
                    kept = payment.standing is Standing.AUTHORIZED and payment.capturable_minor
                    assert payment.closed, f"P8: {tender.payment_id} was left open"
                    done = payment.captures or "void:close" in payment.settled
                    assert not kept or done, f"P8: {tender.payment_id} keeps {kept} set aside"


class Charges(Rule):
    """P10, P14: no line is credited, by returns and corrections together, more than was charged."""

    def __init__(self, states: States) -> None:
        """Begin with nothing charged."""
        super().__init__(states)
        self.charged: dict[str, Counter[str]] = defaultdict(Counter)
        self.credited: dict[str, Counter[str]] = defaultdict(Counter)

    def see(self, recorded: Recorded, command: Command) -> None:
        """Add up both, line by line."""
        del command
        match recorded.event:
            case ordered.LineShipped(line_id=line_id) as event:
                self.charged[line_id].update(net=event.net_minor, tax=event.tax_minor)
            case ordered.LineReturned(line_id=line_id) as event:
                self._credit(line_id, event, recorded.id)
            case invoiced.InvoiceDrafted(_, content) if content.kind is DocumentKind.CORRECTION:
                for line in content.lines:
                    self._credit(line.line_id, line, recorded.id)

    def _credit(self, line_id: str, part: Any, place: str) -> None:
        credited, charged = self.credited[line_id], self.charged[line_id]
        credited.update(net=part.net_minor, tax=part.tax_minor)
        for name in ("net", "tax"):
            assert credited[name] <= charged[name], f"P10: {place}: {credited} of {charged}"


class Documents(Rule):
    """P14: an invoice says what was charged, a credit note what came back, to the last unit."""

    def __init__(self, states: States) -> None:
        """Begin without documents."""
        super().__init__(states)
        self.charged: Counter[str] = Counter()
        self.drafted: Counter[str] = Counter()
        self.returned: Counter[str] = Counter()
        self.noted: Counter[str] = Counter()

    def see(self, recorded: Recorded, command: Command) -> None:
        """Add up what documents say, and what they are about."""
        del command
        match recorded.event:
            case ordered.ShipmentCharged(order_id, tenders=tenders, amount_minor=amount) as event:
                if any(tender.terms for tender in tenders):
                    self.charged[order_id] += amount
                    lines = sum(line.net_minor + line.tax_minor for line in event.lines)
                    assert lines == amount, f"P14: {recorded.id}"
                assert sum(tender.amount_minor for tender in tenders) == amount, f"P14: {recorded}"
            case ordered.ReturnAccepted(order_id, tenders=tenders, amount_minor=amount) as event:
                if any(tender.terms for tender in tenders):
                    self.returned[order_id] += amount
            case invoiced.InvoiceDrafted(_, content) if content.kind is DocumentKind.INVOICE:
                self.drafted[content.order_id] += content.total_minor
            case invoiced.InvoiceDrafted(_, content) if content.kind is DocumentKind.CREDIT_NOTE:
                self.noted[content.order_id] += content.total_minor
            case invoiced.InvoiceVoided() as event:
                self.drafted[event.order_id] -= event.content.total_minor
            case invoiced.InvoiceIssued(invoice_id) as event:
                content = self.states[f"invoice:{invoice_id}"].terms
                said = (event.net_minor, event.tax_minor)
                assert said == (content.net_minor, content.tax_minor), f"P14: {recorded.id}"

    def rest(self) -> None:
        """Compare."""
        assert +self.charged == +self.drafted, f"P14: {self.charged}, invoiced {self.drafted}"
        assert +self.returned == +self.noted, f"P14: {self.returned}, credited {self.noted}"


class Numbers(Rule):
    """P25: the numbers of a series are 1 to n, and no two documents bear the same."""

    def __init__(self, states: States) -> None:
        """Begin at one."""
        super().__init__(states)
        self.given: dict[str, dict[int, str]] = defaultdict(dict)
        self.borne: dict[str, str] = {}

    def see(self, recorded: Recorded, command: Command) -> None:
        """Look at each number as it is given and as it goes out."""
        del command
        match recorded.event:
            case NumberAssigned(series_id, number, document_id):
                given = self.given[series_id]
                assert number == len(given) + 1, f"P25: {number} after {len(given)}"
                assert document_id not in given.values(), f"P25: {document_id} has two numbers"
                given[number] = document_id
            case invoiced.InvoiceIssued(invoice_id, number=number):
                assert number not in self.borne, f"P25: {number} was borne already"
                self.borne[number] = invoice_id

    def rest(self) -> None:
        """No number is without its document."""
        given = sum(map(len, self.given.values()))
        assert given == len(self.borne), f"P25: {given} numbers, {len(self.borne)} documents"


class AuditorsBooks(Rule):
    """S21: every event balances in every currency. P18, P25: the auditor finds nothing."""

    def __init__(self, states: States) -> None:
        """Open the books."""
        super().__init__(states)
        self.books = Books()
        self.balances: Counter[tuple[Account, str]] = Counter()
        self.received: Counter[str] = Counter()

    def see(self, recorded: Recorded, command: Command) -> None:
        """Post it."""
        del command
        sums: Counter[str] = Counter()
        for posting in postings(recorded.event):
            sums[posting.currency] += posting.amount_minor
            self.balances[posting.account, posting.currency] += posting.amount_minor
        assert not any(sums.values()), f"S21: {recorded.id} does not balance: {sums}"
        match recorded.event:
            case PaymentReceived(amount_minor=amount, currency=currency):
                self.received[currency] += amount
            case GiftCardIssued(amount_minor=amount, currency=currency, origin=Origin.SOLD):
                self.received[currency] += amount
        self.books.add(recorded)
        assert not self.books.findings, f"{self.books.findings}"

    def rest(self) -> None:
        """Goods are on a shelf or with somebody, and debts and disposals are what they are."""
        owed: Counter[str] = Counter()
        for state in self.of("invoice").values():
            if state.content is not None:
                owed[state.terms.currency] += state.open_minor
        disposal: Counter[str] = Counter()
        for name, state in self.of("account").items():
            disposal[name.rpartition("|")[2]] += state.unapplied_minor
        clearing = Counter(self.received)
        for state in self.of("payment").values():
            in_the_till = state.method is paid.Method.CASH
            back = state.refunded_minor + state.charged_back_minor
            kept = state.captured_minor - back if in_the_till else 0
            clearing[state.currency] += sum(state.in_clearing.values()) + kept
        worth = sum(state.value_minor for state in self.of("stock").values())
        for (kind, currency), balance in self.balances.items():
            match kind:
                case Account.GOODS_ISSUED:
                    assert balance == 0, f"S21: goods worth {balance} are nowhere"
                case Account.TRADE_RECEIVABLES:
                    assert balance == owed[currency], f"S21: {balance} is not {owed}"
                case Account.UNAPPLIED_CASH:
                    assert -balance == disposal[currency], f"S21: {balance} is not {disposal}"
                case Account.CASH_CLEARING:
                    assert balance == clearing[currency], f"S21: {balance} is not {clearing}"
                case Account.INVENTORY:
                    assert balance == worth, f"S21: {balance} is not {worth}"

    def close(self) -> None:
        """Close the books."""
        self.books.close()
        assert not self.books.findings, f"{self.books.findings}"
