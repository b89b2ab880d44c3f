"""A memory that never grows beyond its bound."""

from hypothesis import given
from hypothesis import strategies as st

from oms_core.kernel.recent import REMEMBERED_MAX, Recent


def remember(names):
    recent = Recent()
    for name in names:
        recent = recent.add(name)
    return recent


def test_what_was_remembered_is_known():
    recent = remember(["a", "b"])
    assert "a" in recent
    assert "b" in recent
    assert "c" not in recent


def test_the_oldest_is_forgotten_first():
    recent = remember(str(n) for n in range(REMEMBERED_MAX))
    assert "0" in recent
    one_more = recent.add("more")
    assert "0" not in one_more
    assert "1" in one_more
    assert "more" in one_more
    assert "0" in recent, "a memory is never changed, only replaced"


@given(st.lists(st.integers(0, 3), max_size=20))
def test_what_is_remembered_again_takes_no_second_place(names):
    recent = remember(map(str, names))
    assert len(list(recent.order)) == len(recent.ids) == len(set(names))


def test_repeats_do_no_harm_when_the_memory_is_full():
    names = [str(n) for n in range(REMEMBERED_MAX)]
    recent = remember([*names, *names, "more", "0", "1"])
    assert len(recent.ids) == REMEMBERED_MAX
    assert "more" in recent
    assert "3" in recent
    assert "2" not in recent
