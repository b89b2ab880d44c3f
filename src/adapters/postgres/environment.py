"""How the library is told where our log is."""

from __future__ import annotations

from psycopg.conninfo import conninfo_to_dict

KEYS = frozenset({"dbname", "host", "port", "user", "password"})


class UnusableDsn(Exception):
    """The connection string holds settings that would not reach every connection."""


def environment(dsn: str, schema: str = "oms") -> dict[str, str]:
    """Return the settings that open the log at `dsn` in a PostgreSQL schema, with our recorder.

    :raises UnusableDsn: if `dsn` sets more than the database, host, port, user and password: the
        library passes on no others. Give those in the environment, where libpq finds them.
    """
    at = {key: str(value) for key, value in conninfo_to_dict(dsn).items() if value is not None}
    if others := sorted(at.keys() - KEYS):
        raise UnusableDsn(
            f"OMS_DSN sets {', '.join(others)}, which the log's connections would not get. "
            "Set them in the environment instead, such as PGSSLMODE for sslmode."
        )
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "PROCESS_RECORDER_TOPIC": "adapters.postgres.recorder:LogRecorder",
        "POSTGRES_DBNAME": at.get("dbname", "postgres"),
        "POSTGRES_HOST": at.get("host", ""),
        "POSTGRES_PORT": at.get("port", "5432"),
        "POSTGRES_USER": at.get("user", "postgres"),
        "POSTGRES_PASSWORD": at.get("password", ""),
        "POSTGRES_SCHEMA": schema,
        "POSTGRES_POOL_SIZE": "1",
        "POSTGRES_IDLE_IN_TRANSACTION_SESSION_TIMEOUT": "60",
        "ORIGINATOR_ID_TYPE": "text",
    }
