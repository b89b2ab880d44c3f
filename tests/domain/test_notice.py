"""Notices: asked for once, tried until they are out, and told to nobody twice."""

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec.structs import replace

from oms_core.domain.notice.commands import (
    RecordSending,
    RecordSendingFailure,
    RequestNotice,
    RetryNotice,
    SuppressNotice,
)
from oms_core.domain.notice.decider import (
    NoticeEnded,
    Phase,
    UnknownNotice,
    UnusableNotice,
    notice,
)
from oms_core.domain.notice.events import (
    Kind,
    NoticeFailed,
    NoticeRequested,
    NoticeRetried,
    NoticeSent,
    NoticeSuppressed,
    Why,
)
from oms_core.kernel import Instant
from tests.support.spec import Specification

given = Specification(notice)

NAME, KIND = "order_placed|web:1", Kind.ORDER_PLACED
request = RequestNotice(NAME, KIND, "web:1", "web:1", "C1")
send = RecordSending(NAME, "C1", "ko")
first = RecordSendingFailure(NAME, 1, "451 try later", Instant(9))
second = RecordSendingFailure(NAME, 2, "550 no such user")
suppress = SuppressNotice(NAME, Why.NO_CONSENT, "C1")
retry = RetryNotice(NAME)

REQUESTED = NoticeRequested(NAME, KIND, "web:1", "web:1", "C1")
SENT = NoticeSent(NAME, KIND, "C1", "ko")
FAILED = NoticeFailed(NAME, KIND, 1, "451 try later", Instant(9))
GIVEN_UP = NoticeFailed(NAME, KIND, 2, "550 no such user")
SUPPRESSED = NoticeSuppressed(NAME, KIND, Why.NO_CONSENT, "C1")
RETRIED = NoticeRetried(NAME, KIND)
ENDS = ((SENT,), (SUPPRESSED,), (FAILED, GIVEN_UP))


def test_a_notice_is_asked_for_once_whatever_has_become_of_it():
    given().when(request).then(REQUESTED)
    for history in ((), *ENDS):
        given(REQUESTED, *history).when(request).then_nothing()


@pytest.mark.parametrize(
    "change", [{"notice_id": ""}, {"subject_id": ""}, {"delay_days": -1}, {"delay_days": 366}]
)
def test_a_notice_has_a_name_and_a_subject_and_comes_within_a_year(change):
    given().when(replace(request, **change)).then_rejected(UnusableNotice)
    given().when(replace(request, delay_days=365)).then(replace(REQUESTED, delay_days=365))


def test_a_notice_is_sent_once_and_that_cannot_be_undone():
    given(REQUESTED).when(send).then(SENT)
    given(REQUESTED, SENT).when(send).then_nothing()
    given(REQUESTED, SENT).when(first).then_nothing()
    given(REQUESTED, SENT).when(suppress).then_rejected(NoticeEnded, f"notice_id {NAME!r} is sent.")


def test_what_was_sent_was_sent_whatever_was_decided_meanwhile():
    given(REQUESTED, SUPPRESSED).when(send).then(SENT)
    given(REQUESTED, FAILED, GIVEN_UP).when(send).then(SENT)


def test_each_try_in_vain_counts_once():
    given(REQUESTED).when(first).then(FAILED)
    given(REQUESTED, FAILED).when(first).then_nothing()
    given(REQUESTED, FAILED).when(second).then(GIVEN_UP)
    given(REQUESTED).when(second).then_nothing()
    given(REQUESTED, FAILED, GIVEN_UP).when(replace(second, attempt=3)).then_nothing()


def test_a_notice_is_suppressed_once_also_when_it_was_given_up():
    given(REQUESTED).when(suppress).then(SUPPRESSED)
    given(REQUESTED, SUPPRESSED).when(suppress).then_nothing()
    given(REQUESTED, FAILED, GIVEN_UP).when(suppress).then(SUPPRESSED)


def test_what_was_given_up_is_tried_once_more_if_a_person_says_so():
    given(REQUESTED, FAILED, GIVEN_UP).when(retry).then(RETRIED)
    given(REQUESTED, FAILED, GIVEN_UP, RETRIED).when(retry).then_nothing()
    given(REQUESTED, FAILED, GIVEN_UP, RETRIED).when(first).then(FAILED)
    given(REQUESTED, FAILED).when(retry).then_nothing()


@pytest.mark.parametrize(("end", "phase"), [(SENT, "sent"), (SUPPRESSED, "suppressed")])
def test_what_has_ended_is_not_tried_again(end, phase):
    given(REQUESTED, end).when(retry).then_rejected(NoticeEnded, f"notice_id {NAME!r} is {phase}.")


@pytest.mark.parametrize("command", [send, first, suppress, retry])
def test_nothing_becomes_of_a_notice_that_nobody_asked_for(command):
    given().when(command).then_rejected(UnknownNotice, f"notice_id {NAME!r} is not known.")


@drawn(st.lists(st.sampled_from([request, send, first, second, suppress, retry]), max_size=30))
def test_p20_in_any_order_and_number_of_deliveries_there_is_one_request_and_one_sending(told):
    happened = []
    for command in told:
        state = notice.fold(happened)
        try:
            happened += notice.decide(command, state)
        except (UnknownNotice, NoticeEnded):
            assert state.phase is Phase.UNKNOWN or command in (suppress, retry)
    kinds = [type(event) for event in happened]
    assert kinds.count(NoticeRequested) == (request in told)
    assert kinds.count(NoticeSent) <= 1
    assert NoticeSuppressed not in kinds[kinds.index(NoticeSent) :] if NoticeSent in kinds else True
