"""A schema registry (Apicurio, by Confluent's API) on loopback; it keeps its schemas in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from tests.support.kafka.packages import fetch, java
from tests.support.kafka.ports import free_ports
from tests.support.kafka.process import QUICK, JavaProcess

API = "/apis/ccompat/v7"


def url_of(port: int) -> str:
    """Return where clients of the registry on a port turn to."""
    return f"http://127.0.0.1:{port}{API}"


def registry_process(port: int, data: Path, *, stays: bool = False) -> JavaProcess:
    """Return a registry, not started yet."""
    jar = next((fetch() / "registry").glob("apicurio-registry-app-*-runner.jar"))
    host = ("-Dquarkus.http.host=127.0.0.1", f"-Dquarkus.http.port={port}")
    return JavaProcess(
        [java(), *QUICK, "-Xmx384m", *host, "-jar", str(jar)],
        data / "registry.log",
        lambda: answers(port),
        env={"REGISTRY_DATASOURCE_URL": f"jdbc:h2:file:{data.resolve() / 'registry'}"},
        stays=stays,
    )


def answers(port: int) -> bool:
    """Say whether a registry there does its work."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=2)) as connection:
        try:
            connection.request("GET", f"{API}/subjects")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False


@contextmanager
def running_registry(data: Path) -> Iterator[Callable[[], str]]:
    """Run a registry of one's own on a free port; what is given waits for it and tells its URL.

    :raises NotToBeHad: if there can be none on this machine.
    """
    (port,) = free_ports(1)
    process = registry_process(port, data)

    def url() -> str:
        process.await_ready()
        return url_of(port)

    try:
        process.begin()
        yield url
    finally:
        process.kill()
