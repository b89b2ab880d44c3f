"""Tables for documents: one typed column for each field, derived from the document's type."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

import msgspec
from psycopg.sql import SQL, Composed, Identifier, Literal
from rpds import HashTrieMap

from oms_core.kernel import Instant, View

EPOCH_MICROSECONDS = 946_684_800_000_000
"""PostgreSQL counts time from 2000-01-01 (documentation, "Date/Time Types")."""

JSONB_VERSION = b"\x01"
"""The first byte of a jsonb value in binary format."""

INDEXES: Mapping[str, tuple[str, ...]] = {
    "customer_value": ("margin_minor",),
    "deadlines": ("due_at",),
    "flagged": ("code",),
    "inventory": ("item_id",),
    "invoices": ("customer_id", "due_on", "order_id"),
    "orders": ("customer_id", "placed_at"),
    "payments": ("order_id",),
    "products": ("sku",),
    "skus": ("item_id",),
    "timeline": ("order_id",),
}
"""The columns that people look documents up by, beside the key."""

_int64 = struct.Struct("!q").unpack


class Column(NamedTuple):
    """A field's column. `dump` and `load` are None where the driver's own conversion is right.

    `copied_as` is the type that the driver writes: binary COPY takes a timestamp as the integer
    that it is, and JSON as bytes.
    """

    name: str
    type: str
    copied_as: str
    dump: Callable[[Any], Any] | None = None
    load: Callable[[Any], Any] | None = None


PLAIN: Mapping[Any, tuple[str, str]] = {
    int: ("bigint", "int8"),
    str: ("text", "text"),
    bool: ("boolean", "bool"),
    float: ("double precision", "float8"),
    bytes: ("bytea", "bytea"),
}


def _dump_instant(instant: int) -> int | None:
    return instant - EPOCH_MICROSECONDS if instant else None


def load_instant(data: bytes | memoryview | bytearray) -> int:
    """Return a timestamp that PostgreSQL sent in binary format, as an `Instant`."""
    microseconds: int = _int64(data)[0]
    return microseconds + EPOCH_MICROSECONDS


def _plain_map(value: Any) -> Any:
    if isinstance(value, HashTrieMap):
        return dict(value.items())
    raise TypeError(f"{type(value).__name__} has no place in a document")


_to_json = msgspec.json.Encoder(enc_hook=_plain_map, order="deterministic").encode


def _dump_json(value: Any) -> bytes:
    return JSONB_VERSION + _to_json(value)


def _column(name: str, kind: Any) -> Column:
    if kind is Instant:
        return Column(
            name, "timestamptz", "int8", _dump_instant, lambda instant: instant or Instant(0)
        )
    if kind in PLAIN:
        return Column(name, *PLAIN[kind])
    if get_origin(kind) is Mapping:  # So `table_of` reads `HashTrieMap`, which has no parameters.
        read = msgspec.json.Decoder(dict[get_args(kind)]).decode  # type: ignore[misc]
        return Column(name, "jsonb", "bytea", _dump_json, lambda data: HashTrieMap(read(data)))
    return Column(name, "jsonb", "bytea", _dump_json, msgspec.json.Decoder(kind).decode)


@dataclass(frozen=True, slots=True)
class Table:
    """Where the documents of a view are kept: the key, then a column for each field."""

    schema: str
    name: str
    document: type[Any]
    columns: tuple[Column, ...]
    indexed: tuple[str, ...]

    @property
    def identifier(self) -> Identifier:
        """The table's name for a statement."""
        return Identifier(self.schema, self.name)

    @property
    def shape(self) -> str:
        """The names and types of the columns: when they change, the table must be built anew."""
        return ", ".join(f"{column.name} {column.type}" for column in self.columns)

    @property
    def copied_as(self) -> list[str]:
        """The types that the driver writes, the key's first."""
        return ["text", *(column.copied_as for column in self.columns)]

    def create(self) -> Composed:
        """Return the statement that makes the table, without its key and indexes."""
        columns = SQL(", ").join(
            SQL("{} {}").format(Identifier(column.name), SQL(column.type))
            for column in self.columns
        )
        return SQL(
            'CREATE TABLE IF NOT EXISTS {table} (key text COLLATE "C" NOT NULL, {columns}); '
            "COMMENT ON TABLE {table} IS {about}"
        ).format(
            table=self.identifier,
            columns=columns,
            about=Literal(" ".join((self.document.__doc__ or "").split())),
        )

    def add_key(self) -> Composed:
        """Return the statement that lets documents be found, and be there once only."""
        return SQL("ALTER TABLE {} ADD PRIMARY KEY (key)").format(self.identifier)

    def add_indexes(self) -> list[Composed]:
        """Return the statements that let documents be found by other columns."""
        return [
            SQL("CREATE INDEX ON {} ({})").format(self.identifier, Identifier(column))
            for column in self.indexed
        ]

    def row_of(self) -> Callable[[str, Any], list[Any]]:
        """Return the function from a key and its document to what COPY is given."""
        fields = msgspec.structs.astuple
        dumps = [(n, c.dump) for n, c in enumerate(self.columns, 1) if c.dump]

        def row(key: str, document: Any) -> list[Any]:
            values = [key, *fields(document)]
            for n, dump in dumps:
                values[n] = dump(values[n])
            return values

        return row

    def document_of(self) -> Callable[[tuple[Any, ...]], Any]:
        """Return the function from a row, as `SELECT *` gives it, to its document."""
        document = self.document
        loads = [(n, c.load) for n, c in enumerate(self.columns) if c.load]

        def of(row: tuple[Any, ...]) -> Any:
            values = list(row[1:])
            for n, load in loads:
                values[n] = load(values[n])
            return document(*values)

        return of


def table_of(view: View[Any], schema: str, name: str = "") -> Table:
    """Return the table of a view; it has the view's name unless another is given."""
    hints = get_type_hints(view.document, localns={"HashTrieMap": Mapping})
    columns = tuple(_column(field, hints[field]) for field in view.document.__struct_fields__)
    return Table(schema, name or view.name, view.document, columns, INDEXES.get(view.name, ()))
