"""Which views can be kept up to date stream by stream: proved, not believed."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.catalog import STREAM_CLOSED, VIEWS
from tests.projections.histories import shop_history
from tests.support.lab import Lab
from tests.support.policies import EVERYTHING
from tests.support.shop import placement, receipt

SHOP = shop_history(140, EVERYTHING)
"""Orders of every fate: cancelled, declined, returned, short, flagged, in three channels."""

ACROSS_STREAMS = sorted(VIEWS.keys() - STREAM_CLOSED - {"skus"})
"""`skus` crosses streams only when a code changes hands, which is not a shop's every day."""


def shared_documents(view, log):
    """Return the documents that more than one stream touches, with those streams."""
    streams = defaultdict(set)
    for record in log:
        keys = view.keys.get(type(record.event))
        for key in keys(record) if keys else ():
            streams[key].add(record.stream)
    return {key: sorted(found) for key, found in streams.items() if len(found) > 1}


@pytest.mark.parametrize("name", sorted(STREAM_CLOSED))
def test_each_document_of_a_stream_closed_view_is_touched_by_one_stream(name):
    assert shared_documents(VIEWS[name], SHOP) == {}


@pytest.mark.parametrize("name", ACROSS_STREAMS)
def test_a_view_that_was_wrongly_declared_to_be_stream_closed_would_be_found(name):
    assert shared_documents(VIEWS[name], SHOP)


wishes = st.lists(
    st.tuples(
        st.sampled_from(["web", "till"]),
        st.integers(1, 3),
        st.lists(st.sampled_from(["MUG", "CAP", "PEN"]), min_size=1, max_size=3, unique=True),
        st.integers(1, 4),
        st.sampled_from(["C1", "C2"]),
    ),
    min_size=1,
    max_size=6,
)


@given(wishes)
def test_so_it_is_whatever_is_ordered(wanted):
    lab = Lab()
    lab.ask(receipt("MUG", 6), receipt("CAP", 3, "LEEDS"))
    for channel, number, items, units, customer in wanted:
        lines = [(item, units) for item in items]
        lab.ask(placement(number, *lines, channel=channel, customer_id=customer))
        lab.rest()
    log = lab.history()
    assert [name for name in STREAM_CLOSED if shared_documents(VIEWS[name], log)] == []


@pytest.mark.parametrize("name", sorted(STREAM_CLOSED))
def test_a_stream_closed_view_is_the_union_of_what_its_streams_fold_to(name):
    view, streams = VIEWS[name], defaultdict(list)
    for record in SHOP:
        streams[record.stream].append(record)
    apart = {key: doc for log in streams.values() for key, doc in view.fold(log).items()}
    assert apart == view.fold(SHOP)
