"""What a process that runs on and on tells about itself: figures for Prometheus, and its health.

A process says what it does (`batch`, `lag`, `beat` …) whether anybody asks or not. With a port set,
a thread of its own answers `/metrics`, `/healthz` (it has turned lately: if not, it is to be ended)
and `/readyz` (it does its work or stands by for it: if not, it needs something).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import NamedTuple

import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from adapters.clock import system_clock
from adapters.settings import Settings, UnusableSetting
from oms_core.kernel import Instant

ALIVE_MICROS = 60_000_000
"""A turn never takes so long: a process that has not turned since stands still."""

BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
PLAIN = "text/plain; charset=utf-8"
STARTING = "starting"

log = structlog.get_logger("oms")


class Health(NamedTuple):
    """An answer to whoever looks after the process."""

    well: bool
    why: str


class Told:
    """What one process has told about itself so far."""

    def __init__(self, process: str, clock: Callable[[], Instant] = system_clock) -> None:
        """Begin with nothing but that it is there; `process` is its command, such as `relay`."""
        self._process, self._clock = process, clock
        self._beaten_at, self._ready, self._why = clock(), False, STARTING
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        by, of = ("process",), ("consumer",)
        up = Gauge("oms_up", "1 while the process runs.", by, registry=registry)
        up.labels(process).set(1)
        self._position = Gauge("oms_log_position", "The last position seen.", registry=registry)
        self._lag_events = Gauge("oms_lag_events", "Events to go.", of, registry=registry)
        self._lag_seconds = Gauge("oms_lag_seconds", "Age of the next.", of, registry=registry)
        self._parked = Gauge("oms_parked", "Messages set aside.", of, registry=registry)
        self._messages = Counter(
            "oms_messages", "Messages handled.", ("process", "outcome"), registry=registry
        )
        self._batches = Histogram(
            "oms_batch_seconds",
            "Time a batch took.",
            by,
            registry=registry,
            buckets=BUCKETS_SECONDS,
        )
        self._epoch = Gauge("oms_epoch", "Epoch of its fence.", by, registry=registry)
        self._readiness = Gauge("oms_ready", "1 while ready.", by, registry=registry)

    def position(self, position: int) -> None:
        """Tell how long the log is."""
        self._position.set(position)

    def lag(self, consumer: str, events: int, seconds: float) -> None:
        """Tell how many events a consumer has yet to handle, and how old the first of them is."""
        self._lag_events.labels(consumer).set(events)
        self._lag_seconds.labels(consumer).set(seconds)

    def parked(self, consumer: str, messages: int) -> None:
        """Tell how many messages a consumer has set aside."""
        self._parked.labels(consumer).set(messages)

    def batch(self, messages: int, seconds: float, outcome: str = "done") -> None:
        """Tell that a batch was handled, in what time and how it ended."""
        self.messages(messages, outcome)
        self.took(seconds)

    def took(self, seconds: float) -> None:
        """Tell what time a batch took whose messages are told apart."""
        self._batches.labels(self._process).observe(seconds)

    def messages(self, count: int, outcome: str) -> None:
        """Tell that some messages ended in a certain way."""
        self._messages.labels(self._process, outcome).inc(count)

    def epoch(self, epoch: int) -> None:
        """Tell with which epoch the process writes; 0: it stands by."""
        self._epoch.labels(self._process).set(epoch)

    def beat(self, *, ready: bool, why: str = "") -> None:
        """Tell that the process has turned, whether it can do its work, and if not, why."""
        self._beaten_at, self._ready, self._why = self._clock(), ready, why
        self._readiness.labels(self._process).set(ready)

    def alive(self) -> Health:
        """Say whether the process has turned lately."""
        idle = self._clock() - self._beaten_at
        return Health(idle <= ALIVE_MICROS, f"turned {idle // 1_000_000} s ago")

    def ready(self) -> Health:
        """Say whether the process can do its work, or stands by for it."""
        alive = self.alive()
        if not alive.well:
            return alive
        return Health(self._ready, self._why or ("ready" if self._ready else "not ready"))

    def metrics(self) -> bytes:
        """Return the figures as Prometheus reads them."""
        return generate_latest(self._registry)


@contextmanager
def telemetry(settings: Settings, process: str) -> Iterator[Told]:
    """Let a process tell about itself, and answer who asks, if a port is set.

    :raises UnusableSetting: if nothing can be answered at that address.
    """
    told = Told(process)
    if not settings.http_port:
        yield told
        return
    with _server(settings, told) as server:
        Thread(target=server.serve_forever, name="telemetry", daemon=True).start()
        host, port = server.server_address[:2]
        log.info("telemetry", process=process, host=host, port=port)
        try:
            yield told
        finally:
            server.shutdown()


def _server(settings: Settings, told: Told) -> ThreadingHTTPServer:
    handler = type("TelemetryHandler", (_Handler,), {"told": told})
    try:
        return ThreadingHTTPServer((settings.http_host, settings.http_port), handler)
    except OSError as error:
        address = f"{settings.http_host}:{settings.http_port}"
        rule = f"Nothing can listen there: {error.strerror}."
        remedy = "Set OMS_HTTP_HOST and OMS_HTTP_PORT to an address of this machine that is free."
        raise UnusableSetting("OMS_HTTP_PORT", address, rule, remedy) from None


class _Handler(BaseHTTPRequestHandler):
    """Answers about one process."""

    told: Told
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer one of the three questions."""
        match self.path.partition("?")[0]:
            case "/metrics":
                self._answer(HTTPStatus.OK, self.told.metrics(), CONTENT_TYPE_LATEST)
            case "/healthz":
                self._answer_health(self.told.alive())
            case "/readyz":
                self._answer_health(self.told.ready())
            case _:
                self._answer(HTTPStatus.NOT_FOUND, b"Ask /metrics, /healthz or /readyz.\n", PLAIN)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the library's name)
        """Say nothing: probes come every few seconds."""

    def _answer_health(self, health: Health) -> None:
        status = HTTPStatus.OK if health.well else HTTPStatus.SERVICE_UNAVAILABLE
        self._answer(status, f"{health.why}\n".encode(), PLAIN)

    def _answer(self, status: HTTPStatus, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
