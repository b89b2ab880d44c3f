"""One message to one URL, by HTTP/1.1, within bounds of time and size; nothing is followed.

It speaks to a socket by itself: so that it connects to the address that was looked at, and so that
one deadline holds for connection, encryption, request and answer together, however slowly these
drip. The name is looked up by the system, in its own time, which counts towards the deadline but is
not ended by it.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import NamedTuple

from adapters.webhooks.addresses import Resolve, Target, addresses_of, target_of
from oms_core.kernel import Instant

SECONDS_MAX = 15.0
CONNECT_SECONDS_MAX = 5.0
HEAD_BYTES_MAX = 32_768
PIECE_BYTES = 65_536
STATUS = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)(?: [^\r\n]*)?\r\n")
RETRY_AFTER = re.compile(rb"\r\nretry-after:[ \t]*([^\r\n]*?)[ \t]*\r\n", re.IGNORECASE)
INFORMATIONAL = 200
"""Answers below are only a prelude to another."""


class Unanswered(Exception):
    """No answer came; it may have arrived."""


class Answer(NamedTuple):
    """What the receiver said: a status of HTTP, and when it wants to hear from us again.

    `retry_after_seconds` is zero if it did not say.
    """

    status: int
    retry_after_seconds: int = 0


class HttpPost:
    """Posts messages. A new connection is made for each."""

    def __init__(
        self,
        clock: Callable[[], Instant],
        *,
        loopback: bool = False,
        seconds_max: float = SECONDS_MAX,
        context: ssl.SSLContext | None = None,
        resolve: Resolve = socket.getaddrinfo,
    ) -> None:
        """Post to public addresses; with `loopback` to this machine as well, and in the clear."""
        self._clock, self._loopback, self._seconds_max = clock, loopback, seconds_max
        self._context = context or ssl.create_default_context()
        self._resolve = resolve

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post a JSON body and return the answer.

        :raises Unsafe: if nothing may be posted there.
        :raises Unanswered: if no answer came in time, or one that is not of HTTP.
        """
        deadline = monotonic() + self._seconds_max
        target = target_of(url)
        try:
            names = addresses_of(target, loopback=self._loopback, resolve=self._resolve)
            with self._connected(target, names, deadline) as connection:
                _send(connection, request(target, headers, body), deadline)
                return self._answer(_head(connection, deadline))
        except TimeoutError:
            raise Unanswered("no answer in time") from None
        except (OSError, UnicodeError) as error:
            raise Unanswered(f"{target.host}: {error}") from None

    def _connected(self, target: Target, names: list[str], deadline: float) -> socket.socket:
        """Connect to the first of some addresses that lets us.

        :raises OSError: if none does.
        """
        last: OSError = OSError("it has no address")
        for name in names:
            try:
                seconds = min(CONNECT_SECONDS_MAX, _left(deadline))
                plain = socket.create_connection((name, target.port), timeout=seconds)
            except OSError as error:
                last = error
                continue
            if not target.encrypted:
                return plain
            try:
                plain.settimeout(_left(deadline))
                return self._context.wrap_socket(plain, server_hostname=target.host)
            except BaseException:
                plain.close()
                raise
        raise last

    def _answer(self, head: bytes) -> Answer:
        status = STATUS.match(head)
        if status is None:
            raise Unanswered(f"its answer is not HTTP/1.1 but {head[:40]!r}")
        wanted = RETRY_AFTER.search(head)
        seconds = retry_after(wanted[1].decode("latin-1"), self._clock()) if wanted else 0
        return Answer(int(status[1]), seconds)


def request(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return the bytes of a request."""
    lines = {
        "host": target.authority,
        "user-agent": "oms-webhooks",
        "content-type": "application/json",
        "content-length": str(len(body)),
        "connection": "close",
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {target.path} HTTP/1.1\r\n{head}\r\n".encode("ascii") + body


def retry_after(text: str, now: Instant) -> int:
    """Return for how many seconds to wait: RFC 9110, 10.2.3, a number of them or a date."""
    if text.isascii() and text.isdigit():
        return int(text[:9])
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return 0
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0, int((date - datetime.fromtimestamp(now // 1_000_000, UTC)).total_seconds()))


def _left(deadline: float) -> float:
    """Return how many seconds are left.

    :raises TimeoutError: if none are.
    """
    seconds = deadline - monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _send(connection: socket.socket, data: bytes, deadline: float) -> None:
    rest = memoryview(data)
    while rest:
        connection.settimeout(_left(deadline))
        rest = rest[connection.send(rest[:PIECE_BYTES]) :]


def _head(connection: socket.socket, deadline: float) -> bytes:
    """Return the head of the answer that counts; its body is of no interest.

    :raises Unanswered: if the receiver hangs up before, or talks without end.
    """
    data = b""
    while len(data) < HEAD_BYTES_MAX:
        head, ends, rest = data.partition(b"\r\n\r\n")
        if ends:
            status = STATUS.match(head + ends)
            if status is None or int(status[1]) >= INFORMATIONAL:
                return head + ends
            data = rest
            continue
        connection.settimeout(_left(deadline))
        piece = connection.recv(PIECE_BYTES)
        if not piece:
            raise Unanswered("it hung up without an answer")
        data += piece
    raise Unanswered("its answer has no end")
