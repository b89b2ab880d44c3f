"""What a channel is told about each message that it has sent: exactly one of these.

`schemas/outcome.avsc` is derived from here.
"""

from __future__ import annotations

from typing import Annotated, get_args

import msgspec
from msgspec import Meta

Key = Annotated[str, Meta(description="The key of the message that this answers.")]
MessageId = Annotated[
    str, Meta(description="Its ce_id; without one, its topic, partition and offset.")
]


class Reason(msgspec.Struct, frozen=True, gc=False):
    """One thing that stands against it."""

    code: Annotated[str, Meta(description="Stable: programs may go by it.")]
    detail: Annotated[str, Meta(description="For people: the field, the value, the rule.")]
    remedy: Annotated[str, Meta(description="What to do about it.")] = ""


class Reply(msgspec.Struct, frozen=True, gc=False):
    """What became of a message."""

    key: Key
    message_id: MessageId


class OrderPlaced(Reply, frozen=True):
    """The order is accepted."""

    order_id: Annotated[str, Meta(description="Our id of the order.")]


class OrderRejected(Reply, frozen=True):
    """The order is not accepted; a corrected one may be placed under its reference."""

    order_id: Annotated[str, Meta(description="The id that the order would have.")]
    reasons: Annotated[tuple[Reason, ...], Meta(description="Every reason, at least one.")]


class IntakeDuplicateIgnored(Reply, frozen=True):
    """The message says what was said before; nothing has changed."""

    of: Annotated[str, Meta(description="What it was said of: the stream whose events tell of it.")]
    differing: Annotated[
        tuple[str, ...],
        Meta(description="In what it differs from what stands; nothing: it is the same."),
    ] = ()


class Applied(Reply, frozen=True):
    """What the message asks for is done."""

    events: Annotated[
        tuple[str, ...], Meta(description="The events that followed, each as stream#version.")
    ] = ()


class Refused(Reply, frozen=True):
    """The rules forbid it, or it does not have the form that it must have; nothing has changed."""

    reasons: Annotated[tuple[Reason, ...], Meta(description="Every reason, at least one.")]


class Parked(Reply, frozen=True):
    """It cannot be handled yet, and later messages of its key wait behind it; people are told."""

    error: Annotated[str, Meta(description="What went wrong.")]
    code: Annotated[str, Meta(description="Stable: programs may go by it.")] = ""


Answers = OrderPlaced | OrderRejected | IntakeDuplicateIgnored | Applied | Refused | Parked
"""Whatever may stand in an outcome topic."""

REPLIES: tuple[type[Reply], ...] = get_args(Answers)
