"""A real web server on loopback that answers by a script, and keeps what was posted to it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event as Flag
from threading import Thread
from typing import Any, NamedTuple

from standardwebhooks import Webhook


class Posted(NamedTuple):
    """One message as it arrived."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """The id that receivers know a message by."""
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> Any:
        """Return the JSON that was signed with a secret, as another library sees it.

        :raises WebhookVerificationError: if it was not signed, or not in these five minutes.
        """
        return Webhook(secret).verify(self.body, dict(self.headers))


SILENCE = 0
"""In the place of a status: the message is taken, and nothing is answered until the end."""


class Receiver:
    """Answers by a script of statuses with their headers; at its end it takes what comes."""

    def __init__(self) -> None:
        """Take everything."""
        self.inbox: list[Posted] = []
        self.script: list[tuple[int, dict[str, str]]] = []
        self.over = Flag()
        self.port = 0

    def will(self, *statuses: int, **headers: str) -> None:
        """Answer so, one after the other."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.script += [(status, named) for status in statuses]

    def url(self, path: str = "/hooks") -> str:
        """Return the URL of a path of it."""
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def ids(self) -> list[str]:
        """The ids of what has arrived, in order."""
        return [posted.id for posted in self.inbox]


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more = receiver.script.pop(0) if receiver.script else (200, {})
            receiver.inbox.append(Posted(self.path, headers, body))
            if status == SILENCE:
                receiver.over.wait()
                return
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def receiver(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Run a server on a free port; with a context it speaks TLS."""
    made = Receiver()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    made.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def raw_server(*pieces: bytes, hang: bool = False, pause: float = 0.0) -> Iterator[int]:
    """Answer one connection with these bytes, whatever it says, and yield the port.

    With `hang` the connection stays open until the end; `pause` are the seconds between pieces.
    """
    over = Flag()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                for piece in pieces:
                    with suppress(OSError):  # Who has given up does not listen any more.
                        connection.sendall(piece)
                    over.wait(pause)
                if hang:
                    over.wait()

        thread = Thread(target=answer, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        over.set()
        thread.join()
