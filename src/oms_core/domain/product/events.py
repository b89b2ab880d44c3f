"""What can have happened to a product."""

from __future__ import annotations

from oms_core.kernel import Event, State


class Dimensions(State, frozen=True):
    """The outside of one packed unit."""

    length_mm: int
    width_mm: int
    height_mm: int


class ProductRegistered(Event, frozen=True):
    """We deal in this item."""

    item_id: str
    sku: str
    name: str
    gtin: str = ""
    weight_g: int = 0
    dimensions: Dimensions | None = None
    cost_minor: int = 0
    cost_currency: str = ""


class SkuChanged(Event, frozen=True):
    """The item is sold under another code; the old one still leads to it."""

    item_id: str
    old_sku: str
    new_sku: str


class GtinAssigned(Event, frozen=True):
    """The item carries this barcode."""

    item_id: str
    gtin: str


class ProductMeasured(Event, frozen=True):
    """How large and heavy one packed unit is."""

    item_id: str
    weight_g: int
    dimensions: Dimensions


class CostSet(Event, frozen=True):
    """What one unit costs to buy from now on."""

    item_id: str
    cost_minor: int
    cost_currency: str


class ProductDiscontinued(Event, frozen=True):
    """The item is no longer bought or sold."""

    item_id: str


ProductEvent = (
    ProductRegistered | SkuChanged | GtinAssigned | ProductMeasured | CostSet | ProductDiscontinued
)
