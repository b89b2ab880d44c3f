"""Several deeds at once, after which there is more to do: stories seldom get there by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from oms_core.domain.fulfilment.commands import ShipFulfilment
from oms_core.domain.invoice.commands import IssueInvoice, RaiseDunning
from oms_core.domain.order.commands import PlaceOrder, ReplaceTender
from oms_core.domain.order.events import Tender, TenderMethod
from oms_core.domain.payment.commands import (
    Outcome,
    RenewAuthorization,
    ReportAuthorization,
    ReportCapture,
)
from oms_core.kernel import Instant
from oms_core.kernel.calendar import date_of
from tests.machines.deeds import HOUR, Numbers, place_order

if TYPE_CHECKING:
    from tests.machines.whole_shop import WholeShop


def _place(shop: WholeShop, n: Numbers, method: TenderMethod, terms: str) -> PlaceOrder:
    wish = place_order(shop, n)
    total = sum(line.net_minor + line.tax_minor for line in wish.lines)
    tender = Tender(f"{wish.order_id}/p1", method, total, "tok", terms)
    placed = replace(wish, customer_id="C1", currency="EUR", tenders=(tender,))
    shop.do(placed)
    return placed


def _send(shop: WholeShop, order_id: str) -> list[str]:
    parcels = [name for name, _ in shop.of("fulfilment") if name.startswith(f"{order_id}/")]
    for name in parcels:
        shop.do(ShipFulfilment(name))
    return parcels


def sell_on_terms(shop: WholeShop, n: Numbers) -> None:
    """Sell to a customer on terms: goods have left, and the invoices are out."""
    order_id = _place(shop, n, TenderMethod.ACCOUNT, "NET0").order_id
    _send(shop, order_id)
    for name, state in shop.of("invoice"):
        if name.startswith(f"{order_id}/") and not state.number:
            shop.do(IssueInvoice(name, date_of(shop.now)))


def remind_in_vain(shop: WholeShop, n: Numbers) -> None:
    """Sell on terms, then wait, and remind the customer twice: the account is blocked."""
    sell_on_terms(shop, n)
    for _ in range(2):
        shop.now = Instant(shop.now + 22 * 24 * HOUR)
        for name, state in shop.of("invoice"):
            if state.open_minor:
                shop.do(RaiseDunning(name, date_of(shop.now)))


def sell_by_card(shop: WholeShop, n: Numbers) -> None:
    """Sell to a customer who pays by card: goods have left, and the money is asked for, or here."""
    order_id = _place(shop, n, TenderMethod.CARD, "").order_id
    payment_id = f"{order_id}/p1"
    expires_at = Instant(shop.now + 72 * HOUR)
    shop.do(ReportAuthorization(payment_id, Outcome.SUCCEEDED, "ref", "", expires_at))
    for name in _send(shop, order_id):
        if n.below(2):
            shop.do(ReportCapture(payment_id, name, Outcome.SUCCEEDED))


def wait_with_a_card(shop: WholeShop, n: Numbers) -> None:
    """Sell by card what leaves late, in part or not at all: the card is asked once more."""
    order_id = _place(shop, n, TenderMethod.CARD, "").order_id
    payment_id = f"{order_id}/p1"
    expires_at = Instant(shop.now + 72 * HOUR)
    shop.do(ReportAuthorization(payment_id, Outcome.SUCCEEDED, "ref", "", expires_at))
    if n.below(2):
        _send(shop, order_id)
    shop.now = Instant(shop.now + 48 * HOUR)
    shop.do(RenewAuthorization(payment_id, shop.now))
    renewal_id, outcome = f"{payment_id}~2", n.one((Outcome.SUCCEEDED, Outcome.FAILED))
    if f"payment:{renewal_id}" in shop.states and n.below(3):
        expires_at = Instant(shop.now + 72 * HOUR)
        shop.do(ReportAuthorization(renewal_id, outcome, "ref-2", "", expires_at))
    if n.below(2):
        shop.do(ReplaceTender(order_id, payment_id, "tok-2"))
