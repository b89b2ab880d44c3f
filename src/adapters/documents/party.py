"""Who sells and who buys, as an invoice names them.

The seller is written by a person in TOML (`deploy/documents/seller.toml` shows every key). The
buyer is what the shop has sealed about a customer, as far as invoices need it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

Text = Annotated[str, Field(min_length=1, max_length=120)]
CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
VatId = Annotated[str, Field(pattern=r"^([A-Z]{2}[A-Z0-9]{2,13})?$")]
Percent = Annotated[Decimal, Field(ge=0, lt=100, decimal_places=2)]

IBAN_REMAINDER = 1


class WrongParty(Exception):
    """A seller or a buyer cannot be put on an invoice: which field, which value, which rule."""

    def __init__(self, field: str, value: str, rule: str) -> None:
        """Take what is wrong."""
        super().__init__(f"{field}: {rule}")
        self.field, self.value, self.rule = field, value, rule


class _Part(BaseModel):
    """A table: unknown keys are mistakes, and nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Party(_Part):
    """A name and an address. `country` is an ISO 3166-1 alpha-2 code."""

    name: Text
    street: Text
    street2: str = ""
    postal_code: str = ""
    city: Text
    country: CountryCode
    vat_id: VatId = ""
    email: str = ""
    phone: str = ""

    @property
    def address(self) -> tuple[str, ...]:
        """Return the lines of the address, the country's code last."""
        town = f"{self.postal_code} {self.city}".strip()
        return tuple(line for line in (self.street, self.street2, town, self.country) if line)


class Buyer(Party):
    """The customer; `contact` is a person there, `language` the one of the page, if it was said."""

    contact: str = ""
    language: Literal["", "en", "ko"] = ""


class Untaxed(_Part):
    """Why lines without tax have none: zero rated (Z), or exempt (E) for a reason."""

    category: Literal["Z", "E"] = "Z"
    reason: str = ""

    @model_validator(mode="after")
    def _has_a_reason_if_exempt(self) -> Untaxed:
        if (self.category == "E") != bool(self.reason):
            raise ValueError("give a reason for category E, and none for Z")
        return self


class Fonts(_Part):
    """TrueType files in place of the fonts that come with the program, for other scripts."""

    regular: Path
    bold: Path


class Seller(Party):
    """The shop's legal entity from a day on. `rates` are its tax rates in percent, by country."""

    since: date = date.min
    vat_id: VatId = Field(min_length=1)
    registration: str = ""
    contact: str = ""
    iban: str = ""
    bic: str = Field("", pattern=r"^([A-Z0-9]{8}([A-Z0-9]{3})?)?$")
    bank: str = ""
    footer: str = ""
    rates: Mapping[CountryCode, tuple[Percent, ...]]
    untaxed: Untaxed = Untaxed()
    fonts: Fonts | None = None

    @field_validator("iban")
    @classmethod
    def _is_an_iban(cls, text: str) -> str:
        """Check the digits of ISO 13616: the number, turned, is 1 modulo 97."""
        plain = text.replace(" ", "")
        if plain:
            turned = plain[4:] + plain[:4]
            if not (plain.isascii() and plain.isalnum()):
                raise ValueError("an IBAN has letters and digits only")
            if int("".join(str(int(sign, 36)) for sign in turned)) % 97 != IBAN_REMAINDER:
                raise ValueError("the check digits of the IBAN do not fit")
        return plain


class _Sellers(_Part):
    seller: tuple[Seller, ...] = Field(min_length=1)


def read_seller(path: Path, day: date) -> Seller:
    """Return who sold on a day: the last entry whose `since` is not after it.

    :raises WrongParty: if the file cannot be read, a key of it is wrong, or none is so old.
    """
    try:
        found = _Sellers.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WrongParty(str(path), "", f"The file cannot be read: {error}.") from None
    except ValidationError as error:
        raise _wrong(error, f"{path}: ") from None
    valid = [seller for seller in found.seller if seller.since <= day]
    if not valid:
        raise WrongParty(f"{path}: seller.since", str(day), "No seller is as old as the document.")
    return max(valid, key=lambda seller: seller.since)


def read_buyer(text: str, customer_id: str) -> Buyer:
    """Return the buyer that is written as JSON with the fields of `Buyer`.

    :raises WrongParty: if it lacks what an invoice needs; no part of it is quoted.
    """
    try:
        return Buyer.model_validate_json(text)
    except ValidationError as error:
        wrong = _wrong(error, f"contact of {customer_id}: ")
        raise WrongParty(wrong.field, "(sealed)", wrong.rule) from None


def _wrong(error: ValidationError, place: str) -> WrongParty:
    first = error.errors(include_url=False)[0]
    field = ".".join(map(str, first["loc"])) or "the whole"
    value = "" if isinstance(first["input"], dict) else str(first["input"])
    return WrongParty(f"{place}{field}", value, f"{first['msg'].removeprefix('Value error, ')}.")
