"""The mapping: what the columns and codes of a provider's payout file mean, written in TOML."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from adapters.intake.mapping_file import read_mapping

Text = Annotated[str, Field(min_length=1, max_length=64)]


class Kind(StrEnum):
    """What an entry of the file is. Only the first three are movements of a payment."""

    CAPTURE = "capture"
    REFUND = "refund"
    CHARGEBACK = "chargeback"
    FEE = "fee"
    PAYOUT = "payout"
    OTHER = "other"


class _Part(BaseModel):
    """A table of the mapping: unknown keys are mistakes, and nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Provider(_Part):
    """Who pays out. `references` is what the provider's names of payments begin with."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
    references: str = ""


class Columns(_Part):
    """The file's name for each field; an empty one is not in the file.

    `gross`, `fee` and `net` are in `currency`, that of the payout. Where the customer paid in
    another one, `paid_amount` and `paid_currency` say what; `gross` gives the sign.
    """

    transaction: Text
    payout: Text
    kind: Text
    reference: Text
    gross: Text
    fee: Text
    net: Text
    currency: Text
    at: Text
    arrived: str = ""
    paid_amount: str = ""
    paid_currency: str = ""

    def names(self) -> tuple[str, ...]:
        """Return the columns in the order of the fields."""
        return tuple(getattr(self, field) for field in type(self).model_fields)


class Values(_Part):
    """How values are written: amounts as 12.50 (`major`) or as 1250 (`minor`), times in UTC."""

    unit: Literal["major", "minor"] = "major"
    date_format: str = ""


class Fees(_Part):
    """What is agreed on for a capture: a share of it, and a sum beside in major units."""

    percent: Annotated[Decimal, Field(ge=0, le=100)]
    fixed: Annotated[Decimal, Field(ge=0)] = Decimal(0)


class Mapping(_Part):
    """The whole mapping. `kinds` translates the file's own words; what it lacks is `other`."""

    provider: Provider
    columns: Columns
    kinds: dict[str, Kind]
    values: Values = Values()
    fees: Fees | None = None


def load(path: Path) -> Mapping:
    """Read a mapping.

    :raises WrongMapping: if it cannot be read, or any key of it is wrong; all of them are named.
    """
    return read_mapping(path, Mapping)
