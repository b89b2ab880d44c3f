"""A real mail server on loopback that does as a script says, and keeps what it took."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

TAKEN = "250 OK"
CUT = "cut"
"""In the place of an answer: the letter is taken, and the connection is cut before the answer."""

LOST = "lost"
"""In the place of an answer: the connection is cut, and nothing is taken."""


class Desk:
    """Answers letters by scripts, one for recipients and one for contents; at their end it takes.

    `inbox` is what was taken, `offered` how many letters were offered with their contents.
    """

    def __init__(self) -> None:
        """Take everything."""
        self.recipients: list[str] = []
        self.contents: list[str] = []
        self.inbox: list[EmailMessage] = []
        self.offered = 0

    async def handle_RCPT(  # noqa: N802  (the server looks for this name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer to an address."""
        del server, session, options
        answer = self.recipients.pop(0) if self.recipients else TAKEN
        if answer == TAKEN:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Answer to a letter."""
        del session
        self.offered += 1
        answer = self.contents.pop(0) if self.contents else TAKEN
        if answer in (TAKEN, CUT):
            content = cast("bytes", envelope.content)
            parsed = message_from_bytes(content, policy=policy.default)
            self.inbox.append(cast("EmailMessage", parsed))
        if answer in (CUT, LOST):
            assert server.transport is not None
            server.transport.abort()
        return answer


class Server(Controller):
    """A server at a port that was free."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_server() -> Iterator[tuple[Desk, int]]:
    """Run a server, and yield its desk and its port."""
    desk = Desk()
    server = Server(desk, hostname="127.0.0.1", port=0, ready_timeout=30)
    server.start()
    try:
        yield desk, server.port
    finally:
        server.stop()
