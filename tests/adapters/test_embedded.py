"""The embedded server comes and goes with those who use it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import psycopg
import pytest

from adapters.postgres.embedded import embedded_postgres

USER = """
import sys, time
from pathlib import Path
from adapters.postgres.embedded import embedded_postgres
with embedded_postgres(Path(sys.argv[1])):
    print("ready", flush=True)
    time.sleep(60)
"""


def test_the_server_stops_with_its_last_user_also_when_another_was_killed(tmp_path):
    if os.environ.get("OMS_TEST_DSN"):
        pytest.skip("a server was given, so none is embedded")
    data = tmp_path / "data"
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", USER, str(data)], stdout=subprocess.PIPE, text=True
    ) as killed:
        assert killed.stdout
        assert killed.stdout.readline() == "ready\n"
        killed.send_signal(signal.SIGKILL)
    with embedded_postgres(data) as dsn, psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT current_setting('shared_buffers')").fetchone()
        assert row == ("256MB",)
    assert not (data / "postmaster.pid").exists()
