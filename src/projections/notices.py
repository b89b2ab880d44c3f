"""Notices: who was told of what, who was not and why, and what could not be sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from oms_core.domain.notice import events
from oms_core.kernel import Event, Instant, Recorded, State
from projections.rules import Change, one, view


class Notice(State, frozen=True):
    """One notice. `state` is open, sent, suppressed, or failed (given up).

    `reason` says why it was suppressed, or why the last try was in vain. `due_at` is when an open
    one is to be sent, or tried again.
    """

    notice_id: str
    kind: str = ""
    state: str = "open"
    subject_id: str = ""
    order_id: str = ""
    customer_id: str = ""
    language: str = ""
    attempts: int = 0
    reason: str = ""
    requested_at: Instant = Instant(0)
    due_at: Instant = Instant(0)
    ended_at: Instant = Instant(0)


DAY_MICROS = 86_400_000_000


def blank(key: str, _: Any) -> Notice:
    """Return a notice that nothing is known of but its name."""
    return Notice(key)


def requested(notice: Notice, event: events.NoticeRequested, recorded: Recorded) -> Notice:
    """Wait for it to be sent."""
    return replace(
        notice,
        kind=event.kind.value,
        subject_id=event.subject_id,
        order_id=event.order_id,
        customer_id=event.customer_id,
        requested_at=recorded.occurred_at,
        due_at=Instant(recorded.occurred_at + event.delay_days * DAY_MICROS),
    )


def sent(notice: Notice, event: events.NoticeSent, recorded: Recorded) -> Notice:
    """Show to whom it was sent, and in which language."""
    return replace(
        notice,
        state="sent",
        customer_id=event.customer_id or notice.customer_id,
        language=event.language,
        reason="",
        due_at=Instant(0),
        ended_at=recorded.occurred_at,
    )


def failed(notice: Notice, event: events.NoticeFailed, recorded: Recorded) -> Notice:
    """Show why not, and when it is tried again."""
    return replace(
        notice,
        state="open" if event.retry_at else "failed",
        attempts=notice.attempts + 1,
        reason=event.reason,
        due_at=event.retry_at,
        ended_at=Instant(0) if event.retry_at else recorded.occurred_at,
    )


def suppressed(notice: Notice, event: events.NoticeSuppressed, recorded: Recorded) -> Notice:
    """Show why nobody is told."""
    return replace(
        notice,
        state="suppressed",
        customer_id=event.customer_id or notice.customer_id,
        reason=event.why.value,
        due_at=Instant(0),
        ended_at=recorded.occurred_at,
    )


def retried(notice: Notice, _: events.NoticeRetried, recorded: Recorded) -> Notice:
    """Wait for it once more."""
    return replace(notice, state="open", due_at=recorded.occurred_at, ended_at=Instant(0))


CHANGES: Mapping[type[Event], Change[Notice]] = {
    events.NoticeRequested: requested,
    events.NoticeSent: sent,
    events.NoticeFailed: failed,
    events.NoticeSuppressed: suppressed,
    events.NoticeRetried: retried,
}

notices = view(
    "notices",
    Notice,
    blank,
    {event: (one("notice_id"), change) for event, change in CHANGES.items()},
)
