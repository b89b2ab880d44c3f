"""The HTTP side of the account: idempotency keys are honoured, and answers get lost on demand."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.stripe.account import Account, Refusal

SECRET = "sk_test_fake"


class Trouble(StrEnum):
    """What goes wrong with a call."""

    NONE = "none"
    BROKEN = "broken"  # 500 before anything was done.
    BROKEN_AFTER = "broken_after"  # 500 after it was done, and again for the same key.
    CUT = "cut"  # The connection ends before anything was done.
    CUT_AFTER = "cut_after"  # The connection ends after it was done.
    LATE = "late"  # It is done, and the answer comes after the client has given up.
    BUSY = "busy"  # 429.


Troubles = Callable[[str, str], Trouble]
"""Says what goes wrong, for a method and a path."""


def form(text: str) -> dict[str, Any]:
    """Read `a[b][c]=v` as nested objects; lists keep their indices as names."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, *inner = name.replace("]", "").split("[")
        here, last = found, head
        for part in inner:
            here, last = here.setdefault(last, {}), part
        here[last] = value
    return found


class FakeStripe:
    """The server's memory beside its account."""

    def __init__(self) -> None:
        self.address = ""
        self.given_up = Event()  # An answer that comes late waits for this.
        self._lock = Lock()
        self.begin()

    def begin(self) -> None:
        """Open a new account, and forget the one before."""
        self.account = Account()
        self.troubles: Troubles = lambda method, path: Trouble.NONE
        self.calls: list[tuple[str, str]] = []
        self._answers: dict[str, tuple[tuple[str, str], int, Any]] = {}

    def forget_keys(self) -> None:
        """Let a day go by, after which Stripe need not know an idempotency key any more."""
        self._answers.clear()

    def answer(self, method: str, url: str, body: str, key: str) -> tuple[int, Any, Trouble]:
        """Do what is asked, unless there is trouble; a key is done once, whatever it came to."""
        path, query = urlsplit(url).path, urlsplit(url).query
        with self._lock:
            trouble = self.troubles(method, path)
            self.calls.append((method, path))
            if trouble in (Trouble.BROKEN, Trouble.BUSY, Trouble.CUT):
                return (429 if trouble is Trouble.BUSY else 500), _broken(trouble), trouble
            asked = (path, body)
            if key in self._answers:
                before, status, answer = self._answers[key]
                if before != asked:
                    return 400, {"error": {"type": "idempotency_error", "message": key}}, trouble
                return status, answer, trouble
            status, answer = self._do(method, path, form(body or query))
            if trouble is Trouble.BROKEN_AFTER:
                status, answer = 500, _broken(trouble)
            if key:
                self._answers[key] = (asked, status, answer)
            return status, answer, trouble

    def _do(self, method: str, path: str, params: dict[str, Any]) -> tuple[int, Any]:
        try:
            return 200, deepcopy(self._found(method, path.split("/")[2:], params))
        except Refusal as refusal:
            return refusal.status, deepcopy(refusal.body)

    def _found(self, method: str, parts: list[str], params: dict[str, Any]) -> Any:  # noqa: PLR0911
        account = self.account
        match (method, parts):
            case ("POST", ["payment_intents"]):
                return account.create(params)
            case ("GET", ["payment_intents"]):
                since = int(params["created"]["gte"])
                intents = reversed(account.intents.values())
                return _page([i for i in intents if i["created"] >= since], params)
            case ("GET", ["payment_intents", "search"]):
                return {"object": "search_result", "data": account.search(params["query"])}
            case ("GET", ["payment_intents", name]):
                return account.intent(name)
            case ("POST", ["payment_intents", name, "capture"]):
                return account.capture(name, params)
            case ("POST", ["payment_intents", name, "cancel"]):
                return account.cancel(name)
            case ("POST", ["refunds"]):
                return account.refund(params)
            case ("GET", ["refunds"]):
                return _page(account.refunds_of(params["payment_intent"]), params)
        raise AssertionError((method, parts))


def _page(things: list[dict[str, Any]], params: dict[str, Any]) -> dict[str, Any]:
    names = [thing["id"] for thing in things]
    begin = names.index(params["starting_after"]) + 1 if "starting_after" in params else 0
    end = begin + int(params["limit"])
    return {"object": "list", "data": things[begin:end], "has_more": end < len(things)}


def _broken(trouble: Trouble) -> dict[str, Any]:
    return {"error": {"type": "api_error", "message": trouble.value}}


class _Handler(BaseHTTPRequestHandler):
    stripe: FakeStripe
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # Head and body in one packet; else each answer waits for an acknowledgement.

    def do_GET(self) -> None:
        self._handle("")

    def do_POST(self) -> None:
        self._handle(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())

    def _handle(self, body: str) -> None:
        if self.headers["Authorization"] != f"Bearer {SECRET}":
            self._send(401, {"error": {"type": "invalid_request_error", "message": "no key"}})
            return
        key = self.headers.get("Idempotency-Key", "")
        status, answer, trouble = self.stripe.answer(self.command, self.path, body, key)
        if trouble in (Trouble.CUT, Trouble.CUT_AFTER):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if trouble is Trouble.LATE:
            self.stripe.given_up.wait(60)
        with suppress(OSError):  # Nobody may be listening any more.
            self._send(status, answer)

    def _send(self, status: int, answer: Any) -> None:
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: connections are cut on purpose."""


@contextmanager
def fake_stripe() -> Iterator[FakeStripe]:
    """Serve an empty account on loopback."""
    fake = FakeStripe()
    handler = type("Handler", (_Handler,), {"stripe": fake})
    with _Server(("127.0.0.1", 0), handler) as server:
        fake.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
