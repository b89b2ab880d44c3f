"""The SQL of the log: its tables beside the library's, and the two ways to append."""

from __future__ import annotations

from psycopg.sql import SQL, Composed, Identifier, Literal

from adapters.postgres.copying import HASH_BYTES

ADVANCE_TYPES = (
    "bigint, bytea, bytea, bigint, bytea, bytea, bytea, bigint, "
    "text[], bigint[], bigint[], text, bigint, "
    "text[], text[], text[], bytea[], bigint[], text[], bytea[], bytea[], bytea[]"
)

BEFORE_LETTERS = (
    "bigint, bytea, bigint, bytea, bytea, bigint, text[], bigint[], bigint[], text, bigint, "
    "text[], text[], text[], bytea[], bigint[]"
)
"""What the functions took before there was an outbox: a log of that time still has them."""

DROP_BEFORE_LETTERS = f"""
DROP FUNCTION IF EXISTS {{schema}}.{{advance}}({BEFORE_LETTERS});
DROP FUNCTION IF EXISTS
    {{schema}}.{{append}}({BEFORE_LETTERS}, {{originator_id_type}}[], bigint[], text[], bytea[]);
"""

HEAD_TABLE = """
CREATE TABLE IF NOT EXISTS {schema}.{head} (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint NOT NULL,
    hash bytea NOT NULL,
    epoch bigint NOT NULL,
    holder text NOT NULL,
    acquired_at timestamptz,
    stamp bytea NOT NULL DEFAULT ''
) WITH (fillfactor = 50)
"""

ADD_STAMP = """
DO $BODY$ BEGIN
    PERFORM stamp FROM {schema}.{head};
EXCEPTION WHEN undefined_column THEN  -- Altering locks the table, even if there is nothing to add.
    ALTER TABLE {schema}.{head} ADD COLUMN stamp bytea NOT NULL DEFAULT '';
END $BODY$
"""

BATCHES_TABLE = """
CREATE TABLE IF NOT EXISTS {schema}.{batches} (
    first bigint PRIMARY KEY,
    last bigint NOT NULL,
    leaves bytea NOT NULL,
    hash bytea NOT NULL
)
"""

SNAPSHOTS_TABLE = """
CREATE TABLE IF NOT EXISTS {schema}.{snapshots} (
    stream text PRIMARY KEY,
    version bigint NOT NULL,
    fingerprint text NOT NULL,
    state bytea NOT NULL
)
"""

PARKED_TABLE = """
CREATE TABLE IF NOT EXISTS {schema}.{parked} (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cause_id text NOT NULL,
    stream text NOT NULL,
    error text NOT NULL,
    cause bytea NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""

PARKED_ASKED = "ALTER TABLE {schema}.{parked} ADD COLUMN IF NOT EXISTS asked text"
"""What a person has asked the engine that runs to do about it: see `parking`."""

OUTBOX_TABLE = """
CREATE TABLE IF NOT EXISTS {schema}.{outbox} (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    key bytea NOT NULL,
    value bytea NOT NULL,
    headers bytea NOT NULL
)
"""

ADVANCE = """
CREATE OR REPLACE FUNCTION {schema}.{advance}(
    old_position bigint, old_hash bytea, old_stamp bytea,
    new_position bigint, new_hash bytea, new_stamp bytea, leaves bytea,
    writer bigint, sources text[], starts bigint[], stops bigint[], app text, seen bigint,
    ids text[], streams text[], errors text[], causes bytea[], unparked bigint[],
    letter_topics text[], letter_keys bytea[], letter_values bytea[], letter_headers bytea[]
) RETURNS void LANGUAGE plpgsql AS $BODY$
DECLARE
    present bigint;
    moved int;
