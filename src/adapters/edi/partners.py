"""Trading partners: what was agreed on with each of them, written by a person in TOML.

`deploy/partners.toml` shows every key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from adapters.money import WrongAmount, exponent
from oms_core.domain.order.events import OnShortage
from oms_core.kernel import Rejected
from oms_core.kernel.identity import is_gtin
from oms_core.policies.terms import are_terms

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,19}$")]
Id = Annotated[str, Field(pattern=r"^[!-~]([ -~]{0,13}[!-~])?$")]
Code = Annotated[str, Field(pattern=r"^[A-Z0-9]{1,3}$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Sign = Annotated[str, Field(pattern=r"^[!-/:-@\[-`{-~]$")]

GTIN_QUALIFIERS = frozenset({"UP", "EN", "UK", "UA", "SRV"})
"""Qualifiers of numbers that carry a check digit (GS1)."""


INFORMATIVE = {
    "x12": ("FOB", "PER", "PID", "REF", "TD5"),
    "edifact": ("COM", "CTA", "FTX", "IMD", "TDT", "TOD"),
}
"""Segments that may be passed over if nothing else was agreed on."""


class WrongPartners(Rejected):
    """The partner profiles cannot be used."""

    code = "edi.partners"
    remedy = "Correct the key; deploy/partners.toml shows every one of them."


class _Part(BaseModel):
    """A table of the file: unknown keys are mistakes, and nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Party(_Part):
    """Who somebody is in an interchange: in ISA or UNB, and in GS."""

    qualifier: Code
    id: Id
    application: Id


class Separators(_Part):
    """The characters that we write with."""

    element: Sign = "*"
    repetition: Sign = "^"
    component: Sign = ">"
    segment: Sign = "~"

    @model_validator(mode="after")
    def _differ(self) -> Separators:
        signs = (self.element, self.repetition, self.component, self.segment)
        if len(set(signs)) < len(signs):
            raise ValueError("the four separators must differ")
        return self


class Place(_Part):
    """Where the goods of a store go."""

    country: Country
    postal_code: str = ""


class Partner(Party):
    """What was agreed on with one partner.

    `items` says by which qualifiers an item may be named, and what its id with us begins with;
    `parts` names items by the partner's own numbers. `stores` are ship-to codes.
    """

    dialect: Literal["x12", "edifact"] = "x12"
    usage: Literal["P", "T"] = "P"
    separators: Separators = Separators()
    customer_id: Annotated[str, Field(min_length=1)]
    currency: str
    terms: str
    tax_bp: Annotated[int, Field(ge=0, le=10_000)] = 0
    items: dict[Code, str]
    parts: dict[str, str] = {}
    units: tuple[str, ...] = ("EA",)
    stores: dict[str, Place] = {}
    country: str = ""
    on_shortage: OnShortage = OnShortage.SPLIT
    transit_days: Annotated[int, Field(ge=0, le=60)] = 0
    informative: tuple[str, ...] | None = None

    @field_validator("currency")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            exponent(value)
        except WrongAmount as error:
            raise ValueError(error.rule) from None
        return value

    @field_validator("terms")
    @classmethod
    def _payable(cls, value: str) -> str:
        if not are_terms(value):
            raise ValueError("terms are NET and a number of days, such as NET30")
        return value

    @property
    def passed_over(self) -> tuple[str, ...]:
        """The segments that ask for nothing."""
        return INFORMATIVE[self.dialect] if self.informative is None else self.informative

    def item_id(self, qualifier: str, number: str) -> str:
        """Return the item that a number stands for.

        :raises ValueError: if nobody can tell.
        """
        if number in self.parts:
            return self.parts[number]
        if qualifier not in self.items:
            agreed = ", ".join(sorted(self.items)) or "none"
            raise ValueError(f"Items are named by the qualifiers {agreed}, or listed in `parts`.")
        if qualifier in GTIN_QUALIFIERS and not is_gtin(number):
            raise ValueError("A GTIN has 8, 12, 13 or 14 digits, the last of which checks it.")
        return f"{self.items[qualifier]}{number}"


class Partners(_Part):
    """Ourselves, in X12 and in EDIFACT if we are called otherwise there, and our partners."""

    us: Party
    us_edifact: Party | None = None
    partners: dict[Name, Partner]

    @model_validator(mode="after")
    def _distinct(self) -> Partners:
        ids = [(partner.qualifier, partner.id) for partner in self.partners.values()]
        if len(set(ids)) < len(ids):
            raise ValueError("two partners have the same qualifier and id")
        return self

    def sender(self, qualifier: str, number: str) -> tuple[str, Partner] | None:
        """Return the partner that an interchange comes from, with its name."""
        for name, partner in self.partners.items():
            if (partner.qualifier, partner.id) == (qualifier, number):
                return name, partner
        return None

    def ours(self, dialect: str) -> Party:
        """Return who we are in a dialect."""
        return self.us_edifact or self.us if dialect == "edifact" else self.us

    def named(self, dialect: str) -> Iterator[tuple[str, Partner]]:
        """Yield the partners that speak a dialect."""
        return ((name, p) for name, p in sorted(self.partners.items()) if p.dialect == dialect)


def load(path: Path) -> Partners:
    """Read the profiles.

    :raises WrongPartners: if they cannot be used; its cause names every key that is wrong.
    """
    try:
        return Partners.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise WrongPartners(f"The file cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongPartners(f"This is not TOML: {error}.") from error
    except ValidationError as error:
        raise WrongPartners(f"{error.error_count()} keys are wrong.") from error
