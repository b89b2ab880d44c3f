"""Which types of events are meant by what a person has typed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from adapters.avro.naming import boundary_of
from adapters.webhooks.payload import TOLD, UNTOLD_BOUNDARIES
from oms_core.engine.catalog import EVENTS


class UntoldType(Exception):
    """There is no such type of event, or nobody outside is told of it."""

    def __init__(self, name: str, rule: str, remedy: str) -> None:
        """Take what is wrong, and what to do about it."""
        super().__init__(f"{name}: {rule}")
        self.name, self.rule, self.remedy = name, rule, remedy


def chosen(words: Iterable[str]) -> tuple[str, ...]:
    """Return the names of types, each once; `order.*` is all that a boundary knows now.

    :raises UntoldType: if a word means none that may be told.
    """
    return tuple(dict.fromkeys(name for word in words for name in _meant(word)))


def _meant(word: str) -> Iterator[str]:
    boundary, star, _ = word.partition(".*")
    found = [n for n, event in TOLD.items() if boundary_of(event) == boundary] if star else []
    if found:
        yield from found
    elif word in TOLD:
        yield word
    else:
        known = word in EVENTS or (star and boundary in UNTOLD_BOUNDARIES)
        rule = "Nobody outside is told of it." if known else "There is no such type of event."
        boundaries = sorted({boundary_of(event) for event in TOLD.values()})
        remedy = f"Give a name such as OrderPlaced, or all of one of: {', '.join(boundaries)}."
        raise UntoldType(word, rule, f"{remedy[:-1]}, as `order.*`.")
