"""What is wrong with a row or a document: data, not an exception, because the run goes on."""

from __future__ import annotations

import msgspec

from oms_core.kernel import Rejected

SHOWN_MAX = 60
"""How much of a wrong value is shown."""


class Fault(msgspec.Struct, frozen=True, gc=False):
    """A stable code, where it is, the value at fault, the rule that it breaks, and the remedy."""

    code: str
    row: int
    field: str
    value: str
    rule: str
    remedy: str = "Correct the row and import the file again."

    def __str__(self) -> str:
        """Say it in one line."""
        place = f"row {self.row}: " if self.row else ""
        return f"{place}{self.field} {self.value} {self.rule}. {self.remedy}"


class UnreadableFile(Rejected):
    """The file cannot be opened, or is not what its name says."""

    code = "file.unreadable"
    remedy = "Give a .csv, .jsonl or .parquet file that other programs can open, too."


class MissingColumn(Rejected):
    """The mapping names a column that the file does not have."""

    code = "file.missing_column"
    remedy = "Name the column in the mapping as the file does, or leave an optional one out."


class WrongMapping(Rejected):
    """The mapping cannot be used."""

    code = "mapping.wrong"
    remedy = "Correct the key; deploy/mappings/online-retail-ii.toml shows every one of them."


def shown(value: object) -> str:
    """Return a value as it is quoted in an error, shortened, and free of what cannot be printed."""
    if value is None:
        return "(nothing)"
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}... ({len(text)} characters)"
