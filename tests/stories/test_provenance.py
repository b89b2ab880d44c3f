"""Every number has events that add up to it, and every event has someone who set it off."""

import pytest

from adapters.cli.tracing import causes, number_fields, trace
from projections.catalog import VIEWS
from tests.stories.conftest import read

views = pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)


@views
def test_p33_every_number_of_every_read_model_is_the_sum_of_the_events_behind_it(lived_in, view):
    log = read(lived_in)
    for key, document in view.fold(log).items():
        for field in number_fields(view):
            steps = list(trace(view, key, field, log))
            assert sum(step.change for step in steps) == getattr(document, field), (key, field)


@views
def test_p33_every_document_has_events_behind_it_and_each_leads_back_to_someone(lived_in, view):
    log = read(lived_in)
    by_place = {(recorded.stream, recorded.version): recorded for recorded in log}
    for key in view.fold(log):
        behind = [
            recorded
            for recorded in log
            if type(recorded.event) in view.keys
            and key in view.keys[type(recorded.event)](recorded)
        ]
        assert behind, key
        for recorded in behind:
            chain = causes(lambda stream, version: by_place.get((stream, version)), recorded)
            first = chain[-2].recorded
            assert first.actor == "user:anna"
            assert chain[-1].name.startswith("cause-")
            assert {link.recorded.correlation_id for link in chain[:-1]} == {chain[-1].name}


def test_the_views_of_a_lived_in_shop_are_not_empty(lived_in):
    log = read(lived_in)
    empty = {name for name, view in VIEWS.items() if not view.fold(log)}
    assert empty <= {"deadlines", "refusals", "flagged"}
