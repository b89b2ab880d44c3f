"""Crediting: returns and corrections become credit notes, and money and credit reach the invoices.

A correction is asked of the order first, which knows what was given back with returns. Whatever an
invoice does not need goes back to the customer's account.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

from msgspec.structs import astuple

from oms_core.domain.account import commands as account
from oms_core.domain.account.events import CreditApplied
from oms_core.domain.invoice import commands as invoice
from oms_core.domain.invoice import events as invoiced
from oms_core.domain.invoice.events import Content, DocumentKind
from oms_core.domain.order import commands as order
from oms_core.domain.order.events import ChargedLine, CorrectionAccepted, ReturnAccepted
from oms_core.kernel import Command, Event, Process
from oms_core.policies.config import Policies
from oms_core.processes.invoicing import content, is_on_terms


def _by_return(event: ReturnAccepted) -> str | None:
    return event.order_id if is_on_terms(event) else None


def _by_note(event: invoiced.InvoiceIssued) -> str | None:
    return event.order_id if event.kind is not DocumentKind.INVOICE else None


def crediting(policies: Policies) -> Process[None]:
    """Return the process that credits in the name of the shop's legal entity."""

    def _credit(
        kind: DocumentKind, event: ReturnAccepted | CorrectionAccepted, refers_to: str
    ) -> Content:
        return content(kind, policies.credit_series, event, refers_to=refers_to)

    def react(event: Event, memory: None) -> Iterator[Command | Event]:
        del memory
        match event:
            case ReturnAccepted(order_id=order_id, return_id=return_id):
                credit = _credit(DocumentKind.CREDIT_NOTE, event, return_id)
                yield invoice.DraftInvoice(f"{order_id}/credit/{return_id}", credit)
            case invoiced.InvoiceCorrected(invoice_id, correction_id, _, credit):
                lines = tuple(ChargedLine(*astuple(line)) for line in credit.lines)
                yield order.RecordCorrection(credit.order_id, invoice_id, correction_id, lines)
            case CorrectionAccepted(invoice_id=invoice_id, correction_id=correction_id):
                credit = _credit(DocumentKind.CORRECTION, event, invoice_id)
                yield invoice.DraftInvoice(f"{invoice_id}/credit/{correction_id}", credit)
            case invoiced.InvoiceIssued(invoice_id, _, account_id, order_id):
                amount = event.net_minor + event.tax_minor
                yield account.DepositCredit(
                    account_id, invoice_id, order_id, amount, event.currency
                )
            case CreditApplied(_, application_id, invoice_id, amount_minor):
                yield invoice.ApplyPayment(invoice_id, application_id, amount_minor)
            case invoiced.PaymentReturned(_, account_id, application_id, amount_minor):
                yield account.ReturnCredit(account_id, application_id, amount_minor)

    by_invoice: Callable[[Any], str] = attrgetter("invoice_id")
    route: dict[type[Event], Callable[[Any], str | None]] = {
        ReturnAccepted: _by_return,
        invoiced.InvoiceCorrected: by_invoice,
        CorrectionAccepted: by_invoice,
        invoiced.InvoiceIssued: _by_note,
        CreditApplied: by_invoice,
        invoiced.PaymentReturned: by_invoice,
    }
    return Process("crediting", route, react, None)
