"""One customer as a CRM has them: a row of CSV, or an object on a line of JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from adapters.personal import is_address
from oms_core.kernel import Instant

VERSION_MAX = 2**63 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REMEDY = "Correct the record there, with a later version, and import the file again."


class UnreadableRecords(Exception):
    """The file cannot be read at all."""

    def __init__(self, rule: str, remedy: str) -> None:
        """Take what is wrong, and what to do about it."""
        super().__init__(rule)
        self.rule, self.remedy = rule, remedy


class Misfit(NamedTuple):
    """What is wrong with a record, in the parts that a person needs. Rows are counted from 1."""

    row: int
    field: str
    value: str
    rule: str
    remedy: str = REMEDY


def _mail(text: str) -> str:
    if text and not is_address(text):
        raise ValueError("It is no address of mail")
    return text


def _words(value: object) -> object:
    """Take segments as `loyal;b2b`, as a cell has them."""
    if not isinstance(value, str):
        return value
    return tuple(word.strip() for word in value.split(";") if word.strip())


def _zoned(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _since_1970(moment: datetime | None) -> datetime | None:
    if moment is not None and _zoned(moment) < EPOCH:
        raise ValueError("It is before 1970, and so no version")
    return moment


class CustomerRecord(BaseModel):
    """What a CRM says of a customer. Who leaves a field out does not speak of it.

    `version` grows with each change; without one it is `updated_at`. Times without a zone are UTC.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    external_ref: str = Field(min_length=1, max_length=200)
    customer_id: str = Field("", max_length=200)
    version: int | None = Field(None, ge=0, le=VERSION_MAX)
    updated_at: Annotated[datetime | None, AfterValidator(_since_1970)] = None
    name: str = ""
    email: Annotated[str, BeforeValidator(lambda text: _mail(str(text).strip()))] = ""
    phone: str = ""
    country: str = Field("", pattern="^([A-Z]{2})?$")
    language: str = Field("", pattern="^([a-z]{2})?$")
    marketing: bool | None = None
    mail: bool = True
    consent_basis: str = ""
    consent_at: datetime | None = None
    segments: Annotated[tuple[str, ...], BeforeValidator(_words)] = ()

    @model_validator(mode="after")
    def _has_a_version(self) -> CustomerRecord:
        if self.version is None and self.updated_at is None:
            raise ValueError("Give a version, or updated_at")
        return self

    @property
    def counted(self) -> int:
        """The version: as it is given, or the time of the change in microseconds since 1970."""
        if self.version is not None:
            return self.version
        assert self.updated_at is not None, "one of the two is there"
        return moment(self.updated_at)

    @property
    def agreed_at(self) -> Instant | None:
        """When consent was given or withdrawn, as far as the record says."""
        at = self.consent_at or self.updated_at
        return None if at is None else moment(at)


def moment(at: datetime) -> Instant:
    """Return a time in microseconds since 1970."""
    whole = _zoned(at)
    return Instant(int(whole.replace(microsecond=0).timestamp()) * 1_000_000 + whole.microsecond)


def read_records(path: Path) -> Iterator[tuple[int, CustomerRecord | Misfit]]:
    """Yield the records of a file, with the number of each row, or what is wrong with it.

    :raises UnreadableRecords: if it is neither CSV nor JSON Lines, or no text.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file) if path.suffix == ".csv" else file
            if path.suffix not in {".csv", ".jsonl"}:
                rule = f"It ends in {path.suffix or 'nothing'}."
                raise UnreadableRecords(rule, "Give CSV (.csv) or JSON Lines (.jsonl).")
            for number, row in enumerate(rows, 1):
                yield number, _record(number, row)
    except OSError as error:
        rule = f"The file cannot be read: {error.strerror}."
        raise UnreadableRecords(rule, "Name a file that exists.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        remedy = "Save it as UTF-8, with a header if it is CSV."
        raise UnreadableRecords(f"It cannot be taken apart: {error}.", remedy) from None


def _record(number: int, row: Any) -> CustomerRecord | Misfit:
    try:
        found = json.loads(row) if isinstance(row, str) else _cells(row)
    except (ValueError, RecursionError) as error:
        return Misfit(number, "row", str(row).strip()[:80], f"It is not JSON: {error}.")
    try:
        return CustomerRecord.model_validate(found)
    except ValidationError as error:
        wrong = error.errors()[0]
        field = ".".join(map(str, wrong["loc"])) or "version"
        rule = wrong["msg"].removeprefix("Value error, ")
        value = wrong["input"] if wrong["loc"] else ""
        return Misfit(number, field, str(value)[:80], f"{rule}.")


def _cells(row: dict[str | None, Any]) -> dict[str, Any]:
    """Return what a row of CSV says: an empty cell says nothing.

    A cell without a column is named as one that there is not.
    """
    return {str(name or "(no column)"): cell for name, cell in row.items() if cell}
