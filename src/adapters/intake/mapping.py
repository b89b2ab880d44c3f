"""The mapping: what a file's columns and codes mean, written by a person in TOML."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from iso4217 import Currency
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from adapters.intake.mapping_file import read_mapping
from oms_core.domain.order.events import Disposition, OnShortage

Text = Annotated[str, Field(min_length=1, max_length=64)]
CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
CURRENCIES = {currency.value: currency.exponent for currency in Currency}
"""Number of decimals of every currency (ISO 4217); none for those that are no money."""

FIELDS = (
    "document",
    "sku",
    "quantity",
    "unit_price",
    "date",
    "description",
    "customer",
    "country",
    "currency",
)
"""What a row can say, in the order in which rows are read."""


class _Part(BaseModel):
    """A table of the mapping: unknown keys are mistakes, and nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Columns(_Part):
    """The file's name for each field; an empty one is not in the file."""

    document: Text
    sku: Text
    quantity: Text
    unit_price: Text
    date: Text
    description: str = ""
    customer: str = ""
    country: str = ""
    currency: str = ""

    def names(self) -> tuple[str, ...]:
        """Return the columns in the order of `FIELDS`."""
        return tuple(getattr(self, field) for field in FIELDS)


class Values(_Part):
    """How values are written, and what holds for a file without the column.

    An empty `date_format` means ISO 8601. Times without a zone are in `timezone`.
    """

    date_format: str = ""
    timezone: str = "UTC"
    currency: str = ""
    country: CountryCode | Literal[""] = ""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError("must be a time zone of the IANA database, such as Europe/London")
        return name

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, code: str) -> str:
        if code and code not in CURRENCIES:
            raise ValueError("must be an ISO 4217 code, such as GBP")
        return code


class Documents(_Part):
    """Which documents are orders, and which lines of them are charged without stock.

    `services` and `internal` are codes, with `*` for any letters, in either case. A document that
    has internal lines only (fees, corrections of the books, tests) is no order. Orders are put on
    the customer's account: such a file says nothing of how they were paid. A credit takes back a
    sale at a price that differs by `price_tolerance` at most, a share of the sale's price.
    """

    cancellation_prefix: str = ""
    services: tuple[str, ...] = ()
    internal: tuple[str, ...] = ()
    price_tolerance: Annotated[Decimal, Field(ge=0, le=1)] = Decimal(0)


class Stock(_Part):
    """Where goods are, and what stands on the shelf before the first sale.

    `cover_demand` books, before an item's first sale, as many units as the file sells of it, at
    `unit_cost_share` of the average price: such a file tells of sales, not of supply.
    """

    location: Text = "MAIN"
    opening: Literal["cover_demand", "none"] = "cover_demand"
    unit_cost_share: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.5")
    on_shortage: OnShortage = OnShortage.HOLD


class Fulfilment(_Part):
    """What becomes of the orders: past ones are shipped at once; new ones are left to people."""

    drive: Literal["ship", "leave"] = "ship"
    returns: Disposition = Disposition.RESTOCK


class Mapping(_Part):
    """The whole mapping."""

    channel: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,32}$")]
    columns: Columns
    values: Values = Values()
    countries: dict[str, CountryCode] = {}
    documents: Documents = Documents()
    stock: Stock = Stock()
    fulfilment: Fulfilment = Fulfilment()

    @model_validator(mode="after")
    def _says_currency_and_country(self) -> Mapping:
        for field in ("currency", "country"):
            if not getattr(self.columns, field) and not getattr(self.values, field):
                raise ValueError(f"needs columns.{field} or a constant values.{field}")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of times that name none."""
        return ZoneInfo(self.values.timezone)

    def digest(self) -> bytes:
        """Return what the mapping says, whatever its comments and its layout."""
        return hashlib.sha256(self.model_dump_json().encode()).digest()

    def is_service(self, sku: str) -> bool:
        """Say whether a code is charged without stock."""
        return _matches(sku, self.documents.services) or self.is_internal(sku)

    def is_internal(self, sku: str) -> bool:
        """Say whether a code belongs to the books rather than to an order."""
        return _matches(sku, self.documents.internal)


@lru_cache(maxsize=65_536)
def _matches(sku: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(sku.upper(), pattern.upper()) for pattern in patterns)


def load(path: Path) -> Mapping:
    """Read a mapping.

    :raises WrongMapping: if it cannot be read, or any key of it is wrong; all of them are named.
    """
    return read_mapping(path, Mapping)