BEGIN
    UPDATE {schema}.{head} SET position = new_position, hash = new_hash, stamp = new_stamp
    WHERE position = old_position AND hash = old_hash AND stamp = old_stamp
        AND (writer IS NULL OR epoch = writer);
    IF NOT FOUND THEN
        SELECT epoch INTO present FROM {schema}.{head};
        IF writer IS NOT NULL AND present <> writer THEN
            RAISE EXCEPTION 'writer of epoch % was taken over by epoch %', writer, present
                USING ERRCODE = 'OMS02';
        END IF;
        RAISE EXCEPTION 'the log is no longer at position %', old_position
            USING ERRCODE = 'OMS01';
    END IF;
    IF cardinality(sources) > 0 THEN
        INSERT INTO {schema}.{tracking} (application_name, notification_id)
        SELECT source, 0 FROM unnest(sources, starts) AS t(source, start) WHERE start = 0
        ON CONFLICT DO NOTHING;
        UPDATE {schema}.{tracking} AS t SET notification_id = x.stop
        FROM unnest(sources, starts, stops) AS x(source, start, stop)
        WHERE t.application_name = x.source AND t.notification_id = x.start;
        GET DIAGNOSTICS moved = ROW_COUNT;
        IF moved <> cardinality(sources) THEN
            RAISE EXCEPTION 'a source of % is not at %', sources, starts USING ERRCODE = 'OMS03';
        END IF;
    END IF;
    IF app IS NOT NULL THEN
        INSERT INTO {schema}.{tracking} AS t (application_name, notification_id)
        VALUES (app, seen)
        ON CONFLICT (application_name) DO UPDATE SET notification_id = seen
        WHERE t.notification_id < seen;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'notification % of % was tracked already', seen, app
                USING ERRCODE = 'OMS04';
        END IF;
    END IF;
    IF cardinality(ids) > 0 THEN
        INSERT INTO {schema}.{parked} (cause_id, stream, error, cause)
        SELECT * FROM unnest(ids, streams, errors, causes);
    END IF;
    IF cardinality(unparked) > 0 THEN
        DELETE FROM {schema}.{parked} WHERE place = ANY(unparked);
    END IF;
    IF cardinality(letter_topics) > 0 THEN
        INSERT INTO {schema}.{outbox} (topic, key, value, headers)
        SELECT * FROM unnest(letter_topics, letter_keys, letter_values, letter_headers);
    END IF;
    IF new_position > old_position THEN
        INSERT INTO {schema}.{batches} VALUES (old_position + 1, new_position, leaves, new_hash);
    END IF;
    IF new_position > old_position OR cardinality(letter_topics) > 0 THEN
        PERFORM pg_notify({channel}, '');
    END IF;
END $BODY$
"""

APPEND_FEW = """
CREATE OR REPLACE FUNCTION {schema}.{append}(
    old_position bigint, old_hash bytea, old_stamp bytea,
    new_position bigint, new_hash bytea, new_stamp bytea, leaves bytea,
    writer bigint, sources text[], starts bigint[], stops bigint[], app text, seen bigint,
    ids text[], streams text[], errors text[], causes bytea[], unparked bigint[],
    letter_topics text[], letter_keys bytea[], letter_values bytea[], letter_headers bytea[],
    originators {originator_id_type}[], versions bigint[], topics text[], states bytea[]
) RETURNS void LANGUAGE plpgsql AS $BODY$
BEGIN
    PERFORM {schema}.{advance}(
        old_position, old_hash, old_stamp, new_position, new_hash, new_stamp, leaves, writer,
        sources, starts, stops, app, seen, ids, streams, errors, causes, unparked,
        letter_topics, letter_keys, letter_values, letter_headers);
    INSERT INTO {schema}.{events}
        (originator_id, originator_version, topic, state, notification_id)
    SELECT originator, version, topic, state, old_position + place
    FROM unnest(originators, versions, topics, states)
        WITH ORDINALITY AS t(originator, version, topic, state, place);
