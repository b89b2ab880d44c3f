"""Calls the payment provider for what the log requests, and says what came of it.

Its memory is the requests that have no final answer. It is read off the log, so it survives a crash
at any point: a request may be made again, always under the same key, which the provider honours.
Where no answer came, the provider is asked what happened before anything is requested again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple, cast

from oms_core.domain.payment import events
from oms_core.effects.breaker import CircuitBreaker
from oms_core.effects.payments import Answer, Request, ask, key_of, report
from oms_core.effects.ports import (
    ActionRequired,
    Failed,
    PaymentProvider,
    ProviderPending,
    ProviderTimeout,
    Succeeded,
)
from oms_core.effects.rounds import NEVER, Said, Turn
from oms_core.kernel import Event, Instant, Recorded

SECOND = 1_000_000
TRIES_MAX = 8
"""After so many missing answers a request is left in doubt, and a person is told."""

BACKOFF_SECONDS = 2
BACKOFF_SECONDS_MAX = 3_600
POLL_SECONDS = 3_600
"""How often we ask whether a customer has acted, or a pending answer has come.

The provider's own message should be there before; it may be lost."""

POLLS_MAX = 48
"""So often we ask; after that only the provider's own message can tell."""

NOT_WANTED = Failed("not requested: the order had ended")

IN_HOUSE = frozenset({events.Method.CASH, events.Method.GIFT_CARD})
"""How customers pay without a provider."""

HEARD: frozenset[type[Event]] = frozenset(
    kind for kind in events.PaymentEvent.__args__ if kind is not events.PaymentChargedBack
)
"""The types of events that the cashier needs to hear."""


class Alert(NamedTuple):
    """Something that a person should know of."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class _Open:
    """A request without a final answer: when it is due, and how often it was tried in vain.

    `asked` means that the provider may know of it, so that it is queried first; `waiting`, that it
    is the customer's turn; `closed`, that nobody wants the money any more.
    """

    request: Recorded
    due_at: Instant
    tries: int = 0
    polls: int = 0
    asked: bool = False
    waiting: bool = False
    closed: bool = False


class Cashier:
    """Follows payment events and calls the provider.

    `jitter` gives a number from 0 to 1, so that many clients do not call again all at once.
    """

    def __init__(
        self,
        provider: PaymentProvider,
        *,
        jitter: Callable[[], float],
        breaker: CircuitBreaker | None = None,
    ) -> None:
        """Begin with nothing to do."""
        self._provider = provider
        self._jitter = jitter
        self._breaker = breaker or CircuitBreaker()
        self._open: dict[str, _Open] = {}

    @property
    def open_keys(self) -> tuple[str, ...]:
        """The requests that have no final answer."""
        return tuple(self._open)

    @property
    def next_due(self) -> Instant:
        """When the next call is due; `NEVER` if none is."""
        return min((entry.due_at for entry in self._open.values()), default=NEVER)

    def hear(self, page: Iterable[Recorded], *, asked: bool = False) -> None:
        """Take note of what was requested and answered, without calling anyone.

        `asked` is for events whose requests may have been made before: they are queried first.
        """
        for recorded in page:
            event = recorded.event
            match event:
                case events.PaymentClosed(payment_id):
                    self._close(f"{payment_id}:authorize:1")
                case (
                    events.AuthorizationRequested()
                    | events.CaptureRequested()
                    | events.VoidRequested()
                    | events.RefundRequested()
                ):
                    if event.method not in IN_HOUSE:
                        entry = _Open(recorded, recorded.recorded_at, asked=asked)
                        self._open[key_of(event) or ""] = entry
                case _ if key := key_of(event):
                    self._answered(key, recorded)

    def _close(self, key: str) -> None:
        if key in self._open:
            self._open[key] = replace(self._open[key], closed=True)

    def _answered(self, key: str, recorded: Recorded) -> None:
        entry = self._open.get(key)
        if entry is None:
            return
        match recorded.event:
            case events.AuthorizationActionRequired():
                due_at = Instant(recorded.recorded_at + POLL_SECONDS * SECOND)
                self._open[key] = replace(entry, asked=True, waiting=True, due_at=due_at)
            case (
                events.AuthorizationUnknown()
                | events.CaptureUnknown()
                | events.VoidUnknown()
                | events.RefundUnknown()
            ):
                self._open[key] = replace(entry, asked=True)
            case _:
                del self._open[key]

    def act(self, now: Instant) -> Turn[Alert]:
        """Call the provider for every request that is due, and return what it said."""
        said: list[Said] = []
        alerts: list[Alert] = []
        due = [(key, entry) for key, entry in self._open.items() if entry.due_at <= now]
        for key, entry in due:
            if not self._breaker.allows(now):
                self._open[key] = replace(entry, due_at=self._breaker.opens_at)
                continue
            self._call(key, entry, now, said, alerts)
        return Turn(tuple(said), tuple(alerts))

    def _call(
        self, key: str, entry: _Open, now: Instant, said: list[Said], alerts: list[Alert]
    ) -> None:
        request = cast("Request", entry.request.event)
        answer: Answer = None
        try:
            if entry.asked or entry.closed:
                answer = self._provider.query(key, getattr(request, "provider_ref", ""))
            if answer is None:
                answer = NOT_WANTED if entry.closed else ask(self._provider, key, request)
        except ProviderPending:
            self._breaker.succeeded()
            self._pend(key, entry, now, alerts)
            if not entry.asked:
                said.append(Said(report(key, None), entry.request))
            return
        except ProviderTimeout:
            self._missed(key, entry, now, alerts)
            if not entry.asked:
                said.append(Said(report(key, None), entry.request))
            return
        self._breaker.succeeded()
        if not (entry.waiting and isinstance(answer, ActionRequired)):
            said.append(Said(report(key, answer), entry.request))
        if isinstance(answer, ActionRequired) and entry.polls < POLLS_MAX:
            self._poll(key, replace(entry, waiting=True), now)
            return
        del self._open[key]
        if entry.closed and isinstance(answer, Succeeded):
            alerts.append(Alert(key, "succeeded after its order had ended: it is being let go"))

    def _pend(self, key: str, entry: _Open, now: Instant, alerts: list[Alert]) -> None:
        """Ask again later what the provider could not say yet; in the end a person must."""
        self._poll(key, entry, now)
        if entry.polls >= POLLS_MAX:
            self._open[key] = replace(self._open[key], due_at=NEVER)
            alerts.append(Alert(key, "still pending: ask the provider by hand"))

    def _poll(self, key: str, entry: _Open, now: Instant) -> None:
        due_at = Instant(now + POLL_SECONDS * SECOND)
        polls = entry.polls + 1
        self._open[key] = replace(entry, asked=True, tries=0, polls=polls, due_at=due_at)

    def _missed(self, key: str, entry: _Open, now: Instant, alerts: list[Alert]) -> None:
        tries = entry.tries + 1
        seconds = min(BACKOFF_SECONDS * 2**tries, BACKOFF_SECONDS_MAX) * (0.5 + self._jitter())
        due_at = Instant(now + int(seconds * SECOND))
        if self._breaker.failed(now):
            alerts.append(Alert(key, "the provider does not answer and is left alone for a while"))
        if tries >= TRIES_MAX:
            due_at = NEVER
            alerts.append(Alert(key, f"no answer after {tries} tries: ask the provider by hand"))
        self._open[key] = replace(entry, asked=True, tries=tries, due_at=due_at)
