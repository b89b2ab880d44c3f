"""The log in PostgreSQL: the library's recorder, made fast, chained, fenced and gap-free.

One row, the head, holds the last position, the hash of the log up to it, and the epoch of the
writer. Every append moves it by compare-and-set. That serialises writers, so that positions have
no gaps and readers miss nothing; it refuses a writer that was taken over; and it ties each batch to
all before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from secrets import token_bytes
from typing import Any

from eventsourcing.persistence import (
    InterfaceError,
    OperationalError,
    StoredEvent,
)
from eventsourcing.postgres import PostgresDatastore, PostgresProcessRecorder
from psycopg import ClientCursor, Connection
from psycopg.rows import DictRow

from adapters.postgres.appending import Appending, Steps
from adapters.postgres.batch import Head, HeadMovedError, Plan, arguments, translated
from adapters.postgres.copying import Packed, chain, copy_data, letters_data, pack
from adapters.postgres.exchange import exchange
from adapters.postgres.selecting import Selection
from adapters.postgres.statements import Statements
from oms_core.engine.cause import Letter, Parked, SourcePosition
from oms_core.engine.mapper import Row
from oms_core.engine.store import Folded, NotAppended

COPY_ROWS_MIN = 64
"""Batches of this size and more go by COPY, smaller ones by one function call (measured)."""

STAMP_BYTES = 8


class LogRecorder(PostgresProcessRecorder):
    """Appends by binary COPY or by one function call, with the promises of the module's head."""

    def __init__(
        self,
        datastore: PostgresDatastore,
        *,
        events_table_name: str = "stored_events",
        tracking_table_name: str = "notification_tracking",
    ) -> None:
        """Prepare the statements for a log in these tables."""
        super().__init__(
            datastore,
            events_table_name=events_table_name,
            tracking_table_name=tracking_table_name,
        )
        self.sql = Statements(datastore.schema, events_table_name, tracking_table_name)
        self.sql_create_statements += self.sql.create(self.channel_name)
        self._select_streams = self.sql.select_streams.as_bytes()
        self._head: Head | None = None
        self._snapshots: set[str] | None = None  # The few streams that have one, once asked for.

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Append for the library: without a lease, with its own kind of tracking.

        There is no retry after a lost connection: what came of the append is then unknown.
        """
        rows = [
            Row(str(e.originator_id), e.originator_version, e.topic, e.state) for e in stored_events
        ]
        plan = Plan((), kwargs.get("tracking"), None)
        if not rows and plan.tracking is None:
            return []
        last = Appending(self._insert(rows, plan)).finish()
        return list(range(last - len(rows) + 1, last + 1))

    def begin(
        self,
        rows: Sequence[Row],
        positions: Iterable[SourcePosition] = (),
        *,
        epoch: int,
        parked: Sequence[Parked] = (),
        unparked: Sequence[int] = (),
        letters: Sequence[Letter] = (),
    ) -> Appending:
        """Begin to append rows, move positions, park causes, take back others and post letters.

        It is all or nothing, and one at a time. Its end returns the last position of the log.

        :raises IntegrityError: at its end, if a stream already has one of the versions.
        :raises PositionConflict: if a source is not at the start of the batch.
        :raises Fenced: if `epoch` is not the latest.
        :raises NotAppended: if the connection was lost and the log says that nothing was appended.
        """
        plan = Plan(tuple(positions), None, epoch, parked, unparked, letters)
        return Appending(self._insert(rows, plan))

    def append(
        self, rows: Sequence[Row], positions: Iterable[SourcePosition] = (), **rest: Any
    ) -> int:
        """Begin and wait for the end: see `begin`."""
        return self.begin(rows, positions, **rest).finish()

    def _insert(self, rows: Sequence[Row], plan: Plan) -> Steps:
        """Append; after a lost connection, ask the log what came of it."""
        sent: list[Head] = []
        try:
            return (yield from self._append_at_head(rows, plan, sent))
        except (InterfaceError, OperationalError) as lost:
            if sent and self._settled_head() == sent[-1]:
                return sent[-1].position
            raise NotAppended(f"the connection was lost and nothing was appended: {lost}") from lost

    def _append_at_head(self, rows: Sequence[Row], plan: Plan, sent: list[Head]) -> Steps:
        packed = pack(rows)
        with self.datastore.get_connection() as conn:
            head = self._head or self._read_head(conn)
            try:
                return (yield from self._attempt(conn, rows, packed, plan, head, sent))
            except HeadMovedError:
                self._head = None
            with conn.transaction():  # Others write too: wait for our turn, then hold the head.
                head = self._read_head(conn, lock=True)
                return (yield from self._attempt(conn, rows, packed, plan, head, sent))

    def _settled_head(self) -> Head:
        """Return where the log ends once a transaction that still moves it is over."""
        self._head = None
        with self.datastore.get_connection() as conn, conn.transaction():
            return self._read_head(conn, lock=True)

    def _attempt(
        self,
        conn: Connection[DictRow],
        rows: Sequence[Row],
        packed: Packed,
        plan: Plan,
        head: Head,
        sent: list[Head],
    ) -> Steps:
        """Append after `head`, noting in `sent` where the log will end if this succeeds."""
        new = Head(
            head.position + len(rows),
            chain(head.hash, packed.leaves) if rows else head.hash,
            token_bytes(STAMP_BYTES),
        )
        self._head = None
        sent.append(new)
        try:
            if len(rows) < COPY_ROWS_MIN:
                streams, versions, topics, states = zip(*rows, strict=True) if rows else ((),) * 4
                columns = (list(streams), list(versions), list(topics), list(states))
                given = arguments(head, new, packed.leaves, plan, plan.letters)
                conn.execute(self.sql.append_few, (*given, *columns), prepare=True)
            else:
                given = arguments(head, new, packed.leaves, plan)
                query = ClientCursor(conn).mogrify(self.sql.append_many, given)
                copies = (letters_data(plan.letters), copy_data(packed.bodies, head.position + 1))
                yield from exchange(conn, query.encode(), copies)
        except Exception as error:
            raise translated(error) from error
        self._head = new
        return new.position

    def _read_head(self, conn: Connection[DictRow], *, lock: bool = False) -> Head:
        row = conn.execute(self.sql.lock_head if lock else self.sql.head).fetchone()
        assert row is not None
        return Head(row["position"], bytes(row["hash"]), bytes(row["stamp"]))

    def head(self) -> Head:
        """Return where the log ends, from the database."""
        with self.datastore.get_connection() as conn:
            return self._read_head(conn)

    def acquire(self, holder: str) -> int:
        """Become the one writer: whoever was it before is refused from now on.

        :returns: the epoch that every append must name.
        """
        with self.datastore.get_connection() as conn:
            row = conn.execute(self.sql.acquire, (holder,)).fetchone()
            assert row is not None
            return int(row["epoch"])

    def select_streams(self, after: Mapping[str, int]) -> Selection:
        """Ask for the rows of several streams past a version each, in one query, sent at once."""
        arguments = (list(after), list(after.values()))
        return Selection(self.datastore.get_connection(), self._select_streams, arguments)

    def source_position(self, source: str) -> int:
        """Return how far a source was read, 0 if it never was."""
        return self.max_tracking_id(source) or 0

    def snapshots(self, streams: Iterable[str]) -> Mapping[str, Folded]:
        """Return the stored states of those streams that have one."""
        with self.datastore.get_connection() as conn:
            if self._snapshots is None:
                names = conn.execute(self.sql.snapshot_names)
                self._snapshots = {row["stream"] for row in names}
            wanted = [stream for stream in streams if stream in self._snapshots]
            found = conn.execute(self.sql.snapshots, (wanted,), prepare=True) if wanted else ()
            return {
                row["stream"]: Folded(row["version"], row["fingerprint"], bytes(row["state"]))
                for row in found
            }

    def put_snapshots(self, snapshots: Mapping[str, Folded]) -> None:
        """Store states beside the log, in a transaction of their own."""
        rows = [(stream, *folded) for stream, folded in snapshots.items()]
        with self.datastore.transaction(commit=True) as cursor:
            cursor.executemany(self.sql.put_snapshot, rows)
        if self._snapshots is not None:
            self._snapshots.update(snapshots)

    def repark(self, place: int, error: str) -> None:
        """Note why a parked cause failed again."""
        with self.datastore.get_connection() as conn:
            conn.execute(self.sql.repark, (error, place))

    def parked_streams(self) -> frozenset[str]:
        """Return the streams whose causes wait behind a parked one."""
        with self.datastore.get_connection() as conn:
            return frozenset(row["stream"] for row in conn.execute(self.sql.parked_streams))
