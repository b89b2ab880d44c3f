"""Tells webhooks what happens, and says what became of each delivery.

Its memory is who is told of what, and how far; it is read off the log. The posting itself is done
by runners beside us, one errand at a time for each webhook, so that one that is slow holds up
neither the others nor us. What was posted and not booked is posted again, under the same id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from msgspec.structs import replace

from oms_core.domain.webhook import commands, events
from oms_core.domain.webhook.events import Off, Trouble
from oms_core.effects.rounds import NEVER, Said, Turn
from oms_core.kernel import Command, Event, Instant, Recorded, State
from oms_core.policies.place import Place

REST_MICROS = 200_000
"""How long a webhook is left alone between two errands: what comes meanwhile goes together."""

UNREAD_MICROS = 5_000_000
"""How long it is left alone if the log could not be read for it."""

HEARD: frozenset[type[Event]] = frozenset(events.WebhookEvent.__args__)


class Secret(NamedTuple):
    """What messages are signed with, encrypted, and until when (zero: as long as we like)."""

    sealed: bytes
    until: Instant = Instant(0)


class Errand(NamedTuple):
    """Post what stands in the log past a position, or one event once more.

    `after` is how far the webhook was told, `since` how far the log was looked through for it;
    `only` is the position of a single event that is asked for again, zero if none is.
    """

    webhook_id: str
    url: str
    types: tuple[str, ...]
    secrets: tuple[bytes, ...]
    after: int
    since: int
    only: int = 0


class Failure(NamedTuple):
    """A message that was not taken, why, and for how long the receiver wants to be left alone.

    `final` means that no later try can end otherwise.
    """

    recorded: Recorded
    why: Trouble
    detail: str
    at: Instant
    retry_after_seconds: int = 0
    final: bool = False


class Report(NamedTuple):
    """What became of an errand.

    So many messages were taken, `last` the last of them; the log was looked through up to
    `looked_to`, unless something failed. `unread` means that the log could not be read at all.
    """

    errand: Errand
    taken: int
    last: Recorded | None
    looked_to: int
    failure: Failure | None = None
    unread: bool = False


class Runners(Protocol):
    """Do errands, beside everything else."""

    def start(self, errand: Errand) -> None:
        """Take an errand; return at once."""

    def finished(self) -> Iterable[Report]:
        """Return what became of errands since we last asked, without waiting for the others."""


class _Hook(State, frozen=True):
    """A webhook: who is told of what, how far, and when next.

    `looked_to` is how far the log was looked through without finding more. `away` means that a
    runner is on an errand for it.
    """

    url: str
    types: tuple[str, ...]
    secrets: tuple[Secret, ...]
    position: int
    replays: tuple[int, ...] = ()
    enabled: bool = True
    attempts: int = 0
    due_at: Instant = Instant(0)
    looked_to: int = 0
    away: bool = False

    @property
    def place(self) -> Place:
        """How far it was told, and of what once more."""
        return Place(self.position, self.replays)

    def at(self, place: Place) -> _Hook:
        """Return it at a place where nothing was tried yet."""
        return replace(self, position=place.position, replays=place.replays, attempts=0)

    def errand(self, webhook_id: str, now: Instant) -> Errand:
        """Return what is to be done for it next."""
        secrets = tuple(s.sealed for s in self.secrets if not s.until or s.until > now)
        since, only = max(self.position, self.looked_to), next(iter(self.replays), 0)
        return Errand(webhook_id, self.url, self.types, secrets, self.position, since, only)


class Herald:
    """Follows webhooks, and sends runners to them. `head` is the last position of the log."""

    def __init__(self, runners: Runners, head: Callable[[], int]) -> None:
        """Begin with nobody to tell."""
        self._runners, self._head = runners, head
        self._hooks: dict[str, _Hook] = {}
        self._news: list[str] = []

    @property
    def next_due(self) -> Instant:
        """When a delivery in vain is tried again; `NEVER` if none was in vain."""
        waiting = (hook.due_at for hook in self._hooks.values() if hook.enabled and hook.attempts)
        return min(waiting, default=NEVER)

    def hear(self, page: Iterable[Recorded], *, known: bool = False) -> None:
        """Take note of who is to be told of what, and how far they were told.

        `known` is for events that are no news to people any more.
        """
        for recorded in page:
            event = recorded.event
            if isinstance(event, events.WebhookSubscribed):
                secrets = (Secret(event.sealed),)
                hook = _Hook(event.url, event.types, secrets, event.after)
                self._hooks[event.webhook_id] = hook
            elif isinstance(event, events.WebhookEvent):
                change = CHANGES[type(event)]
                self._hooks[event.webhook_id] = change(self._hooks[event.webhook_id], event)
            if isinstance(event, events.WebhookDisabled) and not known:
                self._note(event)

    def _note(self, event: events.WebhookDisabled) -> None:
        if event.why is not Off.ASKED:
            text = f"{event.webhook_id} is told nothing any more, it is {event.why.value}"
            self._news.append(f"{text}: {event.detail}")

    def act(self, now: Instant) -> Turn[str]:
        """Say what became of errands, and send runners where there is something to be told."""
        said = [s for report in self._runners.finished() for s in self._taken_in(report, now)]
        alerts, self._news = tuple(self._news), []
        idle = [name for name, hook in self._hooks.items() if _may_run(hook, now)]
        head = self._head() if idle else 0
        for name in idle:
            hook = self._hooks[name]
            if hook.replays or head > max(hook.position, hook.looked_to):
                self._hooks[name] = replace(hook, away=True)
                self._runners.start(hook.errand(name, now))
        return Turn(tuple(said), alerts)

    def _taken_in(self, report: Report, now: Instant) -> Iterator[Said]:
        """Say what became of an errand, unless its webhook is told from elsewhere by now."""
        errand, failure, name = report.errand, report.failure, report.errand.webhook_id
        hook = self._hooks[name]
        rest = UNREAD_MICROS if report.unread else REST_MICROS
        rested = Instant(max(hook.due_at, now + rest))
        current = errand.after == hook.position
        looked_to = max(hook.looked_to, report.looked_to) if current else hook.looked_to
        self._hooks[name] = replace(hook, away=False, due_at=rested, looked_to=looked_to)
        if not current:
            return
        if report.last is not None:
            yield Said(_success(report, report.last), report.last)
        if failure is not None:
            attempt = 1 if report.taken else hook.attempts + 1
            yield Said(_failure(errand, failure, attempt), failure.recorded)


def _may_run(hook: _Hook, now: Instant) -> bool:
    return hook.enabled and not hook.away and hook.due_at <= now


def _rotated(hook: _Hook, event: events.SecretRotated) -> _Hook:
    before = hook.secrets[0]._replace(until=event.keep_until)
    return replace(hook, secrets=(Secret(event.sealed), *([before] if event.keep_until else ())))


AT_ONCE = Instant(0)
CHANGES: Mapping[type[Event], Callable[[_Hook, Any], _Hook]] = {
    events.WebhookDisabled: lambda hook, _: replace(hook, enabled=False),
    events.WebhookEnabled: lambda hook, _: replace(hook, enabled=True, attempts=0, due_at=AT_ONCE),
    events.SecretRotated: _rotated,
    events.ReplayRequested: lambda hook, event: replace(
        hook.at(hook.place.moved(event.after)), looked_to=0, due_at=AT_ONCE
    ),
    events.EventReplayRequested: lambda hook, event: replace(
        hook.at(hook.place.wanted_again(event.position)), due_at=AT_ONCE
    ),
    events.DeliveriesMade: lambda hook, event: hook.at(hook.place.moved(event.position)),
    events.EventReplayed: lambda hook, event: hook.at(hook.place.told_again(event.position)),
    events.DeliveryFailed: lambda hook, event: replace(
        hook, attempts=event.attempt, due_at=event.retry_at
    ),
    events.DeliveryAbandoned: lambda hook, event: hook.at(hook.place.without(event.position)),
}
"""What each event changes of the memory of a webhook."""


def _success(report: Report, last: Recorded) -> Command:
    errand = report.errand
    if errand.only:
        return commands.RecordReplay(errand.webhook_id, errand.only)
    return commands.RecordDeliveries(errand.webhook_id, errand.after, last.position, report.taken)


def _failure(errand: Errand, failure: Failure, attempt: int) -> Command:
    recorded = failure.recorded
    return commands.RecordDeliveryFailure(
        errand.webhook_id,
        errand.only or recorded.position,
        recorded.id,
        attempt,
        failure.why,
        failure.detail,
        failure.at,
        failure.retry_after_seconds,
        failure.final,
    )
