"""Which cell a message belongs to: a table that people keep, not a formula.

A cell is a market or a tenant, or several of them, with a log and an engine of its own; its topics
begin with its name. A market that moves to another cell leaves the orders that it has behind: until
they have ended, messages about them go where they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

MARKET_HEADER = "ce_market"
"""The CloudEvents attribute in which a channel names the market of an order."""

STRICT = ConfigDict(extra="forbid", frozen=True)


class UnusableTable(Exception):
    """The table of cells is not what it should be."""


class Unroutable(Exception):
    """A message belongs to no cell."""

    def __init__(self, code: str, detail: str) -> None:
        """Take a stable code, and what is wrong with what to do about it."""
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Cell(BaseModel):
    """A cell, and where its log can be asked for an order while a market moves away from it."""

    model_config = STRICT
    dsn_variable: str = Field("", description="The environment variable that holds its DSN.")
    log_schema: str = "oms"


class Market(BaseModel):
    """Where a market's messages go, and the cell that still has orders of it, if it has moved."""

    model_config = STRICT
    cell: str
    draining: str = ""


class CellTable(BaseModel):
    """Every cell, and the market or markets of each; `default` takes what names no other."""

    model_config = STRICT
    cells: Mapping[str, Cell]
    markets: Mapping[str, Market]
    default: str = ""

    @model_validator(mode="after")
    def _is_closed(self) -> Self:
        """Check that every name leads somewhere."""
        for name in self.cells:
            if not name.isascii() or not name.replace("-", "").isalnum() or name != name.lower():
                raise ValueError(f"cells: {name!r} must be lower-case letters, digits and hyphens")
        named = {f"markets.{name}.cell": market.cell for name, market in self.markets.items()}
        named |= {f"markets.{n}.draining": m.draining for n, m in self.markets.items()}
        named["default"] = self.default
        for field, cell in named.items():
            if cell and cell not in self.cells:
                raise ValueError(f"{field}: there is no cell {cell!r}; add it to `cells`")
            if cell and field.endswith("draining") and not self.cells[cell].dsn_variable:
                raise ValueError(f"{field}: cell {cell!r} needs a dsn_variable, to be asked")
        return self

    def cell_of(self, market: str, order_id: str, knows: Callable[[str, str], bool]) -> str:
        """Return the cell that a message about an order belongs to.

        `knows(cell, order_id)` says whether a cell has the order; it is asked only of a cell that
        the market is moving away from.

        :raises Unroutable: if the market is not in the table and there is no default.
        """
        entry = self.markets.get(market)
        if entry is not None:
            if entry.draining and knows(entry.draining, order_id):
                return entry.draining
            return entry.cell
        if self.default:
            return self.default
        told = f"the market {market!r}" if market else f"a message without {MARKET_HEADER}"
        raise Unroutable(
            "route.unknown_market",
            f"{told} has no cell. Add the market to the table, or name a default cell, "
            "and publish the message again.",
        )


def read_table(path: Path) -> CellTable:
    """Read a table from a YAML file.

    :raises UnusableTable: with every field that is wrong.
    """
    try:
        return CellTable.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UnusableTable(f"{path}: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        wrongs = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise UnusableTable("; ".join(wrongs)) from error
