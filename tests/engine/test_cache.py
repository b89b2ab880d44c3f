"""The warm states: bounded, and never older than what was last kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oms_core.engine.cache import StateCache

streams = st.sampled_from("abcdefgh")
batches = st.lists(st.lists(streams, unique=True, min_size=1), max_size=20)


@given(batches=batches, streams_max=st.integers(1, 12))
def test_a_stream_is_either_kept_as_it_was_last_or_not_at_all(batches, streams_max):
    cache, truth = StateCache(streams_max), dict[str, tuple[int, str]]()
    for version, batch in enumerate(batches, 1):
        entries = {stream: (version, f"{stream}{version}") for stream in batch}
        truth.update(entries)
        cache.update(entries)
        assert len(cache) <= streams_max
        assert all(cache.get(stream) in (None, truth[stream]) for stream in truth)


def test_what_is_used_again_outlives_what_is_not():
    cache = StateCache(4)
    cache.update({"a": (1, "A"), "b": (1, "B")})
    cache.update({"a": (2, "A")})
    cache.update({"c": (1, "C")})
    cache.update({"d": (1, "D")})
    assert [cache.get(stream) for stream in "abcd"] == [(2, "A"), None, (1, "C"), (1, "D")]


def test_what_may_be_wrong_is_forgotten_in_both_generations():
    cache = StateCache(4)
    cache.update({"a": (1, "A"), "b": (1, "B")})
    cache.update({"a": (2, "A")})
    cache.evict(["a"])
    assert (cache.get("a"), cache.get("b")) == (None, (1, "B"))
