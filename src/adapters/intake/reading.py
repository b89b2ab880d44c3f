"""Rows out of files: CSV, JSON Lines and Parquet, each on its own, whatever is wrong with it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from adapters.intake.fault import Fault, MissingColumn, UnreadableFile, shown

PARQUET_ROWS = 65_536


class Row(NamedTuple):
    """The values of one row in the order of the columns asked for, and its number in the file.

    Undecodable bytes are lone surrogates. A `fault` says what is wrong with the row as a whole.
    """

    number: int
    values: tuple[Any, ...]
    fault: Fault | None = None


def read_rows(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    """Yield the rows of a file; an empty column name yields nothing but None.

    :raises UnreadableFile: if the file cannot be opened or is not what its name says.
    :raises MissingColumn: if a CSV or Parquet file lacks a column.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise UnreadableFile(f"{path}: the name ends in {path.suffix!r}.")
    try:
        yield from reader(path, columns)
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror or error}.") from error


def _places(columns: tuple[str, ...], found: Iterable[str], path: Path) -> list[int | None]:
    names = list(found)
    missing = [name for name in columns if name and name not in names]
    if missing:
        raise MissingColumn(f"{path} has no column {missing}; it has {names}.")
    return [names.index(name) if name else None for name in columns]


def _csv_rows(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file)
        header = _csv_record(reader, path)
        places, width, before = _places(columns, header, path), len(header), reader.line_num
        while True:
            number, fault = before + 1, None
            try:
                record = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                record = []
                span = f"of lines {number} to {reader.line_num}"
                fault = Fault("row.unparseable", number, "the text", span, f"is not CSV: {error}")
            before = reader.line_num
            if not record and fault is None:
                continue
            if len(record) != width and fault is None:
                rule = f"must be {width} in number, not {len(record)}"
                fault = Fault("row.columns", number, "values", shown(",".join(record)), rule)
            padded = [*record, *(None for _ in range(width - len(record)))]
            values = tuple(None if place is None else padded[place] for place in places)
            yield Row(number, values, fault)


def _csv_record(reader: Iterator[list[str]], path: Path) -> list[str]:
    try:
        return next(reader)
    except StopIteration:
        raise UnreadableFile(f"{path} is empty.") from None
    except csv.Error as error:
        raise UnreadableFile(f"{path}: the header is not CSV: {error}.") from error


def _json_rows(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    nothing = (None,) * len(columns)
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="\n") as file:
        for number, text in enumerate(file, 1):
            if not text.strip():
                continue
            try:
                found = json.loads(text, parse_float=Decimal)
            except (ValueError, RecursionError) as error:
                rule = f"is not JSON: {error}"
                fault = Fault("row.unparseable", number, "the line", shown(text.strip()), rule)
                yield Row(number, nothing, fault)
                continue
            if isinstance(found, Mapping):
                yield Row(number, tuple(found.get(name) if name else None for name in columns))
            else:
                rule = "is not a JSON object"
                fault = Fault("row.unparseable", number, "the line", shown(found), rule)
                yield Row(number, nothing, fault)


def _parquet_rows(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    import pyarrow as pa  # noqa: PLC0415  (an extra: only the import of Parquet needs it)
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        with path.open("rb") as raw, pq.ParquetFile(raw) as file:
            _places(columns, file.schema_arrow.names, path)
            wanted, before = sorted({name for name in columns if name}), 0
            for batch in file.iter_batches(PARQUET_ROWS, columns=wanted):
                nothing = [None] * batch.num_rows
                found = [_values(batch.column(name)) if name else nothing for name in columns]
                for number, values in enumerate(zip(*found, strict=True), before + 1):
                    yield Row(number, values)
                before += batch.num_rows
    except pa.ArrowException as error:
        raise UnreadableFile(f"{path} is not Parquet: {error}.") from error


def _values(column: Any) -> list[Any]:
    """Return a column as Python values; times to the microsecond."""
    import pyarrow as pa  # noqa: PLC0415

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        raw = column.cast(pa.binary()).to_pylist()
        return [None if v is None else v.decode("utf-8", "surrogateescape") for v in raw]


READERS: Mapping[str, Callable[[Path, tuple[str, ...]], Iterator[Row]]] = {
    ".csv": _csv_rows,
    ".jsonl": _json_rows,
    ".ndjson": _json_rows,
    ".parquet": _parquet_rows,
}
