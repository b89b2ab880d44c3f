"""`make kafka-up` and `make kafka-down`: a Kafka and a schema registry that stay until told to end.

What was written stays in `.kafka/data-<nodes>` and is there again at the next start.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.support.kafka.cluster import Cluster, Place
from tests.support.kafka.packages import FILES, NotToBeHad
from tests.support.kafka.ports import is_free
from tests.support.kafka.process import JavaProcess
from tests.support.kafka.registry import registry_process, url_of

APART = 10
STOP_SECONDS = 30.0

READY = """\
Kafka listens at {bootstrap}, the schema registry at {registry}
Data and what they say: {data}

Tell `oms` (and tests: OMS_TEST_KAFKA, OMS_TEST_REGISTRY) where they are:

  export OMS_KAFKA_BOOTSTRAP={bootstrap}
  export OMS_KAFKA_REGISTRY={registry}

Then: oms kafka topics apply. In the end: make kafka-down
"""


def up(keep: Path, nodes: int, port: int, registry_port: int) -> int:
    """Start everything, unless it runs already, and say where it is."""
    if any(_ours(keep)):
        return _no("It runs already; end it with: make kafka-down")
    places = [Place(port + APART * n, port + APART * n + 1) for n in range(nodes)]
    wanted = [*(number for place in places for number in place), registry_port]
    if taken := [number for number in wanted if not is_free(number)]:
        return _no(
            f"Something else listens on {taken}. Choose other ports: "
            "make kafka-up KAFKA_PORT=19092 REGISTRY_PORT=18081"
        )
    data = keep / f"data-{nodes}"
    cluster = Cluster(places, data, stays=True)
    registry = registry_process(registry_port, data, stays=True)
    started = {f"node-{n}": node for n, node in cluster.nodes.items()} | {"registry": registry}
    try:
        registry.begin()
        cluster.start()
        registry.await_ready()
    except BaseException:
        for process in started.values():
            process.kill()
        raise
    for name, process in started.items():
        _note(keep, name, process)
    sys.stdout.write(
        READY.format(bootstrap=cluster.bootstrap, registry=url_of(registry_port), data=data)
    )
    return 0


def down(keep: Path) -> int:
    """End what `up` has started and nothing else: a pid that is now another's is left alone."""
    ending = list(_ours(keep))
    for process in ending:
        process.terminate()
    _, left = psutil.wait_procs(ending, STOP_SECONDS)
    for process in left:
        process.kill()
    psutil.wait_procs(left, STOP_SECONDS)
    for path in _notes(keep):
        path.unlink()
    sys.stdout.write(
        f"{len(ending)} processes were ended.\n" if ending else "Nothing was running.\n"
    )
    return 0


def _no(reason: str) -> int:
    sys.stderr.write(f"{reason}\n")
    return 1


def _note(keep: Path, name: str, process: JavaProcess) -> None:
    """Write down a pid with the command line that it belongs to."""
    line = "\0".join(psutil.Process(process.pid).cmdline())
    folder = keep / "run"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.pid").write_text(f"{process.pid}\0{line}", encoding="utf-8")


def _notes(keep: Path) -> list[Path]:
    return sorted((keep / "run").glob("*.pid"))


def _ours(keep: Path) -> Iterator[psutil.Process]:
    for path in _notes(keep):
        pid, *line = path.read_text(encoding="utf-8").split("\0")
        try:
            process = psutil.Process(int(pid))
            if process.cmdline() == line:
                yield process
        except psutil.NoSuchProcess:
            continue


def main() -> int:
    """Do what the first argument says."""
    parser = argparse.ArgumentParser(prog="tests.support.kafka", description=__doc__)
    parser.add_argument("what", choices=("up", "down"))
    parser.add_argument("--nodes", type=int, choices=(1, 3), default=1)
    parser.add_argument("--port", type=int, default=9092)
    parser.add_argument("--registry-port", type=int, default=8081)
    parser.add_argument("--keep", type=Path, default=FILES, help="where data and pids are kept")
    asked = parser.parse_args()
    try:
        if asked.what == "up":
            return up(asked.keep, asked.nodes, asked.port, asked.registry_port)
        return down(asked.keep)
    except NotToBeHad as error:
        return _no(f"There can be no Kafka here: {error}")


if __name__ == "__main__":
    sys.exit(main())
