"""What may be asked of a product."""

from __future__ import annotations

from oms_core.domain.product.events import Dimensions
from oms_core.kernel import Command


class RegisterProduct(Command, frozen=True):
    """Begin to deal in an item. The GTIN, where given, must have a right check digit."""

    item_id: str
    sku: str
    name: str
    gtin: str = ""
    weight_g: int = 0
    dimensions: Dimensions | None = None
    cost_minor: int = 0
    cost_currency: str = ""


class ChangeSku(Command, frozen=True):
    """Sell the item under another code."""

    item_id: str
    sku: str


class AssignGtin(Command, frozen=True):
    """Give the item a barcode."""

    item_id: str
    gtin: str


class MeasureProduct(Command, frozen=True):
    """Say how large and heavy one packed unit is."""

    item_id: str
    weight_g: int
    dimensions: Dimensions


class SetCost(Command, frozen=True):
    """Say what one unit costs to buy."""

    item_id: str
    cost_minor: int
    cost_currency: str


class DiscontinueProduct(Command, frozen=True):
    """Stop dealing in the item."""

    item_id: str


ProductCommand = (
    RegisterProduct | ChangeSku | AssignGtin | MeasureProduct | SetCost | DiscontinueProduct
)
