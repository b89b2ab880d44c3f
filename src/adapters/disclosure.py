"""All that is held about a person, for the person: every event that is about them, in the clear.

It is read from the log and not from read models, so that it is complete whatever they lag behind.
A stream that is about one person alone is told as a whole; of one that many share, such as that of
a coupon, only the events that name them. Movements of goods name order lines and no person: they
are not told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import fields

from adapters.personal import Person, from_json
from adapters.postgres.log import PostgresLog
from adapters.postgres.privacy import UnreadableError, Vault, WrongMasterKeyError
from oms_core.domain.customer.events import ContactChanged, CustomerRegistered
from oms_core.effects.persons import all_ids
from oms_core.engine.catalog import EVENTS
from oms_core.kernel import Event, Instant, Recorded
from projections.narration import STORIES

OWN = frozenset(
    {
        "account",
        "cart",
        "customer",
        "fulfilment",
        "invoice",
        "notice",
        "order",
        "payment",
        "profile",
        "promising",
        "quote",
        "routing",
    }
)
"""Categories of which each stream is about one person, or about nobody."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNREADABLE = "(cannot be read)"
PERSONAL, ORDERED = "customer_id", "order_id"


class Disclosure(NamedTuple):
    """What is held about a person: what is known of them now, and all events by category.

    `ids` are those that they are known under, the survivor's of every merge first. `position` is
    the place in the log up to which it was read.
    """

    ids: tuple[str, ...]
    position: int
    person: Person
    events: Mapping[str, list[dict[str, Any]]]


def disclose(log: PostgresLog, vault: Vault, customer_id: str) -> Disclosure:
    """Return all that is held about a person of whom one id is given.

    :raises WrongMasterKeyError: if nothing that is sealed can be read.
    """
    ids = all_ids(log, customer_id)
    position = log.head()
    streams, singles = _about(log, frozenset(ids))
    own = log.stream(*sorted({*streams, *(f"customer:{each}" for each in ids)}))
    told: dict[str, list[dict[str, Any]]] = {}
    for recorded in sorted((*own, *singles), key=lambda each: each.position):
        category = recorded.stream.partition(":")[0]
        told.setdefault(category, []).append(_told(recorded, vault, ids))
    return Disclosure(ids, position, _person(own, vault, ids), told)


def _about(log: PostgresLog, ids: frozenset[str]) -> tuple[set[str], list[Recorded]]:
    """Return the streams that are about a person, and the events of others that name them."""
    streams: set[str] = set()
    singles: list[Recorded] = []
    orders: set[str] = set()
    naming = frozenset(
        kind for kind in EVENTS.values() if _paths(kind, PERSONAL) or _paths(kind, ORDERED)
    )
    for page in log.pages(types=naming):
        for recorded in page:
            named = _values(recorded.event, PERSONAL)
            of_order = _values(recorded.event, ORDERED)
            if ids.isdisjoint(named) and orders.isdisjoint(of_order):
                continue
            category, _, name = recorded.stream.partition(":")
            if category == "order":
                orders.add(name)
            if category in OWN:
                streams.add(recorded.stream)
            else:
                singles.append(recorded)
    return streams, singles


@cache
def _paths(kind: type, field: str) -> tuple[tuple[str, ...], ...]:
    """Return the ways from an event to a field of a name, in itself or a part of it."""
    found: list[tuple[str, ...]] = []
    for each in fields(kind):
        if each.name == field:
            found.append((field,))
        elif isinstance(each.type, type) and issubclass(each.type, msgspec.Struct):
            found += ((each.name, *rest) for rest in _paths(each.type, field))
    return tuple(found)


def _values(event: Event, field: str) -> Iterator[str]:
    for path in _paths(type(event), field):
        value: Any = event
        for name in path:
            value = getattr(value, name)
        if value:
            yield value


def _told(recorded: Recorded, vault: Vault, ids: tuple[str, ...]) -> dict[str, Any]:
    event = recorded.event
    story = STORIES.get(type(event))
    return {
        "event": type(event).__name__,
        "event_id": recorded.id,
        "occurred_at": _time(recorded.occurred_at),
        "recorded_at": _time(recorded.recorded_at),
        "by": recorded.actor,
        "because_of": recorded.causation_id,
        "in_the_course_of": recorded.correlation_id,
        "summary": story(event) if story else "",
        "data": _plain(event, vault, ids),
    }


def _plain(value: Any, vault: Vault, ids: tuple[str, ...]) -> Any:
    """Return a value as JSON has it: times in ISO 8601, and what was sealed opened."""
    match value:
        case msgspec.Struct():
            return {
                each.name: _time(getattr(value, each.name))
                if each.type is Instant
                else _plain(getattr(value, each.name), vault, ids)
                for each in fields(value)
            }
        case tuple():
            return [_plain(part, vault, ids) for part in value]
        case Enum():
            return value.value
        case bytes():
            return _json(_opened(value, vault, ids))
    return value


def _opened(sealed: bytes, vault: Vault, ids: tuple[str, ...]) -> str:
    """Return what was sealed under any id of a person, or that it cannot be read."""
    if not sealed:
        return ""
    for each in ids:
        try:
            if (text := vault.open(each, sealed)) is not None:
                return text
        except WrongMasterKeyError:
            raise
        except UnreadableError:
            continue
    return UNREADABLE


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _person(own: list[Recorded], vault: Vault, ids: tuple[str, ...]) -> Person:
    """Return what is known now: the survivor's last record, or what a duplicate has left."""
    for each in ids:
        sealed = [
            recorded.event.sealed
            for recorded in own
            if isinstance(recorded.event, CustomerRegistered | ContactChanged)
            and recorded.event.customer_id == each
        ]
        if sealed and sealed[-1]:
            return from_json(_opened(sealed[-1], vault, (each,)))
    return Person()


def _time(at: Instant) -> datetime | None:
    return EPOCH + timedelta(microseconds=at) if at else None
