"""Accounting: customers on terms pay as they do, and finance decides whom to trust further."""

from __future__ import annotations

from functools import partial

from adapters.simulation.hearing import Ears
from adapters.simulation.stage import DAY, Stage
from oms_core.domain.account.commands import ApproveCredit, ChangeLimit, ReceivePayment
from oms_core.domain.account.events import CreditDeclined, CreditGranted, DeclineReason
from oms_core.domain.invoice.commands import CorrectInvoice, WriteOffInvoice
from oms_core.domain.invoice.events import DocumentKind, DunningRaised, InvoiceIssued
from oms_core.domain.order.commands import CancelOrder
from oms_core.domain.order.events import CancellationReason
from oms_core.kernel.calendar import date_of, midnight, read_date

IN_TIME = 560
IN_PARTS = 110
TOO_MUCH = 70
SLOW = 200
CORRECTED = 60
RAISED = 500
APPROVED = 150
REVIEWS_MAX = 4
HOPELESS = 3
"""After so many reminders finance gives up."""


class Accounting:
    """The payers and the accountants of one world."""

    def __init__(self, stage: Stage) -> None:
        """Wait for invoices."""
        self._stage = stage
        self._waiting: set[str] = set()
        self.ears: Ears = {
            InvoiceIssued: self._issued,
            DunningRaised: self._dunned,
            CreditDeclined: self._declined,
            CreditGranted: self._granted,
        }

    def _issued(self, event: InvoiceIssued) -> None:
        """Decide how the customer will pay."""
        if event.kind is not DocumentKind.INVOICE or event.order_id not in self._stage.orders:
            return
        stage, total = self._stage, event.net_minor + event.tax_minor
        due = midnight(read_date(event.due_on, "due_on")) - stage.now
        draw = stage.dice.randrange(1_000)
        if draw < IN_TIME:
            self._pay(event, total, due - 3 * DAY, due + 5 * DAY)
        elif draw < IN_TIME + IN_PARTS:
            self._pay(event, total // 3 or 1, due - 3 * DAY, due)
            self._pay(event, total - (total // 3 or 1) or 1, due + DAY, due + 20 * DAY, 2)
        elif draw < IN_TIME + IN_PARTS + TOO_MUCH:
            self._pay(event, total + total // 50 + 1, due - 3 * DAY, due)
        elif draw < IN_TIME + IN_PARTS + TOO_MUCH + SLOW:
            self._pay(event, total, due + 16 * DAY, due + 26 * DAY)
        if stage.chance(CORRECTED):
            correct = CorrectInvoice(event.invoice_id, "K1", event.net_minor // 10 or 1, "price")
            stage.later(DAY, 4 * DAY, partial(self._say, correct, event.order_id))

    def _pay(
        self, event: InvoiceIssued, amount: int, earliest: int, latest: int, part: int = 1
    ) -> None:
        pay = partial(self._receive, event, amount, part)
        self._stage.later(max(0, earliest), max(DAY, latest), pay)

    def _receive(self, event: InvoiceIssued, amount: int, part: int) -> None:
        receipt = ReceivePayment(
            event.account_id,
            f"{event.invoice_id}/bank-{part}",
            amount,
            event.currency,
            date_of(self._stage.now),
            event.invoice_id,
        )
        self._stage.say(receipt, "bank", event.order_id)

    def _dunned(self, event: DunningRaised) -> None:
        if event.level >= HOPELESS and event.order_id in self._stage.orders:
            give_up = WriteOffInvoice(event.invoice_id, "nobody answers")
            self._stage.later(DAY, 3 * DAY, partial(self._say, give_up, event.order_id))

    def _granted(self, event: CreditGranted) -> None:
        self._waiting.discard(event.order_id)

    def _declined(self, event: CreditDeclined) -> None:
        if event.order_id in self._stage.orders:
            self._waiting.add(event.order_id)
            self._stage.later(DAY, 4 * DAY, partial(self._review, event, 1))

    def _review(self, event: CreditDeclined, reviews: int) -> None:
        """Trust the customer further, take the risk, wait for money, or give up at last."""
        stage, order_id = self._stage, event.order_id
        if order_id not in self._waiting:
            return
        draw = stage.dice.randrange(1_000)
        if reviews > REVIEWS_MAX:
            self._waiting.discard(order_id)
            self._say(CancelOrder(order_id, CancellationReason.STAFF), order_id)
            return
        if event.reason is DeclineReason.LIMIT and draw < RAISED:
            enough = event.exposure_minor + event.amount_minor
            self._say(ChangeLimit(event.account_id, enough, "reviewed"), order_id)
        elif draw >= 1_000 - APPROVED:
            self._say(ApproveCredit(event.account_id, order_id), order_id)
        stage.later(2 * DAY, 5 * DAY, partial(self._review, event, reviews + 1))

    def _say(
        self,
        command: CorrectInvoice | WriteOffInvoice | ChangeLimit | ApproveCredit | CancelOrder,
        topic: str,
    ) -> None:
        self._stage.say(command, "staff:finance", topic)
