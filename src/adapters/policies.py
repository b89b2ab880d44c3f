"""The shop's own choices, read from a file that a person writes in TOML (`OMS_POLICIES`)."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from datetime import date, time
from pathlib import Path
from typing import Annotated

from msgspec.structs import replace
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from adapters.settings import UnusableSetting
from oms_core.policies import patience, promising, renewing, screening
from oms_core.policies.config import EUROPE_AND_ASIA, Policies

FIELD = "OMS_POLICIES"
EXAMPLE = "deploy/policies/europe-and-asia.toml"
DAYS_A_WEEK = 7
DAYS_MAX = 365

Name = Annotated[str, Field(min_length=1, max_length=100)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
Count = Annotated[int, Field(ge=1)]


class _Table(BaseModel):
    """A table of the file: unknown keys are mistakes, and nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Rule(_Table):
    """A rule of screening, as `oms_core.policies.screening.Rule` has it."""

    name: Name
    kind: screening.RuleKind
    points: Count
    orders_max: Annotated[int, Field(ge=0, le=screening.ORDERS_MAX)] = 0
    window_hours: Count = 24
    above_minor: dict[Currency, Annotated[int, Field(ge=0)]] = {}
    countries: tuple[Country, ...] = ()

    def policy(self) -> screening.Rule:
        """Return the rule."""
        return screening.Rule(
            self.name,
            self.kind,
            self.points,
            self.orders_max,
            self.window_hours,
            tuple(self.above_minor.items()),
            self.countries,
        )


class _Screening(_Table):
    """The table of rules, as `oms_core.policies.screening.Screening` has it."""

    rules: tuple[_Rule, ...] = ()
    hold_points: Count = 100
    version: Name = "screening/1"

    @field_validator("rules")
    @classmethod
    def _named_apart(cls, rules: tuple[_Rule, ...]) -> tuple[_Rule, ...]:
        twice = [name for name, times in Counter(r.name for r in rules).items() if times > 1]
        if twice:
            raise ValueError(f"two rules have the name {twice[0]!r}; give each a name of its own")
        return rules

    def policy(self) -> screening.Screening:
        """Return the table."""
        rules = tuple(rule.policy() for rule in self.rules)
        return screening.Screening(rules, self.hold_points, self.version)


class _Calendar(_Table):
    """The days on which nobody works in a country; Monday is 0."""

    holidays: tuple[Annotated[date, Field(strict=True)], ...] = ()
    weekend: tuple[Annotated[int, Field(ge=0, le=6)], ...] = (5, 6)

    @field_validator("weekend")
    @classmethod
    def _somebody_works(cls, weekend: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(weekend)) >= DAYS_A_WEEK:
            raise ValueError("leaves no working day; leave out one day at least")
        return weekend


class _Promising(_Table):
    """How the shop promises, as `oms_core.policies.promising.Promising` has it."""

    version: Name
    home: Country
    cutoff: Annotated[time, Field(strict=True)] = time(14)
    lead_days: Annotated[int, Field(ge=0, le=DAYS_MAX)] = 1
    transit: dict[Country, Annotated[int, Field(ge=0, le=DAYS_MAX)]] = {}
    transit_days: Annotated[int, Field(ge=0, le=DAYS_MAX)] = 5
    jeopardy_hours: Annotated[int, Field(ge=0, le=24 * DAYS_MAX)] = 24
    calendars: dict[Country, _Calendar] = {}

    def policy(self) -> promising.Promising:
        """Return the policy."""
        return promising.Promising(
            self.version,
            self.home,
            tuple(
                promising.Calendar(
                    country, tuple(day.isoformat() for day in calendar.holidays), calendar.weekend
                )
                for country, calendar in self.calendars.items()
            ),
            self.cutoff.hour * 60 + self.cutoff.minute,
            self.lead_days,
            tuple(self.transit.items()),
            self.transit_days,
            self.jeopardy_hours,
        )


class _Patience(_Table):
    """When an order has waited for too long, as `oms_core.policies.patience.Patience` has it."""

    hold_hours: Count = 48
    payment_hours: Count = 72
    stock_hours: Count = 24
    supply_hours: Count = 24 * 21
    warehouse_hours: Count = 72
    engine_hours: Count = 1

    def policy(self) -> patience.Patience:
        """Return the policy."""
        return patience.Patience(**self.model_dump())


class _Renewing(_Table):
    """When what lapses is authorized anew, as `oms_core.policies.renewing.Renewing` has it."""

    hours_before: Annotated[int, Field(ge=0, le=24 * DAYS_MAX)] = 24

    def policy(self) -> renewing.Renewing:
        """Return the policy."""
        return renewing.Renewing(self.hours_before)


class _Choices(_Table):
    """What the file may hold: one table for each policy; what is left out stays as it is."""

    screening: _Screening = _Screening()
    promising: _Promising | None = None
    patience: _Patience = _Patience()
    renewing: _Renewing = _Renewing()


def read_policies(path: Path | None, basis: Policies = EUROPE_AND_ASIA) -> Policies:
    """Return the shop's policies: `basis` where the file says nothing, or there is none.

    :raises UnusableSetting: if the file cannot be read, or a key of it is wrong.
    """
    if path is None:
        return basis
    try:
        chosen = _Choices.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        rule = f"The file cannot be read: {error}."
        raise UnusableSetting(FIELD, str(path), rule, f"{EXAMPLE} shows how it is.") from None
    except ValidationError as error:
        raise _wrong(path, error) from None
    return replace(
        basis, **{name: getattr(chosen, name).policy() for name in chosen.model_fields_set}
    )


def _wrong(path: Path, error: ValidationError) -> UnusableSetting:
    """Name the first key that is wrong, and how many more there are."""
    first, *others = error.errors()
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
    more = f" {len(others)} more are wrong." if others else ""
    rule = f"{path}: {first['msg'].removeprefix('Value error, ')}.{more}"
    value = "" if first["type"] == "missing" else json.dumps(first["input"], default=str)
    remedy = f"Correct the key; {EXAMPLE} shows every one of them."
    return UnusableSetting(f"{FIELD}: {key.removeprefix('.')}", value[:100], rule, remedy)
