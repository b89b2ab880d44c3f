"""Products: what we deal in, and the codes that lead to it, old ones included."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from oms_core.domain.product import events
from oms_core.kernel import Recorded, State
from projections.rules import one, view


class Product(State, frozen=True):
    """An item as it is known now. Sizes and weight are of one packed unit, zero if not measured."""

    item_id: str
    sku: str = ""
    name: str = ""
    gtin: str = ""
    weight_g: int = 0
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0
    cost_minor: int = 0
    cost_currency: str = ""
    discontinued: bool = False


class Sku(State, frozen=True):
    """A code and the item that it leads to; `current` unless the item has got another one since."""

    sku: str
    item_id: str
    current: bool = True


def blank(key: str, _: Any) -> Product:
    """Return an item that nothing is known of but its id."""
    return Product(key)


def _sized(product: Product, size: events.Dimensions | None) -> Product:
    if size is None:
        return product
    return replace(
        product, length_mm=size.length_mm, width_mm=size.width_mm, height_mm=size.height_mm
    )


def registered(product: Product, event: events.ProductRegistered, _: Recorded) -> Product:
    """Know the item."""
    product = replace(
        product,
        sku=event.sku,
        name=event.name,
        gtin=event.gtin,
        weight_g=event.weight_g,
        cost_minor=event.cost_minor,
        cost_currency=event.cost_currency,
    )
    return _sized(product, event.dimensions)


def recoded(product: Product, event: events.SkuChanged, _: Recorded) -> Product:
    """Know the new code."""
    return replace(product, sku=event.new_sku)


def assigned(product: Product, event: events.GtinAssigned, _: Recorded) -> Product:
    """Know the barcode."""
    return replace(product, gtin=event.gtin)


def measured(product: Product, event: events.ProductMeasured, _: Recorded) -> Product:
    """Know weight and size."""
    return _sized(replace(product, weight_g=event.weight_g), event.dimensions)


def costed(product: Product, event: events.CostSet, _: Recorded) -> Product:
    """Know what a unit costs to buy."""
    return replace(product, cost_minor=event.cost_minor, cost_currency=event.cost_currency)


def discontinued(product: Product, _: events.ProductDiscontinued, __: Recorded) -> Product:
    """Know that the item is no longer sold."""
    return replace(product, discontinued=True)


ITEM = one("item_id")

products = view(
    "products",
    Product,
    blank,
    {
        events.ProductRegistered: (ITEM, registered),
        events.SkuChanged: (ITEM, recoded),
        events.GtinAssigned: (ITEM, assigned),
        events.ProductMeasured: (ITEM, measured),
        events.CostSet: (ITEM, costed),
        events.ProductDiscontinued: (ITEM, discontinued),
    },
)


def blank_sku(key: str, event: Any) -> Sku:
    """Return a code that leads to the event's item."""
    return Sku(key, event.item_id)


def given(sku: Sku, event: events.ProductRegistered, _: Recorded) -> Sku:
    """Lead to the item, whatever the code led to before."""
    return Sku(sku.sku, event.item_id)


def changed(sku: Sku, event: events.SkuChanged, _: Recorded) -> Sku:
    """Lead to the item by the new code, and still by the old one."""
    if sku.sku == event.new_sku:
        return Sku(sku.sku, event.item_id)
    return replace(sku, current=sku.current and sku.item_id != event.item_id)


def both_codes(event: events.SkuChanged) -> tuple[str, ...]:
    """Name the documents of the old code and of the new one."""
    old, new = event.old_sku, event.new_sku
    return (old,) if old == new else (old, new)


skus = view(
    "skus",
    Sku,
    blank_sku,
    {events.ProductRegistered: (one("sku"), given), events.SkuChanged: (both_codes, changed)},
)
