"""Rules of places: how a location may be called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from oms_core.domain.stock.consequences import Events
from oms_core.domain.stock.state import Stock
from oms_core.kernel import Command, Rejected

C = TypeVar("C", bound=Command)
FIELDS = ("location_id", "origin_id", "destination_id")
MARK = "@"
"""Stands between item and location where both make up one name: `MUG@LYON`."""


class AmbiguousLocation(Rejected):
    """The location's name could be a part of an item's."""

    code = "stock.ambiguous_location"
    remedy = "Name the location without an @; it stands between item and location: MUG@LYON."


def placed(rule: Callable[[C, Stock], Events]) -> Callable[[C, Stock], Events]:
    """Return the rule for places that are called as they may be, or were before it was ruled.

    As no location's name has the mark in it, the last one of a key ends the item's name.
    """

    def checked(command: C, stock: Stock) -> Events:
        asked: Any = command
        for field in FIELDS:
            name = getattr(asked, field, "")
            if MARK in name and name not in stock.locations:
                raise AmbiguousLocation(f"{field} is {name!r}.")
        yield from rule(command, stock)

    return checked
