"""The courier: notices become letters, and what became of each is booked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from oms_core.domain.notice import commands, events
from oms_core.domain.notice.events import Kind, NoticeRequested, Why
from oms_core.effects.breaker import FAILURES_MAX, PAUSE_MICROS
from oms_core.effects.courier import (
    BACKOFF_SECONDS_MAX,
    DAY,
    LETTERS_MAX,
    SECOND,
    SHELF_DAYS,
    TRIES_MAX,
    Courier,
    Letter,
    OutOfReach,
    Refused,
    Silence,
)
from oms_core.effects.rounds import NEVER
from oms_core.kernel import Event, Instant, Recorded

NOON = Instant(1_767_268_800 * SECOND)
LATER, FINAL = Refused("451 later", final=False), Refused("550 no such user", final=True)
Answer = Refused | OutOfReach | None


def asked(name: str = "a", kind: Kind = Kind.REFUNDED, delay_days: int = 0) -> NoticeRequested:
    return NoticeRequested(name, kind, name, "web:1", "C1", delay_days)


def failed(attempt: int = 1, retry_at: int = 0) -> events.NoticeFailed:
    return events.NoticeFailed("a", Kind.REFUNDED, attempt, "451 later", Instant(retry_at))


class Scripted:
    """A post that answers by a script, and remembers the letters that it was offered."""

    def __init__(self, *answers: Answer) -> None:
        self.offered: list[str] = []
        self._answers: Iterator[Answer] = iter(answers)

    def send(self, letter: Letter) -> Refused | None:
        self.offered.append(letter.notice_id)
        answer = next(self._answers)
        if isinstance(answer, OutOfReach):
            raise answer
        return answer


class Clerk:
    """Writes a letter for everything, unless it was told another answer."""

    def __init__(
        self, answers: dict[str, Silence | Refused] | None = None, tells: str = ""
    ) -> None:
        self._answers, self._tells = answers or {}, tells

    def write(self, request: NoticeRequested) -> Letter | Silence | Refused:
        name = request.notice_id
        letter = Letter(name, "C1", "ko", "a@b.example", "s", "t", "h", self._tells)
        return self._answers.get(name, letter)


def recorded(event: Event, number: int = 1, at: int = NOON) -> Recorded:
    when = Instant(at)
    return Recorded("notice:a", number, event, when, when, "test", "c", "web:1", number)


def courier_of(post: Scripted, *heard: Event, clerk: Clerk | None = None) -> Courier:
    courier = Courier(clerk or Clerk(), post, jitter=lambda: 0.5)
    courier.hear(recorded(event, n) for n, event in enumerate(heard, 1))
    return courier


def said(courier: Courier, now: int = NOON) -> tuple[object, ...]:
    return tuple(said.command for said in courier.act(Instant(now)).said)


SENT = commands.RecordSending("a", "C1", "ko")


def test_what_is_asked_for_is_sent_once_and_booked():
    post = Scripted(None)
    courier = courier_of(post, asked())
    assert said(courier) == (SENT,)
    assert said(courier, NEVER - 1) == ()
    assert post.offered == ["a"]
    assert courier.next_due == NEVER


def test_an_answer_is_caused_by_its_request_and_belongs_to_the_same_conversation():
    (answer,) = courier_of(Scripted(None), asked()).act(NOON).said
    assert (answer.request.id, answer.request.correlation_id) == ("notice:a#1", "web:1")


def test_a_notice_with_a_delay_waits_for_its_day():
    courier = courier_of(Scripted(None), asked(delay_days=14))
    assert said(courier, NOON + 14 * DAY - 1) == ()
    assert courier.next_due == NOON + 14 * DAY
    assert said(courier, NOON + 14 * DAY) == (SENT,)


def test_what_is_not_to_be_sent_is_suppressed_with_the_reason():
    post = Scripted()
    silent = Clerk({"a": Silence(Why.NO_CONSENT, "C1")})
    courier = courier_of(post, asked(), clerk=silent)
    assert said(courier) == (commands.SuppressNotice("a", Why.NO_CONSENT, "C1"),)
    assert said(courier, NEVER - 1) == ()
    assert post.offered == []


@pytest.mark.parametrize("kind", Kind)
def test_what_comes_too_late_is_not_sent_at_all(kind):
    last = NOON + SHELF_DAYS[kind] * DAY
    assert said(courier_of(Scripted(None), asked(kind=kind)), last) == (SENT,)
    courier = courier_of(Scripted(), asked(kind=kind))
    assert said(courier, last + 1) == (commands.SuppressNotice("a", Why.TOO_LATE, "C1"),)


def test_a_notice_that_says_the_same_as_another_is_not_sent_beside_it():
    post = Scripted(None)
    courier = courier_of(post, asked("a"), asked("b"), clerk=Clerk(tells="delayed|web:1"))
    together = commands.SuppressNotice("b", Why.TOLD_TOGETHER, "C1")
    assert said(courier) == (SENT, together)


def test_if_the_one_cannot_be_sent_the_other_that_says_the_same_is_tried():
    post = Scripted(FINAL, None)
    courier = courier_of(post, asked("a"), asked("b"), clerk=Clerk(tells="delayed|web:1"))
    assert [type(command) for command in said(courier)] == [
        commands.RecordSendingFailure,
        commands.RecordSending,
    ]


def test_only_so_many_are_sent_at_once_but_what_belongs_together_goes_together():
    names = [f"n{n}" for n in range(LETTERS_MAX + 2)]
    requests = [
        NoticeRequested(name, Kind.REFUNDED, name, "web:1" if n >= LETTERS_MAX - 1 else name)
        for n, name in enumerate(names)
    ]
    other = NoticeRequested("last", Kind.REFUNDED, "last", "web:2")
    post = Scripted(*[None] * 30)
    courier = courier_of(post, *requests[:-1], other, requests[-1])
    assert len(said(courier)) == LETTERS_MAX + 2
    assert post.offered == names
    assert courier.open_ids == ("last",)


def test_a_temporary_refusal_is_booked_and_tried_again_after_a_growing_pause():
    courier = courier_of(Scripted(*[LATER] * TRIES_MAX), asked(kind=Kind.INVOICE_ISSUED))
    now, pauses = int(NOON), []
    for attempt in range(1, TRIES_MAX):
        (failure,) = said(courier, now)
        assert failure.attempt == attempt
        assert failure.reason == "451 later"
        assert said(courier, failure.retry_at - 1) == ()
        pauses.append((failure.retry_at - now) // SECOND)
        now = failure.retry_at
    assert pauses[:3] == [120, 240, 480]
    assert pauses[-1] == BACKOFF_SECONDS_MAX
    turn = courier.act(Instant(now))
    assert [answer.command for answer in turn.said] == [
        commands.RecordSendingFailure("a", TRIES_MAX, "451 later")
    ]
    assert turn.alerts == ("a is given up: 451 later",)
    assert courier.open_ids == ()


def test_a_permanent_refusal_ends_it_and_a_person_is_told():
    courier = courier_of(Scripted(FINAL), asked())
    turn = courier.act(NOON)
    assert [answer.command for answer in turn.said] == [
        commands.RecordSendingFailure("a", 1, "550 no such user")
    ]
    assert turn.alerts == ("a is given up: 550 no such user",)
    assert said(courier, NEVER - 1) == ()


def test_a_letter_that_cannot_be_written_is_kept_for_a_person_and_not_sent():
    holed = Refused("'total' is undefined", final=True)
    courier = courier_of(post := Scripted(), asked(), clerk=Clerk({"a": holed}))
    assert said(courier) == (commands.RecordSendingFailure("a", 1, "'total' is undefined"),)
    assert post.offered == []


def test_a_person_has_it_tried_once_more():
    retried = events.NoticeRetried("a", Kind.REFUNDED)
    assert said(courier_of(Scripted(None), asked(), failed(), retried)) == (SENT,)
    assert said(courier_of(Scripted(None), asked(), failed())) == ()


def test_a_mail_server_out_of_reach_is_left_alone_and_costs_no_notice_a_try():
    post = Scripted(*[OutOfReach("refused")] * FAILURES_MAX, None, None)
    courier = courier_of(post, asked())
    now, alerts = int(NOON), []
    for _ in range(FAILURES_MAX):
        turn = courier.act(Instant(now))
        assert turn.said == ()
        alerts += turn.alerts
        now += 60 * SECOND
    assert alerts == ["the mail server is left alone for a while: refused"]
    courier.hear([recorded(asked("b"), 2)])
    assert said(courier, now - 1) == ()
    assert len(post.offered) == FAILURES_MAX
    assert {command.notice_id for command in said(courier, now + PAUSE_MICROS)} == {"a", "b"}


# After a restart, everything is read off the log


@pytest.mark.parametrize(
    ("heard", "due"),
    [
        ((), NOON),
        ((failed(1, NOON + 7),), NOON + 7),
        ((failed(1, NOON + 7), failed(2)), NEVER),
        ((events.NoticeSent("a", Kind.REFUNDED, "C1", "ko"),), NEVER),
        ((events.NoticeSuppressed("a", Kind.REFUNDED, Why.STAFF),), NEVER),
    ],
)
def test_a_courier_that_starts_anew_knows_what_is_open_and_when_it_is_due(heard, due):
    assert courier_of(Scripted(), asked(), *heard).next_due == due


def test_tries_before_a_restart_count():
    courier = courier_of(Scripted(LATER), asked(), failed(3, NOON))
    (failure,) = said(courier)
    assert failure.attempt == 4


def test_a_suppression_that_comes_from_a_person_meanwhile_is_heeded():
    courier = courier_of(Scripted(), asked(delay_days=1))
    courier.hear([recorded(events.NoticeSuppressed("a", Kind.REFUNDED, Why.STAFF), 2)])
    assert said(courier, NOON + DAY) == ()
