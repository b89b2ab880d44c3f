"""Which accounts each event moves: the posting rules of the ledger, as a table.

Every event's postings sum to zero in each currency. Two events tell of one shipment: stock knows
the cost when goods leave the shelf, the order knows why they left. They meet in `goods_issued`,
which is back at zero when both are booked.

A sale is booked once, when goods leave: the customer owes it, in `receivables`. An invoice moves
what it asks for on to `trade_receivables`, which therefore is the sum of all open invoices. Money
and credit notes that are at a customer's disposal are in `unapplied_cash` until they pay one.

What is on gift cards is owed to their holders, in `gift_cards`: selling one is no sale, and paying
with one brings no cash. What lapses on them is earned as breakage.

What a provider takes for us is in `cash_clearing` until it is part of a payout, and then, less
its fee, in `payouts_in_transit`; the payout itself moves its sum to the bank. Both are back at zero
when every movement has come and nothing else has; what is left is what to ask the provider about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from oms_core.domain.account import events as account
from oms_core.domain.giftcard import events as giftcard
from oms_core.domain.invoice import events as invoice
from oms_core.domain.order import events as order
from oms_core.domain.payment import events as payment
from oms_core.domain.payout import events as payout
from oms_core.domain.stock import events as stock
from oms_core.kernel import Event


class Account(StrEnum):
    """The chart of accounts. `refunds` is the part of revenue that was given back."""

    RECEIVABLES = "receivables"
    TRADE_RECEIVABLES = "trade_receivables"
    UNAPPLIED_CASH = "unapplied_cash"
    BAD_DEBT = "bad_debt"
    REVENUE = "revenue"
    REFUNDS = "refunds"
    TAX_PAYABLE = "tax_payable"
    CASH_CLEARING = "cash_clearing"
    GIFT_CARDS = "gift_cards"
    GIFT_CARD_BREAKAGE = "gift_card_breakage"
    PAYOUTS_IN_TRANSIT = "payouts_in_transit"
    BANK = "bank"
    PAYMENT_FEES = "payment_fees"
    EXCHANGE = "exchange"
    INVENTORY = "inventory"
    GOODS_ISSUED = "goods_issued"
    GOODS_RECEIVED_NOT_INVOICED = "goods_received_not_invoiced"
    COST_OF_GOODS_SOLD = "cost_of_goods_sold"
    MARKETING_EXPENSE = "marketing_expense"
    WRITE_OFFS = "write_offs"


class Posting(msgspec.Struct, frozen=True, gc=False):
    """An amount on an account: a debit if it is positive, a credit if it is negative."""

    account: Account
    currency: str
    amount_minor: int


Postings = tuple[Posting, ...]


def _move(debit: Account, credit: Account, amount_minor: int, currency: str) -> Postings:
    """Debit one account and credit the other; with a negative amount the other way round."""
    if not amount_minor:
        return ()
    return (Posting(debit, currency, amount_minor), Posting(credit, currency, -amount_minor))


def _sale(sign: int, net: Account, event: order.LineShipped | order.LineReturned) -> Postings:
    net_minor, tax_minor, currency = event.net_minor, event.tax_minor, event.currency
    gross = net_minor + tax_minor
    if not tax_minor:
        return (
            (
                Posting(Account.RECEIVABLES, currency, sign * gross),
                Posting(net, currency, -sign * net_minor),
            )
            if gross
            else ()
        )
    return tuple(
        posting
        for posting in (
            Posting(Account.RECEIVABLES, currency, sign * gross),
            Posting(net, currency, -sign * net_minor),
            Posting(Account.TAX_PAYABLE, currency, -sign * tax_minor),
        )
        if posting.amount_minor
    )


def _consumption(event: order.LineShipped | order.LineReturned) -> Account:
    """Say what the goods were used for: a gift is advertising."""
    gift = event.purpose is order.Purpose.GIFT
    return Account.MARKETING_EXPENSE if gift else Account.COST_OF_GOODS_SOLD


def line_shipped(event: order.LineShipped) -> Postings:
    """Book the sale, and what the goods cost."""
    return _sale(1, Account.REVENUE, event) + _move(
        _consumption(event),
        Account.GOODS_ISSUED,
        event.cost_minor,
        event.cost_currency or event.currency,
    )


def line_returned(event: order.LineReturned) -> Postings:
    """Take the sale and its cost back; goods that go back to no shelf are written off."""
    lost = event.disposition is order.Disposition.WRITE_OFF
    return _sale(-1, Account.REFUNDS, event) + _move(
        Account.WRITE_OFFS if lost else Account.GOODS_ISSUED,
        _consumption(event),
        event.cost_minor,
        event.cost_currency or event.currency,
    )


def invoice_issued(event: invoice.InvoiceIssued) -> Postings:
    """Ask for what was sold, or put what was taken back at the customer's disposal.

    A return was booked when the goods came back; a correction is booked here.
    """
    net, tax, currency = event.net_minor, event.tax_minor, event.currency
    if event.kind is invoice.DocumentKind.INVOICE:
        return _move(Account.TRADE_RECEIVABLES, Account.RECEIVABLES, net + tax, currency)
    if event.kind is invoice.DocumentKind.CREDIT_NOTE:
        return _move(Account.RECEIVABLES, Account.UNAPPLIED_CASH, net + tax, currency)
    return _move(Account.REFUNDS, Account.UNAPPLIED_CASH, net, currency) + _move(
        Account.TAX_PAYABLE, Account.UNAPPLIED_CASH, tax, currency
    )


def movement_settled(event: payment.MovementSettled) -> Postings:
    """Take a movement out of clearing; into another currency it goes by way of `exchange`."""
    paid, fee, currency = event.paid_minor, event.fee_minor, event.payout_currency
    settled = _move(Account.PAYOUTS_IN_TRANSIT, Account.PAYMENT_FEES, -fee, currency)
    if currency == event.currency:
        return _move(Account.PAYOUTS_IN_TRANSIT, Account.CASH_CLEARING, paid, currency) + settled
    return (
        _move(Account.EXCHANGE, Account.CASH_CLEARING, event.amount_minor, event.currency)
        + _move(Account.PAYOUTS_IN_TRANSIT, Account.EXCHANGE, paid, currency)
        + settled
    )


def payout_booked(event: payout.PayoutBooked) -> Postings:
    """Take the sum out of transit: most of it is in the bank, some the provider has kept."""
    return _move(Account.BANK, Account.PAYOUTS_IN_TRANSIT, event.net_minor, event.currency) + _move(
        Account.PAYMENT_FEES, Account.PAYOUTS_IN_TRANSIT, event.fee_minor, event.currency
    )


def _moving(debit: Account, credit: Account, field: str) -> Callable[[Any], Postings]:
    """Return the rule that moves the amount in `field` from one account to another."""

    def post(event: Any) -> Postings:
        return _move(debit, credit, getattr(event, field), event.currency)

    return post


def _means(event: payment.CaptureSucceeded | payment.RefundSucceeded) -> Account:
    """Say what a payment moves: cash, or what we owe on gift cards."""
    by_card = event.method is payment.Method.GIFT_CARD
    return Account.GIFT_CARDS if by_card else Account.CASH_CLEARING


def captured(event: payment.CaptureSucceeded) -> Postings:
    """Book what was paid for a sale."""
    return _move(_means(event), Account.RECEIVABLES, event.amount_minor, event.currency)


def refunded(event: payment.RefundSucceeded) -> Postings:
    """Book what was given back."""
    return _move(Account.RECEIVABLES, _means(event), event.amount_minor, event.currency)


def gift_card_issued(event: giftcard.GiftCardIssued) -> Postings:
    """Owe what was paid for the card; one that is given away is advertising."""
    sold = event.origin is giftcard.Origin.SOLD
    means = Account.CASH_CLEARING if sold else Account.MARKETING_EXPENSE
    return _move(means, Account.GIFT_CARDS, event.amount_minor, event.currency)


POSTINGS: Mapping[type[Event], Callable[[Any], Postings]] = {
    order.LineShipped: line_shipped,
    order.LineReturned: line_returned,
    payment.CaptureSucceeded: captured,
    payment.RefundSucceeded: refunded,
    payment.PaymentChargedBack: _moving(Account.RECEIVABLES, Account.CASH_CLEARING, "amount_minor"),
    payment.MovementSettled: movement_settled,
    payout.PayoutBooked: payout_booked,
    invoice.InvoiceIssued: invoice_issued,
    invoice.InvoiceVoided: _moving(Account.RECEIVABLES, Account.TRADE_RECEIVABLES, "amount_minor"),
    invoice.InvoiceWrittenOff: _moving(Account.BAD_DEBT, Account.TRADE_RECEIVABLES, "amount_minor"),
    invoice.PaymentApplied: _moving(
        Account.UNAPPLIED_CASH, Account.TRADE_RECEIVABLES, "amount_minor"
    ),
    account.PaymentReceived: _moving(Account.CASH_CLEARING, Account.UNAPPLIED_CASH, "amount_minor"),
    giftcard.GiftCardIssued: gift_card_issued,
    giftcard.GiftCardExpired: _moving(
        Account.GIFT_CARDS, Account.GIFT_CARD_BREAKAGE, "amount_minor"
    ),
    stock.StockReceived: _moving(
        Account.INVENTORY, Account.GOODS_RECEIVED_NOT_INVOICED, "cost_minor"
    ),
    stock.StockShipped: _moving(Account.GOODS_ISSUED, Account.INVENTORY, "cost_minor"),
    stock.StockReturned: _moving(Account.INVENTORY, Account.GOODS_ISSUED, "cost_minor"),
    stock.StockShorted: _moving(Account.WRITE_OFFS, Account.INVENTORY, "cost_minor"),
    stock.StockAdjusted: _moving(Account.INVENTORY, Account.WRITE_OFFS, "cost_minor"),
    stock.StockCounted: _moving(Account.INVENTORY, Account.WRITE_OFFS, "cost_minor"),
    stock.TransferReceived: _moving(Account.WRITE_OFFS, Account.INVENTORY, "cost_minor"),
}


def postings(event: Event) -> Postings:
    """Return what an event moves; most events move nothing."""
    rule = POSTINGS.get(type(event))
    return rule(event) if rule else ()
