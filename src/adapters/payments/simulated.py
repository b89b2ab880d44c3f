"""A payment provider that exists only here, with the bad habits of real ones.

It declines, demands action of the customer, loses answers before or after it has done what was
asked, runs out of funds at capture, and sends its messages late, repeatedly or never. It keeps a
ledger of its own, so that its money can be compared with ours. What it does with a key depends on
its seed and that key alone, never on when or in which order it is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import heappop, heappush
from random import Random

from oms_core.effects.payments import report
from oms_core.effects.ports import (
    ActionRequired,
    Failed,
    ProviderTimeout,
    Result,
    Succeeded,
)
from oms_core.kernel import Command, Instant
from oms_core.kernel.money import Money

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE
LIFETIME_DAYS = 30
"""How long an amount stays set aside."""


class Fate(StrEnum):
    """What becomes of a request."""

    DONE = "done"
    REFUSED = "refused"
    ACTION = "action"
    DONE_UNHEARD = "done_unheard"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Odds:
    """How often things go wrong, in a thousand."""

    declined: int = 45
    action: int = 90
    action_failed: int = 120
    action_abandoned: int = 60
    capture_refused: int = 8
    void_refused: int = 8
    refund_refused: int = 25
    done_unheard: int = 12
    lost: int = 12
    query_unheard: int = 60
    message_none: int = 300
    message_again: int = 200
    message_minutes_max: int = 90


Fates = Callable[[str, str], Fate]
"""Says what becomes of a key (first) and its operation (second)."""


def seeded_fates(seed: int, odds: Odds) -> Fates:
    """Return fates that follow the odds, the same ones for the same seed."""
    refused = {
        "authorize": odds.declined,
        "capture": odds.capture_refused,
        "void": odds.void_refused,
        "refund": odds.refund_refused,
    }

    def fate(key: str, operation: str) -> Fate:
        draw = Random(f"{seed}|{key}").randrange(1_000)  # noqa: S311  (a game, not a secret)
        for outcome, share in (
            (Fate.DONE_UNHEARD, odds.done_unheard),
            (Fate.LOST, odds.lost),
            (Fate.REFUSED, refused[operation]),
            (Fate.ACTION, odds.action if operation == "authorize" else 0),
        ):
            if draw < share:
                return outcome
            draw -= share
        return Fate.DONE

    return fate


@dataclass(slots=True)
class Account:
    """One authorization in the gateway's own book."""

    payment_id: str
    currency: str
    authorized_minor: int
    expires_at: Instant
    captured_minor: int = 0
    refunded_minor: int = 0
    voided: bool = False


