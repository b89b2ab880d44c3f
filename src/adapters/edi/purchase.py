"""A purchase order, whatever it was written in, and the message that it is to us.

Here nothing is decided: prices, quantities and dates are the partner's, tax and terms are those
that were agreed on.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from adapters.edi.partners import Partner
from adapters.intake import inbound
from adapters.money import exponent
from oms_core.domain.order.events import TenderMethod
from oms_core.kernel import Instant
from oms_core.kernel.money import extend

CHANNEL = "edi"
DECIMALS_MAX = 6
EPOCH = date(1970, 1, 1)
DAY_MICROS = 86_400 * 1_000_000
BASIS_POINTS = 10_000


class PurchaseLine(NamedTuple):
    """A line; the price is that of a unit, in major units."""

    number: int
    item_id: str
    part: str
    quantity: int
    unit_price: Decimal


class ShipTo(NamedTuple):
    """Where the goods go; `address` is all of it, for people, and not kept in the clear."""

    country: str = ""
    postal_code: str = ""
    address: str = ""


class Purchase(NamedTuple):
    """A purchase order. Dates are ISO 8601; an empty one was not given."""

    reference: str
    ordered_on: str
    lines: tuple[PurchaseLine, ...]
    ship_to: ShipTo
    ship_on: str = ""
    deliver_on: str = ""


def reference_of(partner: str, reference: str) -> str:
    """Return the order's reference in our channel: partners count for themselves."""
    return f"{partner}-{reference}"


def midnight(day: str) -> Instant:
    """Return the beginning of a day in UTC."""
    return Instant((date.fromisoformat(day) - EPOCH).days * DAY_MICROS)


def day_of(at: Instant) -> str:
    """Return the day in UTC that a moment lies in."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).date().isoformat()


def message_of(
    purchase: Purchase, name: str, partner: Partner, sealed: bytes
) -> inbound.PlaceOrder:
    """Return what the purchase order asks of us, on account and on the terms agreed on."""
    lines = tuple(_line(line, partner) for line in purchase.lines)
    total = sum(line.net_minor + line.tax_minor for line in lines)
    payment = inbound.Payment(TenderMethod.ACCOUNT, total, terms=partner.terms)
    return inbound.PlaceOrder(
        reference_of(name, purchase.reference),
        partner.customer_id,
        partner.currency,
        lines,
        (payment,),
        inbound.Address(purchase.ship_to.country, purchase.ship_to.postal_code, sealed),
        midnight(purchase.ordered_on),
        partner.on_shortage,
        ship_by=_ship_by(purchase, partner),
    )


def _ship_by(purchase: Purchase, partner: Partner) -> Instant:
    if purchase.ship_on:
        return midnight(purchase.ship_on)
    if purchase.deliver_on:
        return Instant(midnight(purchase.deliver_on) - partner.transit_days * DAY_MICROS)
    return Instant(0)


def _line(line: PurchaseLine, partner: Partner) -> inbound.Line:
    net = extend(line.unit_price, line.quantity, exponent(partner.currency))
    tax = Decimal(net * partner.tax_bp) / BASIS_POINTS
    return inbound.Line(
        line.number,
        line.item_id,
        line.quantity,
        net,
        int(tax.quantize(Decimal(1), rounding=ROUND_HALF_UP)),
        unit_price=f"{line.unit_price:f}",
        sku=line.part,
    )
