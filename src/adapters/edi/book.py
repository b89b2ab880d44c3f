"""The book of electronic interchanges: what has come, what is in it, and what we have answered.

An interchange is entered once, with what is in it and with our answer to its form, in one
transaction. Our own are numbered for each partner without a gap: a number is given in the
transaction that keeps what bears it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow, class_row, dict_row
from psycopg.sql import SQL, Composed, Identifier

from adapters.edi.finding import printable
from oms_core.engine.cause import Cause
from oms_core.engine.waiting import from_bytes, to_bytes

TABLES = """
CREATE TABLE IF NOT EXISTS {received} (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL UNIQUE,
    partner text NOT NULL,
    control text NOT NULL,
    digest bytea NOT NULL,
    content bytea NOT NULL,
    file text NOT NULL,
    state text NOT NULL,
    findings jsonb NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE IF NOT EXISTS {documents} (
    document_id text PRIMARY KEY,
    place bigint NOT NULL REFERENCES {received},
    partner text NOT NULL,
    kind text NOT NULL,
    reference text NOT NULL,
    order_id text NOT NULL,
    cause bytea,
    handed boolean NOT NULL DEFAULT false,
    findings jsonb NOT NULL
);
CREATE TABLE IF NOT EXISTS {sent} (
    partner text NOT NULL,
    control bigint NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    content text NOT NULL,
    written boolean NOT NULL DEFAULT false,
    answer text NOT NULL DEFAULT '',
    sent_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (partner, control),
    UNIQUE (partner, kind, subject)
)
"""

LOCK = 7_201_905
"""The advisory lock under which tables are made, and our interchanges numbered."""

Render = Callable[[int], str]
"""From the control number to the whole interchange."""


class Came(NamedTuple):
    """An interchange as it has come. `key` is what makes it this one and no other."""

    key: str
    partner: str
    control: str
    digest: bytes
    content: bytes
    file: str
    state: str
    findings: Sequence[Any] = ()


class Entry(NamedTuple):
    """A document in it: with the `cause` that it is to the engine, or what is wrong with it."""

    document_id: str
    partner: str
    kind: str
    reference: str
    order_id: str
    cause: Cause | None
    findings: Sequence[Any] = ()


class Known(NamedTuple):
    """A document of the book, with the interchange that it came in."""

    document_id: str
    partner: str
    kind: str
    reference: str
    order_id: str
    data: bytes | None
    findings: list[dict[str, Any]]
    control: str
    file: str
    content: bytes

    @property
    def cause(self) -> Cause | None:
        """What it is to the engine; None if it could not be taken."""
        return None if self.data is None else from_bytes(cause_of(self.document_id), self.data)


class Sent(NamedTuple):
    """An interchange of ours."""

    partner: str
    control: int
    kind: str
    subject: str
    content: str
    written: bool
    answer: str


class EdiBook:
    """The book in one schema, over a connection of its own."""

    def __init__(self, connection: Connection[TupleRow], schema: str) -> None:
        """Use `connection`, which nobody else uses meanwhile; make the tables if there are none."""
        self._connection = connection
        self._names = {
            name: Identifier(schema, f"edi_{name}") for name in ("received", "documents", "sent")
        }
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            connection.execute(self._sql(TABLES))

    def _sql(self, text: str) -> Composed:
        return SQL(text).format(**self._names)

    @contextmanager
    def entering(self) -> Iterator[None]:
        """Let what is done meanwhile be one transaction, while nobody else writes in the book."""
        with self._connection.transaction():
            self._connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            yield

    def digest(self, key: str) -> bytes | None:
        """Return the digest of the interchange of this key, None if it has not come."""
        row = self._connection.execute(
            self._sql("SELECT digest FROM {received} WHERE key = %s"), (key,)
        ).fetchone()
        return bytes(row[0]) if row else None

    def enter(self, came: Came, documents: Sequence[Entry] = ()) -> None:
        """Enter an interchange that has not come before, and what is in it."""
        row = self._connection.execute(
            self._sql(
                "INSERT INTO {received} (key, partner, control, digest, content, file, state,"
                " findings) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING place"
            ),
            (*came[:7], _json(came.findings)),
        ).fetchone()
        assert row is not None
        for entry in documents:
            cause = None if entry.cause is None else to_bytes(entry.cause)
            self._connection.execute(
                self._sql(
                    "INSERT INTO {documents} (document_id, partner, kind, reference, order_id,"
                    " cause, findings, place) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
                ),
                (*entry[:5], cause, _json(entry.findings), row[0]),
            )

    def waiting(self) -> list[Cause]:
        """Return the causes that the engine may not have heard of, in the order of arrival."""
        rows = self._connection.execute(
            self._sql(
                "SELECT document_id, cause FROM {documents} WHERE cause IS NOT NULL AND NOT handed"
                " ORDER BY place, document_id"
            )
        ).fetchall()
        return [from_bytes(cause_of(document_id), cause) for document_id, cause in rows]

    def hand(self, causes: Sequence[Cause]) -> None:
        """Note that the engine has them."""
        self._connection.execute(
            self._sql("UPDATE {documents} SET handed = true WHERE document_id = ANY(%s)"),
            ([cause.cause_id.removeprefix(CAUSE) for cause in causes],),
        )

    def documents(self) -> list[Known]:
        """Return every document, in the order of arrival."""
        with self._connection.cursor(row_factory=class_row(Known)) as cursor:
            cursor.execute(
                self._sql(
                    "SELECT document_id, d.partner, kind, reference, order_id, cause AS data,"
                    " d.findings, control, file, content"
                    " FROM {documents} d JOIN {received} r USING (place)"
                    " ORDER BY place, document_id"
                )
            )
            return cursor.fetchall()

    def refused(self) -> list[dict[str, Any]]:
        """Return the interchanges that could not be taken as a whole."""
        with self._connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(
                self._sql(
                    "SELECT partner, control, file, state, findings, received_at FROM {received}"
                    " WHERE state <> 'taken' ORDER BY place"
                )
            )
            return cursor.fetchall()

    def send(self, partner: str, kind: str, subject: str, render: Render) -> int | None:
        """Give an interchange of ours a number and keep it; None if this was said before."""
        known = self._connection.execute(
            self._sql("SELECT FROM {sent} WHERE partner = %s AND kind = %s AND subject = %s"),
            (partner, kind, subject),
        )
        if known.rowcount:
            return None
        row = self._connection.execute(
            self._sql("SELECT coalesce(max(control), 0) + 1 FROM {sent} WHERE partner = %s"),
            (partner,),
        ).fetchone()
        assert row is not None
        control = int(row[0])
        self._connection.execute(
            self._sql(
                "INSERT INTO {sent} (partner, control, kind, subject, content)"
                " VALUES (%s, %s, %s, %s, %s)"
            ),
            (partner, control, kind, subject, render(control)),
        )
        return control

    def answered(self, partner: str, control: str, verdict: str) -> None:
        """Note what a partner says of an interchange of ours."""
        self._connection.execute(
            self._sql("UPDATE {sent} SET answer = %s WHERE partner = %s AND control = %s"),
            (verdict, partner, int(control)),
        )

    def sent(self) -> list[Sent]:
        """Return every interchange of ours, by partner and number."""
        with self._connection.cursor(row_factory=class_row(Sent)) as cursor:
            cursor.execute(
                self._sql(
                    "SELECT partner, control, kind, subject, content, written, answer FROM {sent}"
                    " ORDER BY partner, control"
                )
            )
            return cursor.fetchall()

    def wrote(self, sent: Sent) -> None:
        """Note that an interchange of ours lies where it is fetched."""
        self._connection.execute(
            self._sql("UPDATE {sent} SET written = true WHERE partner = %s AND control = %s"),
            (sent.partner, sent.control),
        )


CAUSE = "edi|"
"""How the name of a cause begins that is an interchange's document."""


def cause_of(document_id: str) -> str:
    """Return the name of the message that a document is to the engine."""
    return f"{CAUSE}{document_id}"


def _json(findings: Sequence[Any]) -> str:
    return msgspec.json.encode([plain(finding) for finding in findings]).decode()


def plain(finding: Any) -> dict[str, Any]:
    """Return a finding as it is kept: with its place in words, and nothing unprintable."""
    said = {**finding._asdict(), "field": finding.field}
    return {
        name: printable(value) if isinstance(value, str) else value for name, value in said.items()
    }
