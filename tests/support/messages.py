"""Any instance of a message type: for Hypothesis, and one fixed sample that tells fields apart."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from itertools import count
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

import msgspec
from hypothesis import strategies as st
from rpds import HashTrieMap

from adapters.avro.schemas import bare, fields_of
from oms_core.kernel import Instant

INT64 = st.integers(min_value=-(2**63), max_value=2**63 - 1)
SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    int: INT64,
    Instant: INT64,
    str: st.text(max_size=8),
    bool: st.booleans(),
    float: st.floats(allow_nan=False),
    bytes: st.binary(max_size=8),
    NoneType: st.none(),
}


def anything(kind: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for any value of a type that a message may hold, every field given."""
    kind = bare(kind)
    if kind in SIMPLE:
        return SIMPLE[kind]
    if isinstance(kind, UnionType):
        return st.one_of(*(anything(branch) for branch in get_args(kind)))
    if get_origin(kind) is tuple:
        return st.lists(anything(get_args(kind)[0]), max_size=2).map(tuple)
    if issubclass(kind, StrEnum):
        return st.sampled_from(kind)
    return st.builds(kind, *(anything(field.type) for field in msgspec.structs.fields(kind)))


def sample(kind: Any, numbers: count[int] | None = None) -> Any:
    """Return one value of a type: no two numbers or texts in it are alike, no tuple is empty."""
    kind, numbers = bare(kind), numbers or count(1)
    if isinstance(kind, UnionType):
        kind = next(branch for branch in get_args(kind) if branch is not NoneType)
    if get_origin(kind) is tuple:
        return (sample(get_args(kind)[0], numbers),)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return list(kind)[next(numbers) % len(kind)]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind(*(sample(field.type, numbers) for field in fields_of(kind)))
    if get_origin(kind) is Mapping:
        return HashTrieMap({f"key {next(numbers)}": sample(get_args(kind)[1], numbers)})
    number = next(numbers)
    simple = {
        int: number,
        Instant: number,
        str: f"text {number}",
        bool: True,
        float: number + 0.5,
        bytes: b"\x00\xff" + str(number).encode(),
    }
    return simple[kind]
