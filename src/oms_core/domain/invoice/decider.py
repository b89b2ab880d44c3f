"""The rules of an invoice, and which command each of them answers."""

from __future__ import annotations

from operator import attrgetter

from oms_core.domain.invoice import commands, issuing, settling
from oms_core.domain.invoice.evolution import evolve
from oms_core.domain.invoice.state import Invoice
from oms_core.kernel import Decider, deciding

invoice = Decider(
    "invoice",
    attrgetter("invoice_id"),
    Invoice(),
    deciding(
        {
            commands.DraftInvoice: issuing.draft,
            commands.IssueInvoice: issuing.issue,
            commands.RecordNumber: issuing.record_number,
            commands.VoidInvoice: issuing.void,
            commands.ApplyPayment: settling.apply_payment,
            commands.RaiseDunning: settling.dun,
            commands.CorrectInvoice: settling.correct,
            commands.WriteOffInvoice: settling.write_off,
        }
    ),
    evolve,
)
