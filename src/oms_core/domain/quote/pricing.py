"""What an offer costs: the tier of each quantity, rounded once a line, and the tax on it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from oms_core.domain.quote import events
from oms_core.kernel import Rejected
from oms_core.kernel.money import extend

PRICE = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?", re.ASCII)
EXPONENT_MAX = 4
QUANTITY_MAX = 1_000_000_000
TOTAL_MINOR_MAX = 10**15
WHOLE_BP = 10_000


class UnusableOffer(Rejected):
    """Nobody could tell from the offer what something costs."""

    code = "quote.unusable_offer"
    remedy = (
        "Offer each item once, with tiers from one unit or more upwards, prices such as 9.50, "
        "tax_bp 0 to 10000 and the exponent of the currency, 0 to 4."
    )


class NotOffered(Rejected):
    """The item, or so few or many units of it, were not offered."""

    code = "quote.not_offered"
    remedy = "Wish for items of the offer, each once, in quantities of one of its tiers."


class TotalOutOfRange(Rejected):
    """The whole costs nothing, or more than an order may."""

    code = "quote.total_out_of_range"
    remedy = "Accept quantities that cost something, and less than 10^15 minor units."


def require_usable(offers: tuple[events.Offer, ...], exponent: int) -> None:
    """Check that a price can be told from the offer.

    :raises UnusableOffer: if it cannot.
    """
    if not offers or not 0 <= exponent <= EXPONENT_MAX:
        raise UnusableOffer(f"there are {len(offers)} offers and the exponent is {exponent}.")
    items = [offer.item_id for offer in offers]
    if len(set(items)) != len(items) or not all(items):
        raise UnusableOffer(f"item_id is one of {items}.")
    for offer in offers:
        steps = [tier.from_quantity for tier in offer.tiers]
        if not steps or steps[0] < 1 or sorted(set(steps)) != steps:
            raise UnusableOffer(f"the tiers of {offer.item_id!r} begin at {steps}.")
        if not 0 <= offer.tax_bp <= WHOLE_BP:
            raise UnusableOffer(f"tax_bp of {offer.item_id!r} is {offer.tax_bp}.")
        for tier in offer.tiers:
            if not PRICE.fullmatch(tier.unit_price):
                raise UnusableOffer(f"unit_price of {offer.item_id!r} is {tier.unit_price!r}.")


def price(
    offers: tuple[events.Offer, ...], wishes: Iterable[events.Wish], exponent: int
) -> tuple[events.PricedLine, ...]:
    """Return what the wishes cost: the price of a tier is for every unit, not for the units above.

    Amounts are rounded half up, the net amount and the tax once for each line.

    :raises NotOffered: if the offer has no price for a wish, or a wish is there twice.
    :raises TotalOutOfRange: if all of it costs nothing, or too much.
    """
    left = {offer.item_id: offer for offer in offers}
    lines = []
    for wish in wishes:
        offer = left.pop(wish.item_id, None)
        tiers = [t for t in (offer.tiers if offer else ()) if t.from_quantity <= wish.quantity]
        if offer is None or not tiers or wish.quantity > QUANTITY_MAX:
            raise NotOffered(f"{wish.quantity} of {wish.item_id!r} have no price.")
        unit_price = tiers[-1].unit_price
        net = extend(Decimal(unit_price), wish.quantity, exponent)
        tax = (net * offer.tax_bp + WHOLE_BP // 2) // WHOLE_BP
        lines.append(
            events.PricedLine(wish.item_id, offer.sku, wish.quantity, unit_price, net, tax)
        )
    total = sum(line.net_minor + line.tax_minor for line in lines)
    if not 1 <= total <= TOTAL_MINOR_MAX:
        raise TotalOutOfRange(f"the total is {total}.")
    return tuple(lines)
