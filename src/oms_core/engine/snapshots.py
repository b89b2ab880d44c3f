"""States as bytes, so that a long stream need not be read from its beginning.

A state may hold persistent maps, which msgpack does not know. For each state type a plain twin is
derived, with a dict for every map, and a way back. A snapshot is a cache: one whose form is no
longer that of its state is passed over, and the stream is read instead.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cache
from hashlib import blake2b
from typing import Any, Generic, TypeVar, cast, get_args, get_origin, get_type_hints

import msgspec
from rpds import HashTrieMap, HashTrieSet, Queue

K = TypeVar("K")
V = TypeVar("V")


class _Map(Generic[K, V]):
    """Stands for `HashTrieMap` where annotations are read: that type cannot be subscripted."""


class _Set(Generic[K]):
    """Stands for `HashTrieSet`."""


class _Queue(Generic[K]):
    """Stands for `Queue`."""


NAMES = {"HashTrieMap": _Map, "HashTrieSet": _Set, "Queue": _Queue}


def _same(value: Any) -> Any:
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, HashTrieMap):
        return dict(value.items())
    if isinstance(value, HashTrieSet | Queue):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be part of a snapshot")


@cache
def _twin(form: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Return the plain type that stands for `form`, and the way back."""
    origin, arguments = get_origin(form), get_args(form)
    if origin is _Map:
        value, back = _twin(arguments[1])
        plain: Any = dict.__class_getitem__((arguments[0], value))
        return plain, lambda d: HashTrieMap({k: back(v) for k, v in d.items()})
    if origin in (_Set, _Queue):
        plain = list.__class_getitem__(arguments[0])
        return plain, HashTrieSet if origin is _Set else _queue
    if isinstance(form, type) and issubclass(form, msgspec.Struct):
        return _twin_struct(form)
    return form, _same


def _queue(items: list[Any]) -> Queue[Any]:
    queue: Queue[Any] = Queue()
    for item in items:
        queue = queue.enqueue(item)
    return queue


def _twin_struct(form: type[msgspec.Struct]) -> tuple[Any, Callable[[Any], Any]]:
    hints = get_type_hints(form, localns=NAMES)
    twins = [(name, _twin(hints[name])) for name in form.__struct_fields__]
    if all(back is _same for _, (_, back) in twins):
        return form, _same
    plain = msgspec.defstruct(
        f"{form.__name__}Snapshot", [(name, twin) for name, (twin, _) in twins], array_like=True
    )

    def back(value: Any) -> Any:
        return form(*(restore(getattr(value, name)) for name, (_, restore) in twins))

    return plain, back


_encoder = msgspec.msgpack.Encoder(enc_hook=_plain)


def save(state: msgspec.Struct) -> bytes:
    """Encode a state."""
    return _encoder.encode(state)


def load(form: type[Any], data: bytes) -> Any:
    """Decode a state of type `form`."""
    plain, back = _twin(cast("Hashable", form))
    return back(msgspec.msgpack.decode(data, type=plain))


def fingerprint(form: type[Any]) -> str:
    """Return a name for the form of a state: it changes when a field of it or within it does."""
    return _fingerprint(cast("Hashable", form))


@cache
def _fingerprint(form: Hashable) -> str:
    return blake2b(_describe(form, frozenset()).encode(), digest_size=8).hexdigest()


def _describe(form: Any, seen: frozenset[Any]) -> str:
    if isinstance(form, type) and issubclass(form, msgspec.Struct) and form not in seen:
        hints = get_type_hints(form, localns=NAMES)
        fields = (f"{n}:{_describe(hints[n], seen | {form})}" for n in form.__struct_fields__)
        return f"{form.__name__}({','.join(fields)})"
    inner = ",".join(_describe(argument, seen) for argument in get_args(form))
    return f"{getattr(form, '__name__', form)}[{inner}]"
