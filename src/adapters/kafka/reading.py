"""From an inbound message to the cause that it is: frame and schema, form, key, command."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import cast

from adapters.avro.naming import full_name
from adapters.intake.fitting import NUMBER_MAX, fits
from adapters.intake.forms import Misfit, Unfit, check, fill_in
from adapters.intake.inbound import MESSAGES, Inbound, Message, PlaceOrder
from adapters.intake.translation import command_of, key_of
from adapters.kafka.json_body import read_object
from adapters.kafka.records import RecordCodec
from adapters.kafka.registry import Registry
from adapters.kafka.unread import Origin, cause_id_of
from adapters.kafka.wire import Undecodable, Wire, moment_of, shown, text_of
from oms_core.engine.cause import Cause
from oms_core.engine.unit import root_stream
from oms_core.kernel import Command, Instant
from oms_core.kernel.identity import order_of

VALUE_BYTES_MAX = 500_000
"""Room for an order of 2,000 lines in JSON: what is larger is none."""

CONTRACT = "schemas/inbound.avsc"
AVRO, JSON = b"application/avro", b"application/json"
TRACE = re.compile(rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
"""A W3C traceparent. One that is not so is left out, as the standard asks for."""


class Refusable(Exception):
    """A message that says what it is, with fields that do not fit: its sender can mend it."""

    def __init__(self, misfits: Sequence[Misfit], *, places: bool) -> None:
        """Take everything that is wrong; `places` says that it would have placed an order."""
        super().__init__("; ".join(f"{misfit.field}: {misfit.rule}" for misfit in misfits))
        self.misfits = misfits
        self.places = places


class Reader:
    """Reads messages in the forms of the contract."""

    def __init__(self, registry: Registry) -> None:
        """Take the registry of schemas."""
        self._records = RecordCodec(registry, MESSAGES)
        self._types: Mapping[bytes, type[Message]] = {
            full_name(kind).encode(): kind for kind in MESSAGES
        }

    def read(self, origin: Origin, wire: Wire) -> Cause:
        """Return what a message asks for.

        :raises Undecodable: if nobody can tell what it is, or whose.
        :raises Refusable: if fields of it do not fit.
        :raises RegistryUnavailable: if the registry does not answer; it may later.
        """
        headers = dict(wire.headers)
        at, kind = _time(headers), self._told(headers)
        try:
            message = self._message(wire, headers, kind)
            kind = type(message)
            _check_form(message)
            _check_key(wire.key, message)
            command = _command(message, origin.channel)
        except Unfit as unfit:
            raise Refusable(unfit.misfits, places=kind is PlaceOrder) from None
        trace = headers.get("traceparent", b"")
        return Cause(
            command,
            cause_id_of(origin, wire),
            f"channel:{origin.channel}",
            at,
            conversation_of(command),
            trace.decode() if TRACE.fullmatch(trace) else "",
        )

    def _told(self, headers: Mapping[str, bytes]) -> type[Message] | None:
        """Return the type that a message says it has, if it says so."""
        if "ce_type" not in headers:
            return None
        kind = self._types.get(headers["ce_type"])
        if kind is None:
            detail = f"ce_type {text_of(headers, 'ce_type')!r} is not known here."
            raise Undecodable("type.unknown", f"{detail} It may come from a newer version.")
        return kind

    def _message(
        self, wire: Wire, headers: Mapping[str, bytes], kind: type[Message] | None
    ) -> Inbound:
        if not wire.value:
            raise Undecodable("value.empty", "The value is empty: nothing is asked for.")
        if len(wire.value) > VALUE_BYTES_MAX:
            detail = f"The value has {len(wire.value)} bytes, more than {VALUE_BYTES_MAX}."
            raise Undecodable("value.too_large", detail)
        content_type = headers.get("content-type", AVRO)
        if content_type == JSON:
            if kind is None:
                raise Undecodable("header.missing", "JSON needs a header ce_type.")
            return cast("Inbound", fill_in(kind, read_object(wire.value), CONTRACT))
        if content_type != AVRO:
            detail = f"content-type is {shown(content_type)}: neither Avro nor JSON."
            raise Undecodable("content_type.unknown", detail)
        message: Inbound = self._records.decode(wire.value)
        if kind is not None and kind is not type(message):
            detail = f"ce_type is {shown(headers['ce_type'])}, not {full_name(type(message))}."
            raise Undecodable("type.mismatch", detail)
        return message


def _time(headers: Mapping[str, bytes]) -> Instant:
    """Return when a message says that it was said; zero if it does not."""
    if "ce_time" not in headers:
        return Instant(0)
    at = moment_of(headers, "ce_time")
    if at < 0:
        detail = f"ce_time is {shown(headers['ce_time'])}: before 1970."
        raise Undecodable("header.not_a_time", detail)
    return at


def _check_form(message: Inbound) -> None:
    """Check every field of a message.

    :raises Unfit: with every field that does not fit.
    """
    if not fits(message):
        check(message, CONTRACT)
        rule = f"A number lies beyond {NUMBER_MAX}, or bytes are too many."
        raise Unfit(Misfit(type(message).__name__, "", rule, "Correct it and send it again."))


def _command(message: Inbound, channel: str) -> Command:
    try:
        return command_of(message, channel)
    except ValueError as error:
        misfit = Misfit("request_key", "", f"{error}.", "Use the key of a request of ours.")
        raise Unfit(misfit) from None


def _check_key(key: bytes, message: Inbound) -> None:
    """Check that a message is where all others about the same are, and so in order with them.

    :raises Undecodable: if it is not.
    """
    expected = key_of(message)
    if key == expected.encode():
        return
    if not key:
        raise Undecodable("key.missing", f"The message has no key; {expected!r} was expected.")
    raise Undecodable("key.mismatch", f"The key is {shown(key)}; {expected!r} was expected.")


def conversation_of(command: Command) -> str:
    """Return what a command is about: the order, or else the thing itself."""
    category, _, name = root_stream(command).partition(":")
    return order_of(name) if category == "payment" else name


def key_of_command(command: Command) -> bytes:
    """Return the key of the message that a command came by, of those that channels may send."""
    category, _, name = root_stream(command).partition(":")
    return (name.partition(":")[2] if category == "order" else name).encode()
