"""Legal numbers: 1 to n, without a gap and without a double."""

from hypothesis import given as drawn
from hypothesis import strategies as st

from oms_core.domain.series.commands import AssignNumber
from oms_core.domain.series.decider import UnnamedDocument, series
from oms_core.domain.series.events import NumberAssigned
from oms_core.kernel import Rejected
from tests.support.spec import Specification

given = Specification(series)

SERIES = "OMS-FR-INV-2026"
FIRST = NumberAssigned(SERIES, 1, "web:1/f1.1", "OMS-FR-INV-2026-000001")


def test_the_first_document_of_a_series_has_number_one():
    given().when(AssignNumber(SERIES, "web:1/f1.1")).then(FIRST)


def test_the_next_document_has_the_next_number():
    given(FIRST).when(AssignNumber(SERIES, "web:2/f1.1")).then(
        NumberAssigned(SERIES, 2, "web:2/f1.1", "OMS-FR-INV-2026-000002")
    )


def test_p25_a_document_that_asks_twice_keeps_its_number():
    given(FIRST).when(AssignNumber(SERIES, "web:1/f1.1")).then_nothing()


def test_a_number_is_for_a_document():
    given(FIRST).when(AssignNumber(SERIES, "")).then_rejected(
        UnnamedDocument, "document_id is empty."
    )


@drawn(st.lists(st.sampled_from(["", "a", "b", "c", "d", "e"]), max_size=30))
def test_p25_numbers_are_one_to_n_whoever_asks_and_however_often_and_is_refused(asked):
    state, numbers = series.initial, {}
    for document_id in asked:
        try:
            for event in series.decide(AssignNumber(SERIES, document_id), state):
                state = series.evolve(state, event)
                assert document_id not in numbers
                numbers[document_id] = event.number
        except Rejected:
            continue
    assert sorted(numbers.values()) == list(range(1, len(set(asked) - {""}) + 1))
