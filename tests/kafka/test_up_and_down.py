"""`make kafka-up` leaves a broker and a registry running, and `make kafka-down` ends just those."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.kafka.ports import free_ports
from tests.support.kafka.registry import answers

Make = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def make(packages: Path, tmp_path: Path) -> Iterator[Make]:
    """Does what the two targets do, with files of this test's own."""

    def do(what: str, *more: str) -> subprocess.CompletedProcess[str]:
        order = [sys.executable, "-m", "tests.support.kafka", what, "--keep", str(tmp_path), *more]
        return subprocess.run(order, capture_output=True, text=True, check=False)

    yield do
    do("down")


def test_what_was_started_stays_until_it_is_ended_and_nothing_else_is(make: Make, tmp_path: Path):
    port, registry_port = free_ports(2)
    where = ("--port", str(port), "--registry-port", str(registry_port))
    up = make("up", *where)
    assert up.returncode == 0, up.stderr
    assert f"export OMS_KAFKA_BOOTSTRAP=127.0.0.1:{port}\n" in up.stdout
    assert answers(registry_port)
    again = make("up", *where)
    assert (again.returncode, "It runs already" in again.stderr) == (1, True)

    notes = {path.stem: path for path in (tmp_path / "run").glob("*.pid")}
    ours = {name: int(path.read_text().split("\0")[0]) for name, path in notes.items()}
    assert set(ours) == {"node-1", "registry"}
    _, *line = notes["registry"].read_text().split("\0")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        (tmp_path / "run/stale.pid").write_text("\0".join([str(other.pid), *line]))
        down = make("down")
        assert down.stdout == "2 processes were ended.\n"
        assert other.poll() is None
        other.communicate(b"\n")
    assert not any(psutil.pid_exists(pid) for pid in ours.values())
    assert make("down").stdout == "Nothing was running.\n"


def test_a_port_that_is_taken_is_named_with_what_to_do(make: Make):
    port, registry_port = free_ports(2)
    with socket.create_server(("127.0.0.1", registry_port)):
        up = make("up", "--port", str(port), "--registry-port", str(registry_port))
    assert up.returncode == 1
    assert f"[{registry_port}]" in up.stderr
    assert "make kafka-up KAFKA_PORT=" in up.stderr
