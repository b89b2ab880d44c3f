"""Whether a message fits its form, in a few microseconds: the words are found by `forms` if not.

The check is derived from the message's own type, with a limit for every text, number and time, so
that whatever passes can be added up, kept in a database and looked up by.
"""

from __future__ import annotations

import typing
from functools import cache
from types import GenericAlias
from typing import Annotated, Any, get_args, get_origin

import msgspec
from msgspec import Meta

from adapters.intake.forms import TEXT_MAX
from oms_core.kernel import Instant

NUMBER_MAX = 10**15
"""More than any amount or count, and few enough to be added up."""

INSTANT_MAX = 2**63 - 1
BYTES_MAX = 100_000
NUL = b"\\u0000"
LIMITS = ("ge", "le", "min_length", "max_length", "pattern")

_json = msgspec.json.Encoder()


def fits(message: msgspec.Struct) -> bool:
    """Say whether a message, whose fields have the right types, is within all limits."""
    try:
        msgspec.convert(message, _strict(type(message)), from_attributes=True)
    except msgspec.ValidationError:
        return False
    return NUL not in _json.encode(message)


@cache
def _strict(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """Return a type with a limit for every field."""
    hints = typing.get_type_hints(kind, include_extras=True)
    fields = [(name, _limited(hint)) for name, hint in hints.items()]
    return msgspec.defstruct(kind.__name__, fields, frozen=True, gc=False)


def _limited(hint: Any) -> Any:
    """Return a type with limits, its own before ours."""
    plain, own = _apart(hint)
    if isinstance(plain, GenericAlias):
        return GenericAlias(tuple, (_limited(get_args(plain)[0]), ...))
    if isinstance(plain, type) and issubclass(plain, msgspec.Struct):
        return _strict(plain)
    limits = _limits(plain) | own
    return Annotated[int if plain is Instant else plain, Meta(**limits)] if limits else plain


def _limits(plain: Any) -> dict[str, Any]:
    if plain is str:
        return {"max_length": TEXT_MAX}
    if plain is bytes:
        return {"max_length": BYTES_MAX}
    if plain is Instant:
        return {"ge": 0, "le": INSTANT_MAX}
    return {"ge": -NUMBER_MAX, "le": NUMBER_MAX} if plain is int else {}


def _apart(hint: Any) -> tuple[Any, dict[str, Any]]:
    """Return a type without its notes, and the limits among them."""
    if get_origin(hint) is not Annotated:
        return hint, {}
    plain, *notes = get_args(hint)
    metas = (note for note in notes if isinstance(note, Meta))
    return plain, {k: getattr(m, k) for m in metas for k in LIMITS if getattr(m, k) is not None}
