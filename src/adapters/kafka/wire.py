"""A message outside of any client, and its headers read as what they should be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import methodcaller
from typing import NamedTuple, Self

from confluent_kafka import Message

from adapters.kafka.timestamps import instant
from oms_core.kernel import Instant

Header = tuple[str, bytes]

NUMBER_MAX = 2**63 - 1
DIGITS_MAX = len(str(NUMBER_MAX))

SHOWN_MAX = 80

NAME_NOT_UTF8 = "header.name_not_utf8"

_headers = methodcaller("headers")


class Undecodable(Exception):
    """A message that cannot be read, now or by trying again; `code` is stable."""

    def __init__(self, code: str, detail: str) -> None:
        """Take a code, and what is wrong with what."""
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Wire(NamedTuple):
    """A message to be produced, or as it was consumed."""

    topic: str
    key: bytes
    value: bytes
    headers: Sequence[Header]

    @classmethod
    def of(cls, message: Message) -> Self:
        """Return a message that was consumed; what it lacks is empty.

        :raises Undecodable: `header.name_not_utf8`; the message's headers cannot be had then.
        """
        headers = [(name, _bytes(content)) for name, content in headers_of(message)]
        return cls(message.topic() or "", _bytes(message.key()), _bytes(message.value()), headers)


def headers_of(message: Message) -> list[tuple[str, str | bytes | None]]:
    """Return the headers of a message, which may have none. Ask once for each message.

    On a name that is not UTF-8 the client returns a broken list along with an exception, which only
    a call through the interpreter's slow path is sure to notice; a broken list ends the process.

    :raises Undecodable: `header.name_not_utf8`.
    """
    try:
        found = _headers(message) or []
    except (SystemError, UnicodeDecodeError):
        raise Undecodable(NAME_NOT_UTF8, "The name of a header is not UTF-8.") from None
    assert isinstance(found, list), "what was read comes as pairs"
    return found.copy()


def wire_of(message: Message) -> tuple[Wire, Undecodable | None]:
    """Return a message outside of the client, without its headers if those cannot be had, and why.

    It is for those who must keep even what nobody can read.
    """
    try:
        return Wire.of(message), None
    except Undecodable as fault:
        return without_headers(message), fault


def without_headers(message: Message) -> Wire:
    """Return a message whose headers cannot be had: they must not be asked for again."""
    return Wire(message.topic() or "", _bytes(message.key()), _bytes(message.value()), ())


class Tombstone(NamedTuple):
    """A message that says that what its key stands for is gone."""

    topic: str
    key: bytes
    headers: Sequence[Header]
    value: None = None


def content_of(headers: Mapping[str, bytes], name: str) -> bytes:
    """Return a header.

    :raises Undecodable: `header.missing`.
    """
    try:
        return headers[name]
    except KeyError:
        raise Undecodable("header.missing", f"There is no header {name}.") from None


def text_of(headers: Mapping[str, bytes], name: str) -> str:
    """Return a header that is text.

    :raises Undecodable: `header.missing`, `header.not_utf8`.
    """
    content = content_of(headers, name)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        detail = f"{name} is {shown(content)}, which is not UTF-8: {error}."
        raise Undecodable("header.not_utf8", detail) from None


def number_of(headers: Mapping[str, bytes], name: str) -> int:
    """Return a header that is a whole number, not negative.

    :raises Undecodable: `header.missing`, `header.not_a_number`.
    """
    content = content_of(headers, name)
    if content.isdigit() and len(content) <= DIGITS_MAX:
        number = int(content)
        if number <= NUMBER_MAX:
            return number
    detail = f"{name} is {shown(content)}; it must be digits, and at most {NUMBER_MAX}."
    raise Undecodable("header.not_a_number", detail)


def moment_of(headers: Mapping[str, bytes], name: str) -> Instant:
    """Return a header that is a time.

    :raises Undecodable: `header.missing`, `header.not_a_time`.
    """
    content = content_of(headers, name)
    try:
        return instant(content)
    except ValueError as error:
        detail = f"{name} is {shown(content)}: {error}"
        raise Undecodable("header.not_a_time", detail) from None


def position_of(headers: Iterable[Header]) -> int:
    """Return the place in the log of the event that a message carries, without decoding it.

    :raises Undecodable: `header.missing`, `header.not_a_number`.
    """
    return number_of(dict(headers), "ce_position")


def shown(content: bytes) -> str:
    """Write bytes for people, shortened if there are many."""
    text = repr(content)[1:]
    return text if len(text) <= SHOWN_MAX else text[: SHOWN_MAX - 1] + "…"


def _bytes(content: str | bytes | None) -> bytes:
    return content.encode() if isinstance(content, str) else content or b""
