"""Notices as a list: who was told of what, and who was not and why."""

from __future__ import annotations

from msgspec.structs import replace

from oms_core.domain.notice import events
from oms_core.domain.notice.events import Kind, Why
from oms_core.kernel import Instant
from projections.notices import DAY_MICROS, Notice, notices
from tests.projections.records import NOON, recorded

NAME, KIND = "review_request|web:1", Kind.REVIEW_REQUEST
REQUESTED = events.NoticeRequested(NAME, KIND, "web:1", "web:1", "", 14)
SENT = events.NoticeSent(NAME, KIND, "C1", "ko")
LATER = events.NoticeFailed(NAME, KIND, 1, "451 later", Instant(NOON * 2))
GIVEN_UP = events.NoticeFailed(NAME, KIND, 2, "550 no such user")
RETRIED = events.NoticeRetried(NAME, KIND)


def notice(*happened):
    records = list(recorded(*happened))
    return notices.fold(records)[NAME], records[-1].occurred_at


def test_what_was_asked_for_waits_for_its_day():
    shown, at = notice(REQUESTED)
    assert shown == Notice(
        NAME,
        "review_request",
        "open",
        "web:1",
        "web:1",
        requested_at=at,
        due_at=Instant(at + 14 * DAY_MICROS),
    )


def test_what_was_sent_shows_to_whom_and_in_which_language():
    before, _ = notice(REQUESTED, LATER)
    shown, at = notice(REQUESTED, LATER, SENT)
    assert shown == replace(
        before,
        state="sent",
        customer_id="C1",
        language="ko",
        reason="",
        due_at=Instant(0),
        ended_at=at,
    )


def test_what_could_not_be_sent_shows_why_and_when_it_is_tried_again():
    waits, _ = notice(REQUESTED, LATER)
    assert (waits.state, waits.attempts, waits.reason) == ("open", 1, "451 later")
    assert (waits.due_at, waits.ended_at) == (NOON * 2, 0)
    failed, at = notice(REQUESTED, LATER, GIVEN_UP)
    assert (failed.state, failed.attempts, failed.reason) == ("failed", 2, "550 no such user")
    assert (failed.due_at, failed.ended_at) == (0, at)
    again, at = notice(REQUESTED, LATER, GIVEN_UP, RETRIED)
    assert (again.state, again.due_at, again.ended_at) == ("open", at, 0)


def test_what_was_suppressed_shows_why():
    end = events.NoticeSuppressed(NAME, KIND, Why.NO_CONSENT, "C1")
    shown, at = notice(REQUESTED, end)
    assert (shown.state, shown.reason, shown.customer_id) == ("suppressed", "no_consent", "C1")
    assert (shown.due_at, shown.ended_at) == (0, at)
