"""The way to a mail server, by SMTP (RFC 5321).

A letter is handed over once, as far as SMTP can promise it: if the connection is cut after the last
byte and before the answer, nobody knows, and it is sent again under the same Message-ID.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import urlsplit

from adapters.settings import UnusableSetting
from oms_core.effects.courier import Letter, OutOfReach, Refused
from oms_core.kernel import Instant

SECONDS_MAX = 10.0
"""How long a mail server may take for an answer: nothing else is done meanwhile."""

PERMANENT = 500
OK = 250
SCHEMES = {"smtp": 587, "smtps": 465}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Server(NamedTuple):
    """Where a mail server is, and who we are to it."""

    host: str
    port: int
    encrypted: bool = False
    user: str = ""
    password: str = ""


def server_of(url: str, user: str = "", password: str = "") -> Server:
    """Return the server of `smtp://host:587` (STARTTLS, if it is offered) or `smtps://host`.

    :raises UnusableSetting: if it is neither.
    """
    remedy = "Write it as smtp://mail.example:587, or smtps://mail.example for TLS from the start."
    try:
        parts = urlsplit(url)
        port = parts.port or SCHEMES[parts.scheme]
    except (ValueError, KeyError):
        raise UnusableSetting("OMS_MAIL_SERVER", url, "It names no mail server.", remedy) from None
    if not parts.hostname or parts.path.strip("/") or parts.username:
        raise UnusableSetting("OMS_MAIL_SERVER", url, "It names no mail server.", remedy)
    return Server(parts.hostname, port, parts.scheme == "smtps", user, password)


def message_id(notice_id: str, domain: str) -> str:
    """Return the Message-ID of a notice: the same however often it is sent."""
    return f"<{sha256(notice_id.encode()).hexdigest()[:32]}@{domain}>"


class SmtpPost:
    """Hands letters to one mail server, over one connection as long as it holds."""

    def __init__(
        self, server: Server, sender: str, clock: Callable[[], Instant], reply_to: str = ""
    ) -> None:
        """Send as `sender`, `Name <address>`; answers go to `reply_to`, or to the sender."""
        self._server, self._sender, self._clock = server, sender, clock
        self._reply_to = reply_to
        self._domain = parseaddr(sender)[1].partition("@")[2]
        self._smtp: smtplib.SMTP | None = None

    def message(self, letter: Letter) -> EmailMessage:
        """Return the letter as a message with a text and an HTML part."""
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = letter.to
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(datetime.fromtimestamp(self._clock() // 1_000_000, UTC))
        message["Message-ID"] = message_id(letter.notice_id, self._domain)
        message["Auto-Submitted"] = "auto-generated"
        if self._reply_to:
            message["Reply-To"] = self._reply_to
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        message["Content-Language"] = letter.language
        return message

    def send(self, letter: Letter) -> Refused | None:
        """Hand a letter over; None means that the server has taken it.

        :raises OutOfReach: if the server is not there, or takes nothing from us at all.
        """
        message = self.message(letter)
        smtp = self._connected()
        try:
            smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            (code, text) = next(iter(error.recipients.values()))
            return _refused(code, text)
        except smtplib.SMTPSenderRefused as error:
            self.close()
            raise OutOfReach(_refused(error.smtp_code, error.smtp_error).reason) from None
        except smtplib.SMTPResponseException as error:
            return _refused(error.smtp_code, error.smtp_error)
        except smtplib.SMTPNotSupportedError as error:
            return Refused(str(error), final=True)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self.close()
            return Refused(f"The connection was lost; it may have arrived: {error}", final=False)
        return None

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is not None:
            with suppress(smtplib.SMTPException, OSError):
                if self._smtp.noop()[0] == OK:
                    return self._smtp
            self.close()
        try:
            self._smtp = _connect(self._server, self._domain)
        except (smtplib.SMTPException, OSError) as error:
            raise OutOfReach(f"{self._server.host}:{self._server.port}: {error}") from error
        return self._smtp

    def close(self) -> None:
        """Hang up."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()


def _connect(server: Server, name: str) -> smtplib.SMTP:
    """Return a connection. A password is never sent in the clear, but to this machine itself.

    We introduce ourselves by `name`: asking for the name of this machine may take long.

    :raises OutOfReach: if the server would have us do that.
    """
    context = ssl.create_default_context()
    if server.encrypted:
        secure = smtplib.SMTP_SSL(
            server.host, server.port, name, timeout=SECONDS_MAX, context=context
        )
        return _logged_in(secure, server, safe=True)
    smtp = smtplib.SMTP(server.host, server.port, name, timeout=SECONDS_MAX)
    try:
        smtp.ehlo()
        encrypted = smtp.has_extn("starttls")
        if encrypted:
            smtp.starttls(context=context)
        return _logged_in(smtp, server, safe=encrypted or server.host in LOOPBACK)
    except BaseException:
        smtp.close()
        raise


def _logged_in(smtp: smtplib.SMTP, server: Server, *, safe: bool) -> smtplib.SMTP:
    if server.user and not safe:
        raise OutOfReach(f"{server.host} offers no TLS, and a password is not sent without it")
    if server.user:
        smtp.login(server.user, server.password)
    return smtp


def _refused(code: int, text: bytes | str) -> Refused:
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    return Refused(f"{code} {' '.join(said.split())}", final=code >= PERMANENT)
