"""Names that others rely on: streams, and the codes of refusals of receivables."""

import pytest

from oms_core.domain.account import cash, checks, trust
from oms_core.domain.account.decider import account
from oms_core.domain.invoice import issuing, settling
from oms_core.domain.invoice.decider import invoice
from oms_core.domain.quote import decider as quoting
from oms_core.domain.quote import pricing
from oms_core.domain.series import decider as numbering
from oms_core.kernel import calendar
from oms_core.policies import terms
from tests.support.receivables import ACCOUNT, INVOICE, pay, receive

CODES = {
    checks.UnknownAccount: "account.unknown",
    checks.AmountNotPositive: "account.not_positive",
    trust.MisnamedAccount: "account.identity",
    trust.NegativeLimit: "account.negative_limit",
    trust.NothingWaiting: "account.nothing_waiting",
    cash.OtherCurrency: "account.other_currency",
    cash.NotPayable: "account.not_payable",
    cash.NotAtDisposal: "account.not_at_disposal",
    issuing.UnknownInvoice: "invoice.unknown",
    issuing.EmptyInvoice: "invoice.empty",
    issuing.InvoiceReused: "invoice.reused",
    issuing.NumberNotRequested: "invoice.number_not_requested",
    issuing.NotVoidable: "invoice.not_voidable",
    settling.NotIssued: "invoice.not_issued",
    settling.OverCorrected: "invoice.over_corrected",
    settling.AmountNotPositive: "invoice.not_positive",
    quoting.UnknownQuote: "quote.unknown",
    quoting.UnusableRequest: "quote.unusable_request",
    quoting.QuoteReused: "quote.reused",
    quoting.QuoteClosed: "quote.closed",
    quoting.SupersededVersion: "quote.superseded",
    quoting.QuoteLapsed: "quote.lapsed",
    pricing.UnusableOffer: "quote.unusable_offer",
    pricing.NotOffered: "quote.not_offered",
    pricing.TotalOutOfRange: "quote.total_out_of_range",
    numbering.UnnamedDocument: "series.document",
    terms.UnknownTerms: "terms.unknown",
    calendar.NotADate: "calendar.not_a_date",
}


def test_the_code_of_each_refusal_stays():
    assert {refusal: refusal.code for refusal in CODES} == CODES


@pytest.mark.parametrize(
    ("decider", "category", "command", "name"),
    [
        (account, "account", receive(1), ACCOUNT),
        (invoice, "invoice", pay(1), INVOICE),
    ],
)
def test_an_account_and_an_invoice_are_found_by_their_ids(decider, category, command, name):
    assert (decider.category, decider.identify(command)) == (category, name)
