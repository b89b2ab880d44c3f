"""Lending, invoicing, crediting and dunning: what is asked of whom, and what is told to whom."""

from msgspec.structs import astuple, replace

from oms_core.domain.account import commands as account
from oms_core.domain.account import events as trusted
from oms_core.domain.invoice import commands as invoice
from oms_core.domain.invoice.events import (
    DocumentKind,
    DunningRaised,
    InvoiceCorrected,
    InvoiceVoided,
    InvoiceWrittenOff,
    PaymentReturned,
)
from oms_core.domain.order import commands as order
from oms_core.domain.order.events import (
    Blocked,
    CancellationReason,
    ChargedLine,
    CorrectionAccepted,
    CorrectionDeclined,
    Destination,
    HoldKind,
    LineCancelled,
    OnShortage,
    OrderLine,
    OrderPlaced,
    ReturnAccepted,
    ShipmentCharged,
    Tender,
    TenderMethod,
)
from oms_core.domain.quote.events import Buyer, PricedLine, QuoteAccepted
from oms_core.domain.series.commands import AssignNumber
from oms_core.domain.series.events import NumberAssigned
from oms_core.kernel import Instant
from oms_core.policies.config import Policies
from oms_core.processes.crediting import crediting
from oms_core.processes.dunning import dunning
from oms_core.processes.invoicing import invoicing
from oms_core.processes.lending import lending
from oms_core.processes.quoting import quoting
from tests.support.receivables import (
    ACCOUNT,
    CONTENT,
    CUSTOMER,
    DRAFTED,
    INVOICE,
    ISSUED,
    NUMBER,
    NUMBERING,
    ORDER,
    SERIES,
    TOTAL,
    applied,
    declined,
    granted,
    paid,
)
from tests.support.spec import Specification

POLICIES = Policies(dunning_days=(7, 21))
inv, cre = Specification(invoicing(POLICIES)), Specification(crediting(POLICIES))
lend, dun = Specification(lending), Specification(dunning(POLICIES))

TERMS = Tender("web:1/p1", TenderMethod.ACCOUNT, TOTAL, terms="NET30")
CARD = Tender("web:1/p1", TenderMethod.CARD, TOTAL)
LINES = tuple(
    ChargedLine(*(getattr(line, name) for name in ChargedLine.__struct_fields__))
    for line in CONTENT.lines
)
CHARGED = ShipmentCharged(ORDER, "C1", INVOICE, TOTAL, "EUR", (TERMS,), LINES)
RETURNED = ReturnAccepted(ORDER, "C1", "RMA-1", TOTAL, "EUR", (TERMS,), LINES)
NOTE = replace(
    CONTENT,
    kind=DocumentKind.CREDIT_NOTE,
    series="OMS-FR-CN",
    dunning_days=(),
    refers_to="RMA-1",
)


def hears(specification, event):
    return specification.subject.route[type(event)](event) is not None


# Invoicing


def test_p14_an_invoice_copies_the_lines_and_taxes_that_the_order_agreed_on():
    inv().when(CHARGED).then(invoice.DraftInvoice(INVOICE, CONTENT))


def test_only_what_is_on_terms_is_invoiced_and_credited():
    assert hears(inv, CHARGED)
    assert hears(cre, RETURNED)
    for tenders in ((CARD,), (), (replace(TERMS, terms=""),)):
        assert not hears(inv, replace(CHARGED, tenders=tenders))
        assert not hears(cre, replace(RETURNED, tenders=tenders))


def test_a_document_that_goes_out_gets_its_number():
    inv().when(NUMBERING).then(AssignNumber(SERIES, INVOICE))
    inv().when(NumberAssigned(SERIES, 1, INVOICE, NUMBER)).then(
        invoice.RecordNumber(INVOICE, SERIES, NUMBER)
    )


def test_another_invoice_takes_the_place_of_a_void_one():
    void = InvoiceVoided(INVOICE, ACCOUNT, ORDER, NUMBER, TOTAL, "EUR", "wrong", CONTENT)
    inv().when(void).then(invoice.DraftInvoice(f"{INVOICE}~2", CONTENT))
    inv().when(replace(void, invoice_id=f"{INVOICE}~2")).then(
        invoice.DraftInvoice(f"{INVOICE}~3", CONTENT)
    )


# Crediting


def test_a_return_is_credited_in_a_series_of_its_own():
    cre().when(RETURNED).then(invoice.DraftInvoice("web:1/credit/RMA-1", NOTE))


def test_a_correction_is_credited_under_its_invoice():
    lines = tuple(ChargedLine(*astuple(line)) for line in CONTENT.lines)
    credit = replace(CONTENT, kind=DocumentKind.CORRECTION)
    cre().when(InvoiceCorrected(INVOICE, "K1", "price", credit)).then(
        order.RecordCorrection(ORDER, INVOICE, "K1", lines)
    )
    owed = CorrectionAccepted(ORDER, CUSTOMER, INVOICE, "K1", TOTAL, "EUR", (TERMS,), lines)
    note = replace(credit, series="OMS-FR-CN", dunning_days=(), refers_to=INVOICE)
    cre().when(owed).then(invoice.DraftInvoice(f"{INVOICE}/credit/K1", note))
    assert CorrectionDeclined not in cre.subject.route


def test_a_credit_note_that_is_out_is_put_on_the_account():
    issued = replace(ISSUED, invoice_id="N1", kind=DocumentKind.CREDIT_NOTE)
    cre().when(issued).then(account.DepositCredit(ACCOUNT, "N1", ORDER, TOTAL, "EUR"))
    assert not hears(cre, ISSUED)


