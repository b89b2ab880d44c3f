"""What channels are told: one outcome for each message, and another when a parked one has ended."""

from __future__ import annotations

import re
from collections.abc import Iterator

from adapters.avro.naming import full_name
from adapters.intake import replies
from adapters.kafka.names import TopicNames
from adapters.kafka.reading import Refusable, conversation_of, key_of_command
from adapters.kafka.records import RecordCodec
from adapters.kafka.registry import Registry
from adapters.kafka.unread import channel_of, message_id_of
from oms_core.domain.order.commands import PlaceOrder
from oms_core.domain.order.events import OrderRejected
from oms_core.engine.cause import Answer, Cause, Letter, Verdict
from oms_core.engine.unit import root_stream

MISFITS_MAX = 100
EVENTS_MAX = 100
"""How many events are named: whoever wants them all reads the topics of events."""

MISFIT, DISCARDED, POISON = "form.invalid", "message.discarded", "engine.fault"
REUSED = "order.reference_reused"
DIFFERING = re.compile(r" with other ([a-z_, ]+)\.")


class Outcomes:
    """Makes letters of answers, for the outcome topic of each channel."""

    def __init__(self, registry: Registry, prefix: str) -> None:
        """Take the registry of schemas, and what the names of the cell's topics begin with."""
        self._names = TopicNames(prefix)
        self._records = RecordCodec(registry, replies.REPLIES)
        self._types = {kind: full_name(kind).encode() for kind in replies.REPLIES}

    def answered(self, cause: Cause, answer: Answer) -> Letter:
        """Return what a channel is told of a message that the engine has answered."""
        key = key_of_command(cause.command)
        reply = _reply(cause, answer, key.decode(), message_id_of(cause.cause_id))
        return self._letter(cause.cause_id, key, reply, cause)

    def refused(self, cause_id: str, key: bytes, refusable: Refusable) -> Letter:
        """Return what a channel is told of a message whose fields do not fit."""
        reasons = tuple(
            replies.Reason(MISFIT, f"{m.field} {m.value}: {m.rule}", m.remedy)
            for m in refusable.misfits[:MISFITS_MAX]
        )
        text, message_id = _text(key), message_id_of(cause_id)
        if refusable.places:
            order_id = f"{channel_of(cause_id)}:{text}"
            rejected = replies.OrderRejected(text, message_id, order_id, reasons)
            return self._letter(cause_id, key, rejected)
        return self._letter(cause_id, key, replies.Refused(text, message_id, reasons))

    def parked(self, cause_id: str, key: bytes, code: str, detail: str) -> Letter:
        """Return what a channel is told of a message that must wait."""
        reply = replies.Parked(_text(key), message_id_of(cause_id), detail, code)
        return self._letter(cause_id, key, reply)

    def discarded(self, cause_id: str, key: bytes, reason: str) -> Letter:
        """Return what a channel is told of a message that will never be handled."""
        reasons = (replies.Reason(DISCARDED, reason),)
        reply = replies.Refused(_text(key), message_id_of(cause_id), reasons)
        return self._letter(cause_id, key, reply)

    def _letter(
        self, cause_id: str, key: bytes, reply: replies.Reply, cause: Cause | None = None
    ) -> Letter:
        channel = channel_of(cause_id)
        kind = self._types[type(reply)]
        headers = [
            ("content-type", b"application/avro"),
            ("ce_specversion", b"1.0"),
            ("ce_id", f"{cause_id}:{type(reply).__name__}".encode()),
            ("ce_type", kind),
            ("ce_source", f"/{self._names.prefix}/{channel}/intake".encode()),
            ("ce_subject", key),
            ("ce_causationid", cause_id.encode()),
        ]
        if cause is not None:
            headers.append(("ce_correlationid", conversation_of(cause.command).encode()))
            if cause.trace:
                headers.append(("traceparent", cause.trace.encode()))
        value = self._records.encode(reply)
        return Letter(self._names.outcomes(channel), key, value, tuple(headers))


def _reply(  # noqa: PLR0911  (one for each way that a message can end)
    cause: Cause, answer: Answer, key: str, message_id: str
) -> replies.Reply:
    places = cause.command if isinstance(cause.command, PlaceOrder) else None
    match answer.verdict:
        case Verdict.DONE if places is not None:
            reasons = tuple(_reasons(answer))
            if reasons:
                return replies.OrderRejected(key, message_id, places.order_id, reasons)
            return replies.OrderPlaced(key, message_id, places.order_id)
        case Verdict.DONE:
            events = tuple(recorded.id for recorded in answer.recorded[:EVENTS_MAX])
            return replies.Applied(key, message_id, events)
        case Verdict.UNCHANGED:
            return replies.IntakeDuplicateIgnored(key, message_id, root_stream(cause.command))
        case Verdict.PARKED:
            return replies.Parked(key, message_id, answer.detail, POISON)
    if answer.code == REUSED:
        differing = DIFFERING.search(answer.detail)
        terms = tuple(differing[1].split(", ")) if differing else ()
        of = root_stream(cause.command)
        return replies.IntakeDuplicateIgnored(key, message_id, of, terms)
    reason = replies.Reason(answer.code, answer.detail.removeprefix(f"{answer.code}: "))
    return replies.Refused(key, message_id, (reason,))


def _reasons(answer: Answer) -> Iterator[replies.Reason]:
    """Yield why an order was not accepted; nothing if it was."""
    rejected = answer.recorded[0].event
    if isinstance(rejected, OrderRejected):
        for reason in rejected.reasons:
            yield replies.Reason(reason.code, reason.detail)


def _text(key: bytes) -> str:
    return key.decode(errors="backslashreplace")
