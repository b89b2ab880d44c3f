"""The goods of the simulated shop: names, codes, sizes, prices, costs. The same for every seed."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from itertools import product
from random import Random
from typing import NamedTuple

from oms_core.domain.product.commands import RegisterProduct
from oms_core.domain.product.events import Dimensions

CURRENCY = "EUR"
"""Goods are bought and valued in this currency."""

KINDS = (
    ("MUG", "mug", 9, 380, (110, 110, 100)),
    ("BWL", "bowl", 14, 620, (180, 180, 90)),
    ("PLT", "plate", 12, 700, (270, 270, 30)),
    ("POT", "teapot", 39, 1_150, (240, 160, 180)),
    ("VAS", "vase", 29, 1_400, (160, 160, 320)),
    ("LMP", "table lamp", 64, 1_900, (260, 260, 420)),
    ("CSH", "cushion", 24, 540, (450, 450, 120)),
    ("BLK", "blanket", 49, 980, (400, 300, 120)),
    ("NTB", "notebook", 7, 260, (210, 148, 15)),
    ("CND", "candle", 11, 430, (90, 90, 110)),
    ("BSK", "basket", 19, 690, (320, 320, 250)),
    ("CLK", "wall clock", 54, 1_250, (320, 320, 60)),
)
MATERIALS = ("stoneware", "linen", "oak", "recycled", "bamboo")
COLOURS = ("blue", "green", "terracotta", "white")
MARK_UP = Decimal("2.4")
"""What a unit sells for, as a multiple of what it costs."""


class Good(NamedTuple):
    """An item: its price and cost in euros; `weight` is how popular it is."""

    item_id: str
    name: str
    gtin: str
    weight_g: int
    sides_mm: tuple[int, int, int]
    euros: Decimal
    cost_minor: int
    weight: float


def gtin(number: int) -> str:
    """Return a GTIN-13 of the range for use within one shop (GS1 prefix 200)."""
    body = f"200{number:09d}"
    total = sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(body))
    return f"{body}{-total % 10}"


@cache
def goods() -> tuple[Good, ...]:
    """Return the catalogue, in no order of popularity; that follows Zipf's law."""
    dice = Random("catalogue")  # noqa: S311  (a game, not a secret)
    kinds = list(product(KINDS, MATERIALS, COLOURS))
    ranks = list(range(1, len(kinds) + 1))
    dice.shuffle(ranks)
    found = []
    for number, ((code, kind, euros, grams, sides), material, colour) in enumerate(kinds, 1):
        price = Decimal(euros) * dice.randint(80, 140) / 100
        cost = int(price / MARK_UP * 100)
        found.append(
            Good(
                f"{code}-{number:03d}",
                f"{colour.capitalize()} {material} {kind}",
                gtin(number),
                grams * dice.randint(90, 115) // 100,
                sides,
                price,
                cost,
                1 / ranks[number - 1] ** 0.9,
            )
        )
    return tuple(found)


def registration(good: Good) -> RegisterProduct:
    """Return the command that begins to deal in an item."""
    return RegisterProduct(
        good.item_id,
        f"{good.item_id}-{good.name.split()[0][:2].upper()}",
        good.name,
        good.gtin,
        good.weight_g,
        Dimensions(*good.sides_mm),
        good.cost_minor,
        CURRENCY,
    )