def test_money_reaches_the_invoice_and_what_it_does_not_need_comes_back():
    cre().when(applied(INVOICE, 700)).then(invoice.ApplyPayment(INVOICE, f"bank-1|{INVOICE}", 700))
    cre().when(PaymentReturned(INVOICE, ACCOUNT, "bank-1", 3, "EUR")).then(
        account.ReturnCredit(ACCOUNT, "bank-1", 3)
    )


# Lending


def placed(*tenders):
    return OrderPlaced(
        *(ORDER, "web", "1", "C1", "EUR", (), tenders),
        *(Destination("FR"), OnShortage.SPLIT, Instant(1)),
    )


def hold(name, reason):
    return order.HoldOrder(ORDER, name, HoldKind.CREDIT, (Blocked.RELEASE,), reason)


def test_an_order_on_terms_asks_for_credit_and_no_other_does():
    lend().when(placed(TERMS)).then(account.RequestCredit(ACCOUNT, ORDER, "web:1/p1", TOTAL))
    assert hears(lend, placed(TERMS))
    assert not hears(lend, placed(CARD))
    assert not hears(lend, placed(replace(TERMS, terms="")))


def test_with_credit_the_order_goes_on():
    authorize = order.RecordAuthorization(ORDER, "web:1/p1", 70)
    lend().when(granted(ORDER, 70)).then(authorize)
    lend().when(granted(ORDER, 70, waited=True)).then(
        order.ResolveHold(ORDER, "credit", "credit granted"), authorize
    )


def test_without_credit_the_order_is_held_and_says_why():
    lend().when(declined(ORDER, 70, 4_950)).then(
        hold("credit", "70 minor beside 4950 are more than the limit of 5000 of account C1|EUR")
    )
    reasons = trusted.DeclineReason
    lend().when(declined(ORDER, 70, reason=reasons.NO_ACCOUNT)).then(
        hold("credit", "account C1|EUR is not open")
    )
    lend().when(declined(ORDER, 70, reason=reasons.OVERDUE)).then(
        hold("credit", "account C1|EUR has invoices that are overdue for too long")
    )


def test_a_block_holds_every_open_order_and_its_end_lets_them_go():
    lend().when(trusted.AccountBlocked(ACCOUNT, 2, "I1", (ORDER,))).then(
        hold("credit:2", "invoice I1 is overdue")
    )
    lend().when(trusted.AccountUnblocked(ACCOUNT, 2, (ORDER,))).then(
        order.ResolveHold(ORDER, "credit:2", "nothing is overdue")
    )


def test_cancelled_units_are_not_owed():
    cancelled = LineCancelled(
        *(ORDER, "C1", "web:1/1", "MUG", 1, 100, 20, "EUR", CancellationReason.CUSTOMER, "X1"),
        credit_minor=120,
    )
    lend().when(cancelled).then(account.ReleaseCredit(ACCOUNT, ORDER, 120))
    assert hears(lend, cancelled)
    assert not hears(lend, replace(cancelled, credit_minor=0))


def test_the_account_hears_what_becomes_of_its_debts():
    lend().when(DRAFTED).then(account.RecordInvoice(ACCOUNT, INVOICE, ORDER, TOTAL))
    lend().when(ISSUED).then(account.RecordDueDate(ACCOUNT, INVOICE, "2026-03-02"))
    lend().when(paid(700, 1_007)).then(account.RecordOpenAmount(ACCOUNT, INVOICE, 1_007))
    void = InvoiceVoided(INVOICE, ACCOUNT, ORDER, NUMBER, TOTAL, "EUR", "wrong", CONTENT)
    lend().when(void).then(account.RecordVoid(ACCOUNT, INVOICE))


def test_a_credit_note_is_no_debt():
    assert hears(lend, DRAFTED)
    assert hears(lend, ISSUED)
    assert not hears(lend, replace(DRAFTED, content=NOTE))
    assert not hears(lend, replace(ISSUED, kind=DocumentKind.CREDIT_NOTE))


# Dunning


def test_from_the_second_reminder_on_there_is_no_more_credit():
    reminded = DunningRaised(INVOICE, ACCOUNT, ORDER, 1, TOTAL, "EUR")
    dun().when(reminded).then_nothing()
    for level in (2, 3):
        dun().when(replace(reminded, level=level)).then(account.RecordOverdue(ACCOUNT, INVOICE))


def test_who_never_pays_is_trusted_no_more():
    lost = InvoiceWrittenOff(INVOICE, ACCOUNT, ORDER, TOTAL, "EUR", "insolvent")
    dun().when(lost).then(
        account.ChangeLimit(ACCOUNT, 0, f"invoice {INVOICE} was written off"),
        account.RecordOpenAmount(ACCOUNT, INVOICE, 0),
    )


# Quoting


def test_an_accepted_quote_becomes_an_order_at_its_prices_and_on_its_terms():
    line = PricedLine("MUG", "MUG-BLUE", 100, "9.125", 91_250, 18_250)
    buyer = Buyer("C1", "b2b", "EUR", "FR", "69001", b"sealed")
    accepted = QuoteAccepted("Q1", 1, buyer, (line,), "NET30", Instant(77))
    Specification(quoting)().when(accepted).then(
        order.PlaceOrder(
            *("b2b:Q1", "b2b", "Q1", "C1", "EUR"),
            (OrderLine("b2b:Q1/1", "MUG", "MUG-BLUE", 100, "9.125", 91_250, 18_250),),
            (Tender("b2b:Q1/p1", TenderMethod.ACCOUNT, 109_500, terms="NET30"),),
            Destination("FR", "69001", b"sealed"),
            OnShortage.SPLIT,
            Instant(77),
        )
    )
