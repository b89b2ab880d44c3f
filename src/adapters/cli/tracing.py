"""Why a number is what it is: the events that changed it, and what led to each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from oms_core.kernel import Recorded, View

CHAIN_MAX = 1_000
"""How many events a chain of causes may have; more would be a loop, and there are no loops."""


class Step(NamedTuple):
    """An event, and what it did to the number."""

    recorded: Recorded
    change: int
    after: int


class Link(NamedTuple):
    """An event in a chain of causes, or at its beginning the message from outside (no event)."""

    name: str
    recorded: Recorded | None


def trace(view: View[Any], key: str, field: str, log: Iterable[Recorded]) -> Iterator[Step]:
    """Yield every event that changed a field of a document, with its signed change.

    The changes add up to what the view shows: it is the view's own `evolve` that is asked.
    """
    document, before = None, 0
    for recorded in log:
        keys = view.keys.get(type(recorded.event))
        if keys is None or key not in keys(recorded):
            continue
        document = view.evolve(key, document, recorded)
        after = int(getattr(document, field)) if document is not None else 0
        if after != before:
            yield Step(recorded, after - before, after)
        before = after


def number_fields(view: View[Any]) -> tuple[str, ...]:
    """Return the fields of a view's documents that are plain counts or amounts."""
    kinds = view.document.__annotations__
    return tuple(name for name in view.document.__struct_fields__ if kinds[name] in ("int", int))


def causes(find: Callable[[str, int], Recorded | None], start: Recorded) -> list[Link]:
    """Walk from an event to what led to it, back to the message that came from outside."""
    links = [Link(start.id, start)]
    recorded: Recorded | None = start
    while recorded is not None and len(links) < CHAIN_MAX:
        name = recorded.causation_id
        stream, _, version = name.rpartition("#")
        recorded = find(stream, int(version)) if stream and version.isdigit() else None
        links.append(Link(name, recorded))
    return links


class Subtotal(NamedTuple):
    """What all events of one type together did to the number."""

    event: str
    times: int
    change: int


def subtotals(steps: Iterable[Step]) -> list[Subtotal]:
    """Add the changes up by type of event, the greatest first."""
    counts: dict[str, tuple[int, int]] = {}
    for step in steps:
        name = type(step.recorded.event).__name__
        count, change = counts.get(name, (0, 0))
        counts[name] = (count + 1, change + step.change)
    made = [Subtotal(name, count, change) for name, (count, change) in counts.items()]
    return sorted(made, key=lambda total: (-abs(total.change), total.event))
