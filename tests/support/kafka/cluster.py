"""A Kafka of one node or several on loopback; each node can be killed and started again."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from string import Template
from typing import NamedTuple

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ClusterMetadata

from tests.support.kafka.packages import ROOT, fetch, java
from tests.support.kafka.ports import free_ports, listens
from tests.support.kafka.process import QUICK, START_SECONDS, JavaProcess
from tests.support.process import until

PROPERTIES = ROOT / "deploy/kafka/broker.properties"
LOG4J = ROOT / "deploy/kafka/log4j2.properties"
MEMORY = ("-Xms256m", "-Xmx512m")
CLUSTER_ID = base64.urlsafe_b64encode(b"oms on loopback!").decode().rstrip("=")
FORMAT_SECONDS = 120.0
ASK_SECONDS = 2.0


class Place(NamedTuple):
    """Where a node listens: to clients, and to its fellow nodes."""

    port: int
    controller_port: int


class Cluster:
    """Nodes are numbered from 1. What they have written stays under `data`."""

    def __init__(self, places: Sequence[Place], data: Path, *, stays: bool = False) -> None:
        """Write down how each node is run; none is started yet."""
        self.data = data
        self.bootstrap = ",".join(f"127.0.0.1:{place.port}" for place in places)
        self._places = dict(enumerate(places, start=1))
        self.nodes: Mapping[int, JavaProcess] = {
            number: self._node(number, stays=stays) for number in self._places
        }

    def start(self) -> None:
        """Start every node, and wait until each knows all."""
        self._format()
        for node in self.nodes.values():
            node.begin()
        for node in self.nodes.values():
            node.await_ready()
        self.await_whole()

    def stop(self) -> None:
        """End every node; what was not acknowledged to anybody may be lost."""
        for node in self.nodes.values():
            node.kill()

    def await_whole(self) -> None:
        """Wait until every node lives and has all that it is to have a copy of."""
        until(self._is_whole, START_SECONDS, "every node in sync")

    def living(self) -> set[int]:
        """Return the nodes that the cluster takes to be alive; none, if nobody answers."""
        metadata = self._metadata()
        return set(metadata.brokers) if metadata else set()

    def _is_whole(self) -> bool:
        metadata = self._metadata()
        return (
            metadata is not None
            and set(metadata.brokers) == set(self.nodes)
            and all(
                set(partition.isrs) == set(partition.replicas)
                for topic in metadata.topics.values()
                for partition in topic.partitions.values()
            )
        )

    def _metadata(self) -> ClusterMetadata | None:
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        try:
            return admin.list_topics(timeout=ASK_SECONDS)
        except KafkaException:
            return None

    def _node(self, number: int, *, stays: bool) -> JavaProcess:
        place = self._places[number]
        order = _java_order(f"-Dlog4j2.configurationFile={LOG4J}", *MEMORY)
        return JavaProcess(
            [*order, "kafka.Kafka", str(self._write_properties(number))],
            self.data / f"node-{number}.log",
            lambda: listens(place.port),
            stays=stays,
        )

    def _write_properties(self, number: int) -> Path:
        count, place = len(self._places), self._places[number]
        voters = (f"{n}@127.0.0.1:{p.controller_port}" for n, p in self._places.items())
        replicas = min(count, 3)
        text = Template(PROPERTIES.read_text(encoding="utf-8")).substitute(
            node=number,
            voters=",".join(voters),
            port=place.port,
            controller_port=place.controller_port,
            data=self.data / f"node-{number}",
            replicas=replicas,
            in_sync=max(1, replicas - 1),
        )
        path = self.data / f"node-{number}.properties"
        self.data.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def _format(self) -> None:
        """Make each node's folder one of this cluster's; one that is so already is left alone."""
        order = [*_java_order(), "kafka.tools.StorageTool", "format", "--ignore-formatted"]
        formatting = [
            subprocess.Popen(
                [*order, "-t", CLUSTER_ID, "-c", str(self.data / f"node-{number}.properties")],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for number in self._places
            if not (self.data / f"node-{number}" / "meta.properties").exists()
        ]
        for process in formatting:
            said = process.communicate(timeout=FORMAT_SECONDS)[0]
            assert process.returncode == 0, said


def _java_order(*flags: str) -> list[str]:
    return [java(), *QUICK, *flags, "-Djava.awt.headless=true", "-cp", f"{fetch()}/broker/*"]


@contextmanager
def running_cluster(nodes: int, data: Path) -> Iterator[Cluster]:
    """Run a cluster of one's own on free ports; nothing of it outlives the block.

    :raises NotToBeHad: if there can be none on this machine.
    """
    ports = iter(free_ports(2 * nodes))
    cluster = Cluster([Place(next(ports), next(ports)) for _ in range(nodes)], data)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
