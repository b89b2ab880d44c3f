"""The rules of a notice: it has one end, and nobody is told twice."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from operator import attrgetter

from msgspec.structs import replace

from oms_core.domain.notice import commands, events
from oms_core.kernel import Decider, Rejected, State, deciding, evolving

Events = Iterator[events.NoticeEvent]
DELAY_DAYS_MAX = 365


class Phase(StrEnum):
    """Where a notice stands."""

    UNKNOWN = "unknown"
    OPEN = "open"
    SENT = "sent"
    SUPPRESSED = "suppressed"
    FAILED = "failed"


class Notice(State, frozen=True):
    """Where the notice stands, and how often it was tried in vain."""

    phase: Phase = Phase.UNKNOWN
    kind: events.Kind = events.Kind.ORDER_PLACED
    attempts: int = 0


class UnknownNotice(Rejected):
    """Nobody has asked for this notice."""

    code = "notice.unknown"
    remedy = "Name a notice that was asked for; `oms show notices` lists them."


class NoticeEnded(Rejected):
    """The notice was sent or suppressed, and that cannot be undone."""

    code = "notice.ended"
    remedy = "Write to the customer yourself, if there is more to say."


class UnusableNotice(Rejected):
    """A notice has a name, says what it is about, and comes within a year."""

    code = "notice.unusable"
    remedy = "Name the notice and its subject, and give a delay from 0 to 365 days."


def request(command: commands.RequestNotice, notice: Notice) -> Events:
    """Want somebody told, once for each cause, whatever has become of it since."""
    named = command.notice_id and command.subject_id
    if not (named and 0 <= command.delay_days <= DELAY_DAYS_MAX):
        raise UnusableNotice(
            f"notice_id is {command.notice_id!r}, subject_id {command.subject_id!r} and "
            f"delay_days {command.delay_days}."
        )
    if notice.phase is Phase.UNKNOWN:
        yield events.NoticeRequested(
            command.notice_id,
            command.kind,
            command.subject_id,
            command.order_id,
            command.customer_id,
            command.delay_days,
        )


def record_sending(command: commands.RecordSending, notice: Notice) -> Events:
    """Know that it is out. It cannot be called back, whatever was decided meanwhile."""
    _require_known(command.notice_id, notice)
    if notice.phase is not Phase.SENT:
        yield events.NoticeSent(
            command.notice_id, notice.kind, command.customer_id, command.language
        )


def record_failure(command: commands.RecordSendingFailure, notice: Notice) -> Events:
    """Count a try in vain: each once, and none after the end."""
    _require_known(command.notice_id, notice)
    if notice.phase is Phase.OPEN and command.attempt == notice.attempts + 1:
        yield events.NoticeFailed(
            command.notice_id, notice.kind, command.attempt, command.reason, command.retry_at
        )


def suppress(command: commands.SuppressNotice, notice: Notice) -> Events:
    """Tell nobody, unless it is out already."""
    _require_known(command.notice_id, notice)
    if notice.phase is Phase.SENT:
        raise NoticeEnded(f"notice_id {command.notice_id!r} is sent.")
    if notice.phase is not Phase.SUPPRESSED:
        yield events.NoticeSuppressed(
            command.notice_id, notice.kind, command.why, command.customer_id
        )


def retry(command: commands.RetryNotice, notice: Notice) -> Events:
    """Try once more what was given up. What waits is tried anyway."""
    _require_known(command.notice_id, notice)
    if notice.phase in {Phase.SENT, Phase.SUPPRESSED}:
        raise NoticeEnded(f"notice_id {command.notice_id!r} is {notice.phase}.")
    if notice.phase is Phase.FAILED:
        yield events.NoticeRetried(command.notice_id, notice.kind)


def _require_known(notice_id: str, notice: Notice) -> None:
    if notice.phase is Phase.UNKNOWN:
        raise UnknownNotice(f"notice_id {notice_id!r} is not known.")


def requested(_: Notice, event: events.NoticeRequested) -> Notice:
    """Wait for it to be sent."""
    return Notice(Phase.OPEN, event.kind)


def sent(notice: Notice, _: events.NoticeSent) -> Notice:
    """Know that it is out."""
    return replace(notice, phase=Phase.SENT)


def failed(notice: Notice, event: events.NoticeFailed) -> Notice:
    """Know how often it was tried, and whether it will be again."""
    phase = Phase.OPEN if event.retry_at else Phase.FAILED
    return replace(notice, phase=phase, attempts=event.attempt)


def suppressed(notice: Notice, _: events.NoticeSuppressed) -> Notice:
    """Know that nobody is told."""
    return replace(notice, phase=Phase.SUPPRESSED)


def retried(notice: Notice, _: events.NoticeRetried) -> Notice:
    """Begin to count anew."""
    return replace(notice, phase=Phase.OPEN, attempts=0)


notice = Decider(
    "notice",
    attrgetter("notice_id"),
    Notice(),
    deciding(
        {
            commands.RequestNotice: request,
            commands.RecordSending: record_sending,
            commands.RecordSendingFailure: record_failure,
            commands.SuppressNotice: suppress,
            commands.RetryNotice: retry,
        }
    ),
    evolving(
        {
            events.NoticeRequested: requested,
            events.NoticeSent: sent,
            events.NoticeFailed: failed,
            events.NoticeSuppressed: suppressed,
            events.NoticeRetried: retried,
        }
    ),
)
