"""Answers partners that send us messages by HTTP: one path for each, each message a POST.

A request is answered when its message is stored. If it cannot be stored now, the answer is 503, and
the partner sends it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import NamedTuple

import psycopg
import structlog

from adapters.settings import UnusableSetting

BODY_BYTES_MAX = 1_000_000
SECONDS_MAX = 15
"""How long a request may take to arrive."""

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
def posts(host: str, port: int, takers: Mapping[str, Taker]) -> Iterator[int]:
    """Answer at an address, by path, and give the port.

    :raises UnusableSetting: if nothing can listen there.
    """
    handler = type("PostHandler", (_Handler,), {"takers": takers})
    try:
        server = _Server((host, port), handler)
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


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # What is being stored when we are asked to stop is answered first.


class _Handler(BaseHTTPRequestHandler):
    """Takes the messages of partners."""

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
        if int(length) > BODY_BYTES_MAX:
            most = f"A body has {BODY_BYTES_MAX} bytes at most, and not {length}."
            return Reply(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, most)
        try:
            return taker.receive(self.rfile.read(int(length)), self.headers.get(taker.header, ""))
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
