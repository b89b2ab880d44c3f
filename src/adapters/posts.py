"""Answers partners that send us messages by HTTP: one path for each, each message a POST.

A request is answered when its message is stored. If it cannot be stored now, or too many come at
once, the answer is 503, and the partner sends it again.
"""

from __future__ import annotations

import math
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore, Thread
from time import monotonic
from typing import Any, NamedTuple

import psycopg
import structlog

from adapters.settings import UnusableSetting

BODY_BYTES_MAX = 1_000_000
LENGTH_DIGITS_MAX = len(str(BODY_BYTES_MAX))
SECONDS_MAX = 15.0
"""How long a request may take to arrive, all of it, however slowly it drips."""

SERVED_MAX = 64
"""So many requests are taken at once."""

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

log = structlog.get_logger("oms")


class Reply(NamedTuple):
    """An answer to a partner."""

    status: HTTPStatus
    text: str


class Taker(NamedTuple):
    """Takes the messages of one partner: their body, and the header that signs it."""

    header: str
    receive: Callable[[bytes, str], Reply]
    noted: Callable[[Reply], None] = lambda _: None


@contextmanager
def posts(
    host: str,
    port: int,
    takers: Mapping[str, Taker],
    *,
    seconds_max: float = SECONDS_MAX,
    served_max: int = SERVED_MAX,
) -> Iterator[int]:
    """Answer at an address, by path, and give the port. In the end, what has arrived is answered.

    :raises UnusableSetting: if nothing can listen there.
    """
    handler = type("PostHandler", (_Handler,), {"takers": takers})
    try:
        server = _Server((host, port), handler, seconds_max, served_max)
    except OSError as error:
        rule = f"Nothing can listen there: {error.strerror}."
        remedy = "Set OMS_WEBHOOKS_HOST and OMS_WEBHOOKS_PORT to an address that is free."
        raise UnusableSetting("OMS_WEBHOOKS_PORT", f"{host}:{port}", rule, remedy) from None
    with server:
        thread = Thread(target=server.serve_forever, args=(0.1,), name="posts", daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
            server.hang_up(math.inf)


class _Server(ThreadingHTTPServer):
    """A thread for each request, within bounds; one deadline for all of a request to arrive."""

    daemon_threads = False  # What is being stored when we are asked to stop is answered first.

    def __init__(
        self,
        address: tuple[str, int],
        handler: type[BaseHTTPRequestHandler],
        seconds_max: float,
        served_max: int,
    ) -> None:
        super().__init__(address, handler)
        self._seconds_max, self._room = seconds_max, BoundedSemaphore(served_max)
        self._arriving: dict[Any, float] = {}

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a connection, if there is room."""
        if not self._room.acquire(blocking=False):
            with suppress(OSError):  # Whoever has gone needs no answer.
                request.sendall(BUSY)
            self.shutdown_request(request)
            return
        self._arriving[request] = monotonic() + self._seconds_max
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection, and make room."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.arrived(request)
            self._room.release()

    def arrived(self, request: Any) -> None:
        """Know that a request is whole: it has all the time that storing it takes."""
        self._arriving.pop(request, None)

    def service_actions(self) -> None:
        """Look at the clock, ten times a second."""
        self.hang_up(monotonic())

    def hang_up(self, now: float) -> None:
        """Hear no more of requests that should have arrived by a time; who reads them goes on."""
        for request, deadline in self._arriving.copy().items():
            if deadline <= now:
                self.arrived(request)
                with suppress(OSError):  # It may be closed already.
                    request.shutdown(socket.SHUT_RD)


class _Handler(BaseHTTPRequestHandler):
    """Takes the messages of partners."""

    server: _Server
    takers: Mapping[str, Taker]
    protocol_version = "HTTP/1.1"
    timeout = SECONDS_MAX

    def do_POST(self) -> None:
        """Take one message."""
        self.close_connection = True  # Partners send few; none keeps us from stopping.
        taker = self.takers.get(self.path.partition("?")[0])
        if taker is None:
            self._answer(Reply(HTTPStatus.NOT_FOUND, f"Post to {', '.join(self.takers)}."))
            return
        reply = self._taken(taker)
        taker.noted(reply)
        self._answer(reply)

    def _taken(self, taker: Taker) -> Reply:
        length = self.headers.get("Content-Length") or ""
        if not length.isdecimal():
            return Reply(HTTPStatus.LENGTH_REQUIRED, "Send a body with its Content-Length.")
        if len(length) > LENGTH_DIGITS_MAX or int(length) > BODY_BYTES_MAX:
            most = f"A body has {BODY_BYTES_MAX} bytes at most."
            return Reply(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, most)
        body = self.rfile.read(int(length))
        self.server.arrived(self.connection)
        if len(body) < int(length):
            return Reply(HTTPStatus.REQUEST_TIMEOUT, "It did not arrive whole: send it again.")
        try:
            return taker.receive(body, self.headers.get(taker.header, ""))
        except psycopg.Error:
            log.exception("webhook.not_stored")
            return Reply(HTTPStatus.SERVICE_UNAVAILABLE, "It cannot be stored now: send it again.")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the library's name)
        """Say nothing: what was taken is noted by who takes it."""

    def _answer(self, reply: Reply) -> None:
        data = f"{reply.text}\n".encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
