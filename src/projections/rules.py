"""How a view is written down: a blank document, and for each event type its keys and its change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace
from rpds import HashTrieMap

from oms_core.kernel import Event, Recorded, State, View

D = TypeVar("D", bound=State)
Keys = Callable[[Any], Iterable[str]]
Change = Callable[[D, Any, Recorded], D | None]


class Part(msgspec.Struct, frozen=True, gc=False):
    """A value inside a document. In a table it is a JSON object with the names of its fields."""


def view(
    name: str,
    document: type[D],
    blank: Callable[[str, Any], D],
    rules: Mapping[type[Event], tuple[Keys, Change[D]]],
) -> View[D]:
    """Return the view that changes a document as `rules` say, beginning with a blank one.

    A rule has two functions: the keys of the documents that an event touches, and what becomes of
    such a document. `blank` makes the first document of a key out of the key and the event, so that
    a view takes any part of a history, in any order, without raising.
    """
    changes = {event: change for event, (_, change) in rules.items()}

    def evolve(key: str, before: D | None, recorded: Recorded) -> D | None:
        event = recorded.event
        if before is None:
            before = blank(key, event)
        return changes[type(event)](before, event, recorded)

    keys = {event: _of_recorded(keys) for event, (keys, _) in rules.items()}
    return View(name, document, keys, evolve)


def _of_recorded(keys: Keys) -> Callable[[Recorded], Iterable[str]]:
    return lambda recorded: keys(recorded.event)


def adding(**signs: int) -> Callable[[Any, Any, Recorded], Any]:
    """Return the change that adds the event's amount, or takes it away, in these fields."""

    def change(document: Any, event: Any, _: Recorded) -> Any:
        amounts = {
            field: getattr(document, field) + sign * event.amount_minor
            for field, sign in signs.items()
        }
        return replace(document, **amounts)

    return change


def one(field: str) -> Keys:
    """Return the rule by which an event touches the document that its `field` names."""

    def keys(event: Event) -> tuple[str]:
        return (getattr(event, field),)

    return keys


def awaiting(
    expected: HashTrieMap[str, int], document_id: str, quantity: int
) -> tuple[HashTrieMap[str, int], int]:
    """Await so many units under a document, whatever was awaited under it before.

    :returns: what is awaited then, by document, and by how many units that is more.
    """
    before = expected.get(document_id, 0)
    expected = expected.insert(document_id, quantity) if quantity else expected.discard(document_id)
    return expected, quantity - before
