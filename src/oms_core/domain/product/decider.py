"""The rules of a product."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from msgspec.structs import replace

from oms_core.domain.product import commands, events
from oms_core.kernel import Decider, Rejected, State, deciding, evolving
from oms_core.kernel.identity import is_gtin
from oms_core.kernel.money import is_currency_code

Events = Iterator[events.ProductEvent]


class Product(State, frozen=True):
    """What we know of an item. An empty SKU means that we do not deal in it."""

    sku: str = ""
    gtin: str = ""
    weight_g: int = 0
    dimensions: events.Dimensions | None = None
    cost_minor: int = 0
    cost_currency: str = ""
    discontinued: bool = False


class UnknownProduct(Rejected):
    """We do not deal in this item."""

    code = "product.unknown"
    remedy = "Register the product first."


class MissingSku(Rejected):
    """A product needs a code to be sold under."""

    code = "product.sku_missing"
    remedy = "Give an SKU of at least one character."


class WrongGtin(Rejected):
    """The barcode number cannot be right."""

    code = "product.wrong_gtin"
    remedy = "Give 8, 12, 13 or 14 digits with the check digit that GS1 prescribes."


class WrongMeasure(Rejected):
    """Nothing has such a size, weight or cost."""

    code = "product.wrong_measure"
    remedy = "Give whole millimetres and grams above zero, and a cost of zero or more."


def _require_gtin(gtin: str) -> None:
    if gtin and not is_gtin(gtin):
        raise WrongGtin(f"gtin is {gtin!r}.")


def _require_cost(cost_minor: int, currency: str) -> None:
    if cost_minor < 0 or ((cost_minor or currency) and not is_currency_code(currency)):
        raise WrongMeasure(f"cost_minor is {cost_minor} and cost_currency {currency!r}.")


def _require_size(weight_g: int, dimensions: events.Dimensions | None) -> None:
    sides = (dimensions.length_mm, dimensions.width_mm, dimensions.height_mm) if dimensions else ()
    if weight_g < 0 or any(side < 1 for side in sides):
        raise WrongMeasure(f"weight_g is {weight_g} and dimensions {dimensions!r}.")


def _require_known(product: Product) -> None:
    if not product.sku:
        raise UnknownProduct("item_id is not known.")


def register(command: commands.RegisterProduct, product: Product) -> Events:
    """Begin to deal in the item, once."""
    if not command.sku:
        raise MissingSku("sku is empty.")
    _require_gtin(command.gtin)
    _require_cost(command.cost_minor, command.cost_currency)
    _require_size(command.weight_g, command.dimensions)
    if not product.sku:
        yield events.ProductRegistered(
            command.item_id,
            command.sku,
            command.name,
            command.gtin,
            command.weight_g,
            command.dimensions,
            command.cost_minor,
            command.cost_currency,
        )


def change_sku(command: commands.ChangeSku, product: Product) -> Events:
    """Sell the item under another code; its stock and its history stay where they are."""
    _require_known(product)
    if not command.sku:
        raise MissingSku("sku is empty.")
    if command.sku != product.sku:
        yield events.SkuChanged(command.item_id, product.sku, command.sku)


def assign_gtin(command: commands.AssignGtin, product: Product) -> Events:
    """Give the item a barcode with a right check digit."""
    _require_known(product)
    if not is_gtin(command.gtin):
        raise WrongGtin(f"gtin is {command.gtin!r}.")
    if command.gtin != product.gtin:
        yield events.GtinAssigned(command.item_id, command.gtin)


def measure(command: commands.MeasureProduct, product: Product) -> Events:
    """Say how large and heavy a unit is."""
    _require_known(product)
    _require_size(command.weight_g, command.dimensions)
    if not command.weight_g:
        raise WrongMeasure("weight_g is 0.")
    if (command.weight_g, command.dimensions) != (product.weight_g, product.dimensions):
        yield events.ProductMeasured(command.item_id, command.weight_g, command.dimensions)


def set_cost(command: commands.SetCost, product: Product) -> Events:
    """Say what a unit costs to buy."""
    _require_known(product)
    _require_cost(command.cost_minor, command.cost_currency)
    if (command.cost_minor, command.cost_currency) != (product.cost_minor, product.cost_currency):
        yield events.CostSet(command.item_id, command.cost_minor, command.cost_currency)


def discontinue(command: commands.DiscontinueProduct, product: Product) -> Events:
    """Stop dealing in the item."""
    _require_known(product)
    if not product.discontinued:
        yield events.ProductDiscontinued(command.item_id)


def registered(product: Product, event: events.ProductRegistered) -> Product:
    """Know the item."""
    return replace(
        product,
        sku=event.sku,
        gtin=event.gtin,
        weight_g=event.weight_g,
        dimensions=event.dimensions,
        cost_minor=event.cost_minor,
        cost_currency=event.cost_currency,
    )


def renamed(product: Product, event: events.SkuChanged) -> Product:
    """Know the item's new code."""
    return replace(product, sku=event.new_sku)


def assigned(product: Product, event: events.GtinAssigned) -> Product:
    """Know the item's barcode."""
    return replace(product, gtin=event.gtin)


def measured(product: Product, event: events.ProductMeasured) -> Product:
    """Know the item's size."""
    return replace(product, weight_g=event.weight_g, dimensions=event.dimensions)


def costed(product: Product, event: events.CostSet) -> Product:
    """Know the item's cost."""
    return replace(product, cost_minor=event.cost_minor, cost_currency=event.cost_currency)


def discontinued(product: Product, event: events.ProductDiscontinued) -> Product:
    """Know that the item is no longer dealt in."""
    del event
    return replace(product, discontinued=True)


product = Decider(
    "product",
    attrgetter("item_id"),
    Product(),
    deciding(
        {
            commands.RegisterProduct: register,
            commands.ChangeSku: change_sku,
            commands.AssignGtin: assign_gtin,
            commands.MeasureProduct: measure,
            commands.SetCost: set_cost,
            commands.DiscontinueProduct: discontinue,
        }
    ),
    evolving(
        {
            events.ProductRegistered: registered,
            events.SkuChanged: renamed,
            events.GtinAssigned: assigned,
            events.ProductMeasured: measured,
            events.CostSet: costed,
            events.ProductDiscontinued: discontinued,
        }
    ),
)
