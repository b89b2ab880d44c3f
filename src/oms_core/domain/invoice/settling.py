"""Rules of settling: paid, dunned, corrected, or given up."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from oms_core.domain.invoice import commands, events
from oms_core.domain.invoice.issuing import Events, require_known
from oms_core.domain.invoice.state import ISSUED, Invoice, Standing
from oms_core.kernel import Instant, Rejected
from oms_core.kernel.calendar import days_after, midnight, read_date


class NotIssued(Rejected):
    """The document is not out, or is no invoice."""

    code = "invoice.not_issued"
    remedy = "Name an invoice that is out; a credit note is neither paid nor corrected."


class OverCorrected(Rejected):
    """More was to be credited than was charged."""

    code = "invoice.over_corrected"
    remedy = "Credit no more than the invoice charged before tax and has not credited yet."


class AmountNotPositive(Rejected):
    """An amount must be at least one minor unit."""

    code = "invoice.not_positive"
    remedy = "Give the amount in whole minor units, one or more."


def _require_positive(amount_minor: int) -> None:
    if amount_minor < 1:
        raise AmountNotPositive(f"the amount is {amount_minor}.")


def _require_issued(invoice: Invoice) -> events.Content:
    require_known(invoice)
    content = invoice.terms
    if invoice.standing not in ISSUED or content.kind is not events.DocumentKind.INVOICE:
        raise NotIssued(f"the {content.kind} is {invoice.standing}.")
    return content


def apply_payment(command: commands.ApplyPayment, invoice: Invoice) -> Events:
    """Take what is asked for, once for each application; what is too much goes back at once.

    It comes from an account and is never refused: whatever the invoice has become, the money is not
    lost between the two.
    """
    _require_positive(command.amount_minor)
    if command.application_id in invoice.applied:
        return
    account_id = invoice.content.account_id if invoice.content else ""
    currency = invoice.content.currency if invoice.content else ""
    part = min(command.amount_minor, invoice.open_minor)
    left = invoice.open_minor - part
    common = (command.invoice_id, account_id, command.application_id)
    if part:
        yield events.PaymentApplied(*common, part, left, currency)
    if excess := command.amount_minor - part:
        yield events.PaymentReturned(*common, excess, currency)
    if part and not left:
        yield events.InvoiceSettled(command.invoice_id, account_id, invoice.terms.order_id)


def dun(command: commands.RaiseDunning, invoice: Invoice) -> Events:
    """Remind the customer, one level at a time, if it is time for it and something is open.

    After a late reminder the next is late as well: the customer has the time in between.
    """
    require_known(invoice)
    day = read_date(command.today, "today")
    if invoice.standing is Standing.OPEN and 0 < invoice.dun_at <= midnight(day):
        content, level = invoice.terms, invoice.level + 1
        yield events.DunningRaised(
            command.invoice_id,
            content.account_id,
            content.order_id,
            level,
            invoice.open_minor,
            content.currency,
            _again(content.dunning_days, invoice.due_on, level, day),
        )


def _again(schedule: tuple[int, ...], due_on: str, level: int, today: date) -> Instant:
    """Return when the customer is to be reminded after this level; zero means never."""
    if level >= len(schedule):
        return Instant(0)
    planned = days_after(read_date(due_on, "due_on"), schedule[level])
    apart = max(1, schedule[level] - schedule[level - 1])
    return midnight(max(planned, days_after(today, apart)))


def correct(command: commands.CorrectInvoice, invoice: Invoice) -> Events:
    """Credit a part of the invoice, once for each correction, with its share of the tax."""
    _require_positive(command.net_minor)
    content = _require_issued(invoice)
    if command.correction_id in invoice.corrections:
        return
    start, stop = invoice.corrected_minor, invoice.corrected_minor + command.net_minor
    if stop > content.net_minor:
        raise OverCorrected(
            f"net_minor {command.net_minor} is more than the {content.net_minor - start} left."
        )
    before, after = _credited(content, start), _credited(content, stop)
    lines = tuple(
        replace(line, quantity=0, net_minor=net - net_before, tax_minor=tax - tax_before)
        for line, (net, tax), (net_before, tax_before) in zip(
            content.lines, after, before, strict=True
        )
        if (net, tax) != (net_before, tax_before)
    )
    credit = replace(
        content,
        kind=events.DocumentKind.CORRECTION,
        lines=lines,
        refers_to=command.invoice_id,
        dunning_days=(),
    )
    yield events.InvoiceCorrected(command.invoice_id, command.correction_id, command.reason, credit)


def _credited(content: events.Content, net_minor: int) -> tuple[tuple[int, int], ...]:
    """Return what the first `net_minor` of the invoice are of each line's net amount and tax.

    The lines are used up in their order, so that each correction has its own part of the invoice,
    and all of them together are the invoice.
    """
    credited = []
    for line in content.lines:
        net = min(net_minor, line.net_minor)
        net_minor -= net
        tax = line.tax_minor * net // line.net_minor if line.net_minor else 0
        credited.append((net, tax))
    return tuple(credited)


def write_off(command: commands.WriteOffInvoice, invoice: Invoice) -> Events:
    """Give up on what is open."""
    content = _require_issued(invoice)
    if invoice.standing is Standing.OPEN:
        yield events.InvoiceWrittenOff(
            command.invoice_id,
            content.account_id,
            content.order_id,
            invoice.open_minor,
            content.currency,
            command.reason,
        )