END $BODY$
"""


APPEND_TYPES = f"{ADVANCE_TYPES}, text[], bigint[], text[], bytea[]"

CALL_ADVANCE = ", ".join(f"%s::{name}" for name in ADVANCE_TYPES.split(", "))
CALL_APPEND = ", ".join(f"%b::{name}" for name in APPEND_TYPES.split(", "))

COPY = """
COPY {schema}.{outbox} (topic, key, value, headers) FROM STDIN (FORMAT BINARY);
COPY {schema}.{events} (originator_id, originator_version, topic, state, notification_id)
FROM STDIN (FORMAT BINARY)
"""

ACQUIRE = """
UPDATE {schema}.{head} SET epoch = epoch + 1, holder = %s, acquired_at = clock_timestamp()
RETURNING epoch
"""

SELECT_STREAMS = """
SELECT w.stream, e.originator_version, e.topic, e.state
FROM unnest($1::text[], $2::bigint[]) AS w(stream, after)
CROSS JOIN LATERAL (
    SELECT originator_version, topic, state FROM {schema}.{events}
    WHERE originator_id = w.stream AND originator_version > w.after
    OFFSET 0
) AS e
ORDER BY w.stream, e.originator_version
"""
"""`OFFSET 0` keeps the planner from reading the whole table for some hundred streams."""

PUT_SNAPSHOT = """
INSERT INTO {schema}.{snapshots} VALUES (%s, %s, %s, %s)
ON CONFLICT (stream) DO UPDATE SET version = EXCLUDED.version,
fingerprint = EXCLUDED.fingerprint, state = EXCLUDED.state
"""


class Statements:
    """The statements of one log."""

    def __init__(self, schema: str, events: str, tracking: str) -> None:
        """Name the log's tables."""
        self._names = {
            "schema": Identifier(schema),
            "events": Identifier(events),
            "tracking": Identifier(tracking),
            "head": Identifier(f"{events}_head"),
            "batches": Identifier(f"{events}_batches"),
            "snapshots": Identifier(f"{events}_snapshots"),
            "parked": Identifier(f"{events}_parked"),
            "outbox": Identifier(f"{events}_outbox"),
            "advance": Identifier(f"{events}_advance"),
            "append": Identifier(f"{events}_append"),
            "originator_id_type": Identifier("text"),
        }
        self.append_few = self.sql(f"SELECT {{schema}}.{{append}}({CALL_APPEND})")
        self.append_many = self.sql(f"SELECT {{schema}}.{{advance}}({CALL_ADVANCE}); {COPY}")
        self.head = self.sql("SELECT position, hash, stamp FROM {schema}.{head}")
        self.lock_head = self.head + SQL(" FOR UPDATE")
        self.acquire = self.sql(ACQUIRE)
        self.select_streams = self.sql(SELECT_STREAMS)
        self.snapshots = self.sql("SELECT * FROM {schema}.{snapshots} WHERE stream = ANY(%s)")
        self.snapshot_names = self.sql("SELECT stream FROM {schema}.{snapshots}")
        self.put_snapshot = self.sql(PUT_SNAPSHOT)
        self.repark = self.sql(
            "UPDATE {schema}.{parked} SET error = %s, asked = NULL WHERE place = %s"
        )
        self.parked_streams = self.sql("SELECT DISTINCT stream FROM {schema}.{parked}")

    def sql(self, text: str) -> Composed:
        """Put this log's names into a statement."""
        return SQL(text).format(**self._names)

    def create(self, channel: str) -> list[Composed]:
        """Return the statements that lay out the log; all may be run again, beside a writer too.

        So the head is looked for before it is put in: an insert that finds a conflict would wait
        for the writer, who may wait for a table that these statements hold.
        """
        names = {**self._names, "channel": Literal(channel)}
        first = SQL(
            "INSERT INTO {schema}.{head} (position, hash, epoch, holder) "
            "SELECT 0, {zero}, 0, '' WHERE NOT EXISTS (SELECT FROM {schema}.{head})"
        ).format(**names, zero=Literal(bytes(HASH_BYTES)))
        parts = (
            *(HEAD_TABLE, ADD_STAMP, BATCHES_TABLE, SNAPSHOTS_TABLE, PARKED_TABLE, PARKED_ASKED),
            *(OUTBOX_TABLE, DROP_BEFORE_LETTERS, ADVANCE, APPEND_FEW),
        )
        return [*(SQL(text).format(**names) for text in parts), first]
