"""Events as JSON for others: what happened, without what is not theirs to know.

Left out are sealed contact data, even encrypted as they are, tokens that pay, and what a provider
calls a payment, which for a gift card is its number. Events of gift cards are not told at all: who
has the number of one has its money.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec

from adapters.avro.naming import boundary_of, full_name
from oms_core.engine.catalog import EVENTS
from oms_core.kernel import Event, Instant, Recorded

BODY_BYTES_MAX = 1_000_000
UNTOLD_BOUNDARIES = frozenset({"webhook", "giftcard"})
UNTOLD_FIELDS = frozenset({"sealed", "token", "provider_ref"})

TOLD: Mapping[str, type[Event]] = {
    name: event for name, event in EVENTS.items() if boundary_of(event) not in UNTOLD_BOUNDARIES
}
"""What webhooks may be told of, by name."""


def body_of(recorded: Recorded) -> bytes:
    """Return an event as a UTF-8 JSON object, of 1 MB at most: of a greater one, without its data.

    `data` has the fields of its record in `schemas/`; times are microseconds since 1970 there.
    """
    head: dict[str, Any] = {
        "type": full_name(type(recorded.event)),
        "timestamp": iso(recorded.occurred_at),
        "id": recorded.id,
        "stream": recorded.stream,
        "version": recorded.version,
        "position": recorded.position,
        "correlation_id": recorded.correlation_id,
    }
    body = msgspec.json.encode(head | {"data": told(recorded.event)})
    if len(body) <= BODY_BYTES_MAX:
        return body
    return msgspec.json.encode(head | {"data": None, "left_out_bytes": len(body)})


def iso(moment: Instant) -> str:
    """Return a time as RFC 3339 has it, to the microsecond."""
    seconds, micros = divmod(moment, 1_000_000)
    whole = datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)
    return whole.isoformat(timespec="microseconds").replace("+00:00", "Z")


def told(value: Any) -> Any:
    """Return a value as JSON has it, with the names of its fields, without what is not told."""
    if isinstance(value, msgspec.Struct):
        return {
            name: told(part)
            for name in value.__struct_fields__
            if name not in UNTOLD_FIELDS and not isinstance(part := getattr(value, name), bytes)
        }
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): told(part) for key, part in value.items()}
    if isinstance(value, tuple):
        return [told(part) for part in value]
    return value
