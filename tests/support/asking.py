"""What a process says of itself to those who ask by HTTP."""

from __future__ import annotations

from contextlib import closing
from http.client import HTTPConnection

from prometheus_client.parser import text_string_to_metric_families

HOST = "127.0.0.1"
ASK_SECONDS = 10


def ask(port: int, path: str) -> tuple[int, str]:
    """Return the status of an answer, and the answer; 0 if nobody listens."""
    with closing(HTTPConnection(HOST, port, timeout=ASK_SECONDS)) as connection:
        try:
            connection.request("GET", path)
        except ConnectionRefusedError:
            return 0, ""
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def figures(port: int) -> dict[tuple[str, str], float]:
    """Return what `/metrics` tells: for a name and its labels, a figure."""
    return samples(ask(port, "/metrics")[1])


def samples(text: str) -> dict[tuple[str, str], float]:
    """Read figures as Prometheus does; labels are in the order of their names."""
    return {
        (sample.name, ",".join(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
