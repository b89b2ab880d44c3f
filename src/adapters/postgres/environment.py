"""How the library is told where our log is."""

from __future__ import annotations

from psycopg.conninfo import conninfo_to_dict


def environment(dsn: str, schema: str = "oms") -> dict[str, str]:
    """Return the settings that open the log at `dsn` in a PostgreSQL schema, with our recorder."""
    at = conninfo_to_dict(dsn)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "PROCESS_RECORDER_TOPIC": "adapters.postgres.recorder:LogRecorder",
        "POSTGRES_DBNAME": str(at.get("dbname") or "postgres"),
        "POSTGRES_HOST": str(at.get("host") or ""),
        "POSTGRES_PORT": str(at.get("port") or "5432"),
        "POSTGRES_USER": str(at.get("user") or "postgres"),
        "POSTGRES_PASSWORD": str(at.get("password") or ""),
        "POSTGRES_SCHEMA": schema,
        "POSTGRES_POOL_SIZE": "1",
        "POSTGRES_IDLE_IN_TRANSACTION_SESSION_TIMEOUT": "60",
        "ORIGINATOR_ID_TYPE": "text",
    }
