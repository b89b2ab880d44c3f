"""JSON as the value of a message, read so strictly that it can only mean one thing."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from adapters.kafka.wire import Undecodable, shown

DEPTH_MAX = 32
"""Deeper than any message of ours, and far from what a parser's stack can bear."""


def read_object(data: bytes) -> dict[str, Any]:
    """Return the object that a value holds.

    :raises Undecodable: if it is not JSON in UTF-8, names a field twice, is nested too deep, or
        holds what JSON has no number for.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Undecodable("json.not_utf8", f"The value is not UTF-8: {error}.") from None
    try:
        found = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise Undecodable("json.invalid", f"The value is not JSON: {error}.") from None
    if not isinstance(found, dict):
        raise Undecodable("json.not_an_object", f"The value is {shown(data)}, not an object.")
    if _depth(found) > DEPTH_MAX:
        raise _too_deep()
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Undecodable("json.repeated_field", f"The field {twice!r} occurs twice in an object.")
    return made


def _no_number(word: str) -> NoReturn:
    raise Undecodable("json.not_a_number", f"{word} is not a number that JSON has.")


def _too_deep() -> Undecodable:
    return Undecodable("json.too_deep", f"The value is nested deeper than {DEPTH_MAX} levels.")


def _depth(value: Any) -> int:
    """Count the levels of what json.loads has read; it could not read more than a stack holds."""
    level, depth = [value], 0
    while level:
        depth += 1
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return depth
