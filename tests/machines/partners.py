"""Whatever partners may do with a shop: providers, warehouses, business customers, accountants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oms_core.domain.account import commands as account
from oms_core.domain.fulfilment import commands as fulfilment
from oms_core.domain.fulfilment.events import RejectionReason
from oms_core.domain.invoice import commands as invoice
from oms_core.domain.invoice.state import Standing
from oms_core.domain.payment import commands as payment
from oms_core.domain.payment.commands import Outcome
from oms_core.domain.payment.events import Method, MovementKind
from oms_core.domain.payment.state import PENDING, Payment
from oms_core.domain.quote import commands as quote
from oms_core.domain.quote.events import Buyer, Offer, Tier, Wish
from oms_core.domain.stock import commands as stock
from oms_core.kernel import Command, Instant
from oms_core.kernel.calendar import date_of
from tests.machines.deeds import CUSTOMERS, HOUR, ITEMS, Numbers

if TYPE_CHECKING:
    from tests.machines.whole_shop import WholeShop

OUTCOMES = (Outcome.SUCCEEDED, Outcome.SUCCEEDED, Outcome.FAILED, Outcome.UNKNOWN)


def _is_asked(state: Payment) -> bool:
    """Say whether somebody outside answers for a payment: for gift cards, we do ourselves."""
    return state.method is not Method.GIFT_CARD


def authorize(shop: WholeShop, n: Numbers) -> Command | None:
    """Answer an authorization, or let one lapse; late answers come too."""
    payments = [(name, state) for name, state in shop.of("payment") if _is_asked(state)]
    waiting = [name for name, state in payments if state.standing in PENDING]
    names = waiting or [name for name, _ in payments]
    if not names:
        return None
    name, outcome = n.one(names), n.one((*OUTCOMES, Outcome.ACTION_REQUIRED))
    if n.below(8) == 7:
        return payment.ExpireAuthorization(name, shop.now)
    expires_at = Instant(shop.now + 72 * HOUR)
    return payment.ReportAuthorization(name, outcome, "ref", "said so", expires_at)


def settle(shop: WholeShop, n: Numbers) -> Command | None:
    """Answer whatever else was asked of the provider, or say that a bank took money back."""
    asked: list[Command] = []
    for name, state in shop.of("payment"):
        outcome = n.one(OUTCOMES)
        asked += [payment.ReportCapture(name, c, outcome) for c in sorted(state.captures)]
        asked += [payment.ReportRefund(name, r, outcome) for r in sorted(state.refunds)]
        if state.voiding:
            asked.append(payment.ReportVoid(name, state.voiding, outcome))
        if state.captured_minor:
            amount = 1 + n.below(state.captured_minor)
            asked.append(payment.RequestRefund(name, f"G{shop.number()}", amount, "goodwill"))
            asked.append(payment.ReportChargeback(name, f"K{shop.number()}", amount, "unknown"))
    return n.one(asked) if asked else None


def finish(shop: WholeShop, n: Numbers) -> Command | None:
    """Go on with what others left half done: refunds, payouts, transfers, units aside, credit."""
    left: list[Command] = []
    for name, state in shop.of("payment"):
        outcome = n.one(OUTCOMES)
        left += [payment.ReportRefund(name, r, outcome) for r in sorted(state.refunds)]
        for intent, amount in sorted(state.in_clearing.items()):
            kind, _, movement = intent.partition(":")
            terms = amount, state.currency, "P1", f"T{shop.number()}", amount, state.currency, 1
            left.append(payment.SettleMovement(name, MovementKind(kind), movement, *terms))
    for item, state in shop.of("stock"):
        for transfer_id, transfer in sorted(state.transfers.items()):
            units = n.below(transfer.quantity + 1)
            left.append(stock.ReceiveTransfer(item, transfer_id, units))
        for place, shelf in sorted(state.locations.items()):
            if shelf.quarantined:
                units, document = 1 + n.below(shelf.quarantined), f"D{shop.number()}"
                left.append(stock.LiftQuarantine(item, document, place, units))
    for name, state in shop.of("account"):
        for document, owed in sorted(state.invoices.items()):
            if owed.due_on and (most := min(owed.open_minor, state.unapplied_minor)):
                amount, use = 1 + n.below(most), f"A{shop.number()}"
                left.append(account.ApplyCredit(name, use, document, amount))
    return n.one(left) if left else None


def send(shop: WholeShop, n: Numbers) -> Command | None:
    """Accept, refuse, send in full or short, or deliver a parcel."""
    if not (name := shop.choose("fulfilment", n)):
        return None
    asked = shop.states[f"fulfilment:{name}"].asked
    short = tuple(
        fulfilment.ShippedLine(line.line_id, n.below(line.quantity + 1)) for line in asked.lines
    )
    return n.one(
        (
            fulfilment.ShipFulfilment(name),
            fulfilment.DeliverFulfilment(name),
            fulfilment.AcceptFulfilment(name),
            fulfilment.ShipFulfilment(name, lines=short),
            fulfilment.RejectFulfilment(name, n.one(tuple(RejectionReason))),
        )
    )


def bargain(shop: WholeShop, n: Numbers) -> Command:
    """Ask for a price, name one, take it, leave it, or let it lapse."""
    quotes = shop.of("quote")
    if not quotes or n.below(4) == 3:
        customer_id = n.one(tuple(CUSTOMERS))
        buyer = Buyer(customer_id, "b2b", CUSTOMERS[customer_id], "FR")
        wishes = (Wish(n.one(ITEMS), 1 + n.below(4)),)
        return quote.RequestQuote(f"q{shop.number()}", buyer, wishes)
    name, state = n.one(quotes)
    offers = tuple(
        Offer(wish.item_id, wish.item_id, (Tier(1, "9.07"), Tier(3, "8.53")), 1_900)
        for wish in state.request.wishes
    )
    version, until = state.version, Instant(shop.now + 48 * HOUR)
    exponent = 2 if state.request.buyer.currency == "EUR" else 0
    issue = quote.IssueQuote(name, version + 1, offers, n.one(("NET7", "NET0")), until, exponent)
    if not version:
        return issue
    return n.one(
        (
            quote.AcceptQuote(name, version, shop.now),
            quote.DeclineQuote(name, version, "too dear"),
            issue,
            quote.ExpireQuote(name, shop.now),
        )
    )


def account_for(shop: WholeShop, n: Numbers) -> Command | None:
    """Issue, remind, correct, void or give up an invoice."""
    if not (documents := shop.of("invoice")):
        return None
    name, state = n.one(documents)
    today = date_of(shop.now)
    if state.standing in (Standing.DRAFT, Standing.NUMBERING):
        return invoice.IssueInvoice(name, today)
    part = 1 + n.below(max(1, state.terms.net_minor))
    return n.one(
        (
            invoice.CorrectInvoice(name, f"K{shop.number()}", part, "price"),
            invoice.RaiseDunning(name, today),
            invoice.RaiseDunning(name, today),
            invoice.VoidInvoice(name, "wrong address"),
            invoice.WriteOffInvoice(name, "insolvent"),
            invoice.IssueInvoice(name, today),
        )
    )


def trust(shop: WholeShop, n: Numbers) -> Command:
    """Open an account, trust more or less, or take a risk."""
    customer_id = n.one(tuple(CUSTOMERS))
    currency = CUSTOMERS[customer_id]
    account_id, limit = f"{customer_id}|{currency}", n.one((9_000, 2_500, 0, 60_000))
    state = shop.states.get(f"account:{account_id}")
    if state is None or not state.opened:
        return account.OpenAccount(account_id, customer_id, currency, limit)
    waiting = [waiting.order_id for waiting in state.waiting]
    if waiting and n.below(2):
        return account.ApproveCredit(account_id, n.one(waiting))
    return account.ChangeLimit(account_id, limit)


def pay(shop: WholeShop, n: Numbers) -> Command | None:
    """Let a business customer pay: exactly, in part or too much, for an invoice or for none."""
    if not (name := shop.choose("account", n)):
        return None
    state = shop.states[f"account:{name}"]
    owed = sorted(state.invoices.items())
    document, asked = n.one(
        [("", state.exposure_minor), *((i, invoice.open_minor) for i, invoice in owed)]
    )
    amount = max(1, n.one((asked, asked, asked // 2, asked + 7)))
    receipt = f"bank-{shop.number()}"
    currency = name.partition("|")[2]
    return account.ReceivePayment(name, receipt, amount, currency, date_of(shop.now), document)
