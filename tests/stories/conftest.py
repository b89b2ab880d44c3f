"""A shop in memory that has lived a little."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from adapters.memory import MemoryLog, memory_environment
from oms_core.domain.account.commands import OpenAccount, ReceivePayment
from oms_core.domain.cart.commands import AbandonCart
from oms_core.domain.coupon.commands import IssueCoupon
from oms_core.domain.customer.commands import RegisterCustomer
from oms_core.domain.fulfilment.commands import (
    DeliverFulfilment,
    RejectFulfilment,
    ShipFulfilment,
    ShippedLine,
)
from oms_core.domain.fulfilment.events import RejectionReason
from oms_core.domain.giftcard.commands import IssueGiftCard
from oms_core.domain.invoice.commands import IssueInvoice, RaiseDunning
from oms_core.domain.order.commands import CancelLine, CancelOrder, RecordReturn, ReturnLine
from oms_core.domain.order.events import (
    CancellationReason,
    Disposition,
    OnShortage,
    TenderMethod,
)
from oms_core.domain.payment.commands import (
    Outcome,
    ReportAuthorization,
    ReportCapture,
    ReportRefund,
    SettleMovement,
)
from oms_core.domain.payment.events import MovementKind
from oms_core.domain.payout.commands import BookPayout
from oms_core.domain.product.commands import ChangeSku, RegisterProduct
from oms_core.domain.quote.commands import AcceptQuote, IssueQuote, RequestQuote
from oms_core.domain.quote.events import Buyer, Offer, Tier, Wish
from oms_core.domain.stock.commands import (
    AdjustStock,
    CountStock,
    DispatchTransfer,
    ExpectSupply,
    ReceiveTransfer,
    SetRingFence,
)
from oms_core.domain.stock.events import AdjustmentReason
from oms_core.domain.webhook.commands import SubscribeWebhook
from oms_core.engine.application import Engine
from oms_core.kernel import Command, Instant, Recorded
from oms_core.policies.config import EUROPE_AND_ASIA, Policies
from tests.support.policies import EVERYTHING
from tests.support.shop import ask, checkout, must, placement, receipt, shopping

SECOND = 1_000_000
START = 1_767_268_800 * SECOND


@contextmanager
def opened(policies: Policies) -> Iterator[Engine]:
    """Open an engine on an empty log in memory, whose clock moves a second with each batch."""
    now = [START]

    def tick() -> Instant:
        now[0] += SECOND
        return Instant(now[0])

    with Engine(memory_environment(), clock=tick, policies=policies) as engine:
        yield engine


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine on an empty log; nothing is promised, and nobody is written to."""
    with opened(EUROPE_AND_ASIA) as engine:
        yield engine


def read(engine: Engine) -> list[Recorded]:
    """Return the whole log."""
    return MemoryLog(engine.recorder).read(0, 1_000_000)


def payout(payout_id: str) -> tuple[Command, ...]:
    """The provider pays out, less what went back for the first order and a monthly fee."""
    back = ("web:1/p1", MovementKind.REFUND, "R-1", -1_000, "EUR")
    return (
        SettleMovement(*back, payout_id, "txn-1", -1_000, "EUR", 0),
        BookPayout(payout_id, "stripe", "po_1", "EUR", -1_200, 200, "2026-01-05"),
    )


def business(engine: Engine) -> None:
    """Sell to a business: two quotes, an invoice that is paid in part, an order that waits."""
    account, buyer = "C1|EUR", Buyer("C1", "b2b", "EUR", "FR")
    offers = (Offer("MUG", "MUG", (Tier(1, "9.50"),), 2_000),)
    must(engine, OpenAccount(account, "C1", "EUR", 5_000))
    for number, wish in (("Q1", 2), ("Q2", 4)):
        must(engine, RequestQuote(number, buyer, (Wish("MUG", wish),)))
        must(engine, IssueQuote(number, 1, offers, "NET30", Instant(2**60), 2))
        must(engine, AcceptQuote(number, 1, Instant(START)))
    must(engine, ShipFulfilment("b2b:Q1/f1.1"), IssueInvoice("b2b:Q1/f1.1", "2026-01-01"))
    must(engine, ReceivePayment(account, "bank-1", 500, "EUR", "2026-01-15", "b2b:Q1/f1.1"))
    must(engine, RaiseDunning("b2b:Q1/f1.1", "2026-02-28"))


@pytest.fixture
def lived_in() -> Iterator[Engine]:
    """A shop with orders in every state, and stock that has moved in every way."""
    with opened(EVERYTHING) as engine:
        live(engine)
        yield engine


def live(engine: Engine) -> None:
    """Let a shop live a little."""
    must(engine, RegisterProduct("MUG", "mug", "A mug"), RegisterCustomer("C1", "FR"))
    must(engine, receipt("MUG", 20), receipt("CUP", 9, "LEEDS"), receipt("PLATE", 3, document="P"))
    must(engine, ExpectSupply("PLATE", "PO-1", "LYON", 50, Instant(START)))
    must(engine, SetRingFence("MUG", "marketplace", 4))
    must(engine, placement(1, ("MUG", 2), ("CUP", 1)))
    must(engine, ReportAuthorization("web:1/p1", Outcome.SUCCEEDED, "ref-1"))
    must(engine, ShipFulfilment("web:1/f1.1"), ShipFulfilment("web:1/f1.2"))
    for number in (1, 2):
        must(engine, ReportCapture("web:1/p1", f"web:1/f1.{number}", Outcome.SUCCEEDED))
        must(engine, DeliverFulfilment(f"web:1/f1.{number}"))
    back = RecordReturn("web:1", "R-1", (ReturnLine("web:1/1", 1),), Disposition.RESTOCK, "LYON")
    must(engine, back, ReportRefund("web:1/p1", "R-1", Outcome.SUCCEEDED))
    must(engine, *payout("stripe:po_1"))
    must(engine, placement(2, ("PLATE", 5), on_shortage=OnShortage.BACKORDER))
    must(engine, placement(3, ("PLATE", 5)), placement(4, ("CUP", 3), method=TenderMethod.CASH))
    must(engine, ShipFulfilment("web:4/f1.1", lines=(ShippedLine("web:4/1", 2),)))
    must(engine, placement(5, ("MUG", 3), method=TenderMethod.CASH))
    must(engine, RejectFulfilment("web:5/f1.1", RejectionReason.CAPACITY))
    must(engine, CancelLine("web:5", "web:5/1", 1, CancellationReason.CUSTOMER, "X-1"))
    must(engine, placement(6, ("CUP", 1), channel="marketplace"))
    must(engine, CancelOrder("marketplace:6", CancellationReason.FRAUD))
    must(engine, AdjustStock("CUP", "A-1", "LEEDS", -1, AdjustmentReason.DAMAGED))
    must(engine, CountStock("MUG", "N-1", "LYON", 17), ChangeSku("MUG", "mug-blue"))
    business(engine)
    must(engine, DispatchTransfer("CUP", "T-1", "LEEDS", "LYON", 2))
    must(engine, ReceiveTransfer("CUP", "T-1", 1))
    must(engine, *shopping("web:c1", ("MUG", 2), ("CUP", 1)), *shopping("web:c2", ("MUG", 99)))
    must(engine, checkout("web:c1", 7, 3_000), AbandonCart("web:c2", Instant(2 * START)))
    must(engine, IssueCoupon("SAVE", 1), IssueGiftCard("G1", 1_000, "EUR"))
    must(engine, SubscribeWebhook("crm", "https://crm.example/hook", ("OrderPlaced",), b"sealed"))
    ask(engine, ShipFulfilment("web:99/f1.1"))