@dataclass(slots=True)
class SimulatedGateway:
    """The provider. `clock` gives its time; `fates` may be scripted instead of drawn."""

    clock: Callable[[], Instant]
    seed: int = 1
    odds: Odds = field(default_factory=Odds)
    fates: Fates | None = None
    accounts: dict[str, Account] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    _results: dict[str, Result] = field(default_factory=dict)
    _asked: dict[str, tuple[Money, str]] = field(default_factory=dict)
    _agenda: list[tuple[Instant, int, str, bool]] = field(default_factory=list)
    _scheduled: int = 0

    def authorize(self, key: str, amount: Money, token: str) -> Result:
        """Set an amount aside, or ask the customer to confirm it."""
        self._asked[key] = (amount, token)
        return self._once(key, "authorize", lambda fate: self._authorize(key, fate))

    def capture(self, key: str, provider_ref: str, amount: Money) -> Result:
        """Take a part of what is set aside."""
        return self._once(key, "capture", lambda fate: self._capture(provider_ref, amount, fate))

    def void(self, key: str, provider_ref: str) -> Result:
        """Let go of the rest."""
        return self._once(key, "void", lambda fate: self._void(provider_ref, fate))

    def refund(self, key: str, provider_ref: str, amount: Money) -> Result:
        """Give back a part of what was taken."""
        return self._once(key, "refund", lambda fate: self._refund(provider_ref, amount, fate))

    def query(self, key: str, provider_ref: str = "") -> Result | None:
        """Say what became of a key. Even this answer may be lost."""
        del provider_ref  # This gateway finds everything by its key.
        self.calls[f"query {key}"] += 1
        draw = self._random("query", key, str(self.calls[f"query {key}"]))
        if draw.randrange(1_000) < self.odds.query_unheard:
            raise ProviderTimeout(f"no answer to the query of {key}")
        return self._results.get(key)

    def _once(self, key: str, operation: str, perform: Callable[[Fate], Result]) -> Result:
        self.calls[key] += 1
        known = self._results.get(key)
        if known is not None:
            return known
        fate = (self.fates or seeded_fates(self.seed, self.odds))(key, operation)
        if fate is Fate.LOST and self.calls[key] == 1:
            raise ProviderTimeout(f"the request {key} did not arrive")
        result = self._results[key] = perform(fate)
        if isinstance(result, ActionRequired):
            self._schedule(self._minutes("customer", key, 2, 40), key, acts=True)
        else:
            self._send(key)
        if fate is Fate.DONE_UNHEARD:
            raise ProviderTimeout(f"the answer to {key} was lost")
        return result

    def _authorize(self, key: str, fate: Fate) -> Result:
        if fate is Fate.REFUSED:
            return Failed("declined_by_issuer")
        if fate is Fate.ACTION:
            return ActionRequired(f"https://gateway.example/3ds/{self._ref(key)}")
        return self._set_aside(key)

    def _set_aside(self, key: str) -> Result:
        amount, _ = self._asked[key]
        expires_at = Instant(self.clock() + LIFETIME_DAYS * DAY)
        payment_id = key.partition(":authorize:")[0]
        self.accounts[self._ref(key)] = Account(
            payment_id, amount.currency, amount.amount_minor, expires_at
        )
        return Succeeded(self._ref(key), expires_at)

    def _ref(self, key: str) -> str:
        return f"sim-{self._random('ref', key).getrandbits(60):015x}"

    def _capture(self, ref: str, amount: Money, fate: Fate) -> Result:
        account = self.accounts.get(ref)
        if fate is Fate.REFUSED:
            return Failed("insufficient_funds")
        if account is None or account.voided or account.currency != amount.currency:
            return Failed("no_such_authorization")
        if self.clock() > account.expires_at:
            return Failed("authorization_expired")
        if amount.amount_minor > account.authorized_minor - account.captured_minor:
            return Failed("amount_too_large")
        account.captured_minor += amount.amount_minor
        return Succeeded(ref)

    def _void(self, ref: str, fate: Fate) -> Result:
        account = self.accounts.get(ref)
        if fate is Fate.REFUSED or account is None:
            return Failed("not_voidable")
        account.voided = True
        return Succeeded(ref)

    def _refund(self, ref: str, amount: Money, fate: Fate) -> Result:
        account = self.accounts.get(ref)
        if fate is Fate.REFUSED:
            return Failed("account_closed")
        if account is None or account.currency != amount.currency:
            return Failed("no_such_capture")
        if amount.amount_minor > account.captured_minor - account.refunded_minor:
            return Failed("amount_too_large")
        account.refunded_minor += amount.amount_minor
        return Succeeded(ref)

    @property
    def next_due(self) -> Instant | None:
        """When the gateway will next do something by itself; None if it will not."""
        return self._agenda[0][0] if self._agenda else None

    def messages(self, now: Instant) -> Iterator[tuple[Instant, Command]]:
        """Yield what the gateway has sent by `now`, with the time; the order is of arrival."""
        while self._agenda and self._agenda[0][0] <= now:
            due_at, _, key, acts = heappop(self._agenda)
            if acts:
                self._customer_acts(key)
            else:
                yield due_at, report(key, self._results[key])

    def _customer_acts(self, key: str) -> None:
        draw = self._random("acts", key).randrange(1_000)
        if draw < self.odds.action_abandoned:
            return
        failed = draw < self.odds.action_abandoned + self.odds.action_failed
        self._results[key] = Failed("action_failed") if failed else self._set_aside(key)
        self._send(key)

    def _send(self, key: str) -> None:
        """Plan the gateway's own messages about a key: none, one, or several, at any time."""
        draw = self._random("send", key)
        if draw.randrange(1_000) < self.odds.message_none:
            return
        copies = 1 + (draw.randrange(1_000) < self.odds.message_again) * draw.randint(1, 3)
        for _ in range(copies):
            self._schedule(draw.randint(0, self.odds.message_minutes_max), key, acts=False)

    def _minutes(self, purpose: str, key: str, low: int, high: int) -> int:
        return self._random(purpose, key).randint(low, high)

    def _schedule(self, minutes: int, key: str, *, acts: bool) -> None:
        self._scheduled += 1
        due_at = Instant(self.clock() + minutes * MINUTE)
        heappush(self._agenda, (due_at, self._scheduled, key, acts))

    def _random(self, *words: str) -> Random:
        return Random("|".join((str(self.seed), *words)))  # noqa: S311  (a game, not a secret)
