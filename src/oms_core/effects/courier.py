"""Sends the notices that the log asks for, and says what became of each.

Its memory is the notices that are open, and is read off the log. What was sent and not booked is
sent again after a crash, under the same name: a mail server cannot be asked what it has taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from oms_core.domain.notice import commands, events
from oms_core.domain.notice.events import Kind, NoticeRequested, Why
from oms_core.effects.breaker import CircuitBreaker
from oms_core.effects.rounds import NEVER, Said, Turn
from oms_core.kernel import Command, Event, Instant, Recorded, State

SECOND = 1_000_000
DAY = 86_400 * SECOND
TRIES_MAX = 12
"""After so many tries in vain, over about a day, a notice is given up."""

BACKOFF_SECONDS = 60
BACKOFF_SECONDS_MAX = 4 * 3_600
LETTERS_MAX = 20
"""So many are sent in one turn at most, so that nothing else has to wait for long."""

SHELF_DAYS: Mapping[Kind, int] = {
    Kind.ORDER_PLACED: 3,
    Kind.ORDER_SHIPPED: 3,
    Kind.ORDER_DELAYED: 3,
    Kind.ORDER_CANCELLED: 7,
    Kind.REFUNDED: 7,
    Kind.INVOICE_ISSUED: 30,
    Kind.PAYMENT_REMINDER: 7,
    Kind.CART_ABANDONED: 2,
    Kind.CART_LEFT: 2,
    Kind.REVIEW_REQUEST: 14,
    Kind.PROMISE_BROKEN: 3,
}
"""How many days after it was due a notice of each kind is still worth sending."""

HEARD: frozenset[type[Event]] = frozenset(events.NoticeEvent.__args__)


class Letter(State, frozen=True):
    """A notice in words, ready to be sent. `tells` is what it says, as in `Matter`."""

    notice_id: str
    customer_id: str
    language: str
    to: str
    subject: str
    text: str
    html: str
    tells: str = ""


class Silence(State, frozen=True):
    """Why a notice is not to be sent."""

    why: Why
    customer_id: str = ""


class Refused(State, frozen=True):
    """The letter was not taken; `final` if it never will be."""

    reason: str
    final: bool


class OutOfReach(Exception):
    """The mail server could not be spoken to at all: no letter was offered to it."""


class Clerk(Protocol):
    """Puts notices in words."""

    def write(self, request: NoticeRequested) -> Letter | Silence | Refused:
        """Return the letter, or why there is none, as things stand now."""


class Post(Protocol):
    """Takes letters to their readers."""

    def send(self, letter: Letter) -> Refused | None:
        """Hand a letter over; None means that it is taken.

        :raises OutOfReach: if nobody was there to take it.
        """


@dataclass(frozen=True, slots=True)
class _Open:
    """A notice without an end: since when and from when on it is due, and how often it was tried.

    `since` is when it was due first.
    """

    request: Recorded
    since: Instant
    due_at: Instant
    attempts: int = 0


class Courier:
    """Follows notices and sends them. `jitter` gives a number from 0 to 1."""

    def __init__(
        self,
        clerk: Clerk,
        post: Post,
        *,
        jitter: Callable[[], float],
        breaker: CircuitBreaker | None = None,
    ) -> None:
        """Begin with nothing to do."""
        self._clerk, self._post, self._jitter = clerk, post, jitter
        self._breaker = breaker or CircuitBreaker()
        self._open: dict[str, _Open] = {}
        self._given_up: dict[str, Recorded] = {}

    @property
    def open_ids(self) -> tuple[str, ...]:
        """The notices that have no end."""
        return tuple(self._open)

    @property
    def next_due(self) -> Instant:
        """When the next notice is due; `NEVER` if none is."""
        return min((entry.due_at for entry in self._open.values()), default=NEVER)

    def hear(self, page: Iterable[Recorded]) -> None:
        """Take note of what was asked for, and of what became of it."""
        for recorded in page:
            match recorded.event:
                case NoticeRequested(notice_id, delay_days=delay_days):
                    since = Instant(recorded.occurred_at + delay_days * DAY)
                    self._open[notice_id] = _Open(recorded, since, since)
                case events.NoticeFailed(notice_id, attempt=attempt, retry_at=retry_at):
                    self._failed(notice_id, attempt, retry_at)
                case events.NoticeRetried(notice_id):
                    if request := self._given_up.pop(notice_id, None):
                        at = recorded.occurred_at
                        self._open[notice_id] = _Open(request, at, at)
                case events.NoticeSent(notice_id) | events.NoticeSuppressed(notice_id):
                    self._open.pop(notice_id, None)
                    self._given_up.pop(notice_id, None)

    def _failed(self, notice_id: str, attempt: int, retry_at: Instant) -> None:
        if entry := self._open.pop(notice_id, None):
            if retry_at:
                self._open[notice_id] = replace(entry, due_at=retry_at, attempts=attempt)
            else:
                self._given_up[notice_id] = entry.request

    def act(self, now: Instant) -> Turn[str]:
        """Send what is due, and return what is to be booked."""
        said: list[Said] = []
        alerts: list[str] = []
        told: set[str] = set()
        for name, entry in self._chosen(now):
            if not self._breaker.allows(now):
                self._open[name] = replace(entry, due_at=self._breaker.opens_at)
                continue
            if command := self._deal(name, entry, now, told, alerts):
                said.append(Said(command, entry.request))
        return Turn(tuple(said), tuple(alerts))

    def _chosen(self, now: Instant) -> list[tuple[str, _Open]]:
        """Return what is dealt with now; what might say the same of one order goes together."""
        due = [(name, entry) for name, entry in self._open.items() if entry.due_at <= now]
        first, rest = due[:LETTERS_MAX], due[LETTERS_MAX:]
        groups = {_group(entry) for _, entry in first}
        return first + [(name, entry) for name, entry in rest if _group(entry) in groups]

    def _deal(
        self, name: str, entry: _Open, now: Instant, told: set[str], alerts: list[str]
    ) -> Command | None:
        request = entry.request.event
        assert isinstance(request, NoticeRequested), "only requests are open"
        if now > entry.since + SHELF_DAYS[request.kind] * DAY:
            del self._open[name]
            return commands.SuppressNotice(name, Why.TOO_LATE, request.customer_id)
        letter = self._clerk.write(request)
        if isinstance(letter, Letter) and letter.tells in told:
            letter = Silence(Why.TOLD_TOGETHER, letter.customer_id)
        match letter:
            case Silence(why, customer_id):
                del self._open[name]
                return commands.SuppressNotice(name, why, customer_id)
            case Refused():
                return self._refused(name, entry, letter, now, alerts)
        return self._send(name, entry, letter, now, told, alerts)

    def _send(
        self,
        name: str,
        entry: _Open,
        letter: Letter,
        now: Instant,
        told: set[str],
        alerts: list[str],
    ) -> Command | None:
        try:
            refused = self._post.send(letter)
        except OutOfReach as error:
            self._open[name] = replace(entry, due_at=Instant(now + BACKOFF_SECONDS * SECOND))
            if self._breaker.failed(now):
                alerts.append(f"the mail server is left alone for a while: {error}")
            return None
        self._breaker.succeeded()
        if refused is None:
            del self._open[name]
            told.update({letter.tells} - {""})
            return commands.RecordSending(name, letter.customer_id, letter.language)
        return self._refused(name, entry, refused, now, alerts)

    def _refused(
        self, name: str, entry: _Open, refused: Refused, now: Instant, alerts: list[str]
    ) -> Command:
        attempt = entry.attempts + 1
        if refused.final or attempt >= TRIES_MAX:
            self._failed(name, attempt, Instant(0))
            alerts.append(f"{name} is given up: {refused.reason}")
            return commands.RecordSendingFailure(name, attempt, refused.reason)
        seconds = min(BACKOFF_SECONDS * 2**attempt, BACKOFF_SECONDS_MAX) * (0.5 + self._jitter())
        retry_at = Instant(now + int(seconds * SECOND))
        self._failed(name, attempt, retry_at)
        return commands.RecordSendingFailure(name, attempt, refused.reason, retry_at)


def _group(entry: _Open) -> tuple[str, str]:
    """Return what notices have in common that may say the same."""
    request = entry.request.event
    assert isinstance(request, NoticeRequested), "only requests are open"
    return request.kind.value, request.order_id or request.notice_id
