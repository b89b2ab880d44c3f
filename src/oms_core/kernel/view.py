"""Events in, documents out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from oms_core.kernel.message import Event, Recorded, State

D = TypeVar("D", bound=State)


@dataclass(frozen=True, slots=True, eq=False)
class View(Generic[D]):
    """A read model: which documents an event touches, and how it changes one.

    `keys` maps each event type that matters to the ids of the documents that it touches; all other
    types are passed over unread. `evolve` never raises: an event is a fact.
    """

    name: str
    document: type[D]
    keys: Mapping[type[Event], Callable[[Recorded], Iterable[str]]]
    evolve: Callable[[str, D | None, Recorded], D | None]

    def fold(self, log: Iterable[Recorded]) -> dict[str, Any]:
        """Return every document that `log` adds up to, by id."""
        documents: dict[str, Any] = {}
        for recorded in log:
            keys = self.keys.get(type(recorded.event))
            for key in keys(recorded) if keys else ():
                document = self.evolve(key, documents.get(key), recorded)
                if document is None:
                    documents.pop(key, None)
                else:
                    documents[key] = document
        return documents
