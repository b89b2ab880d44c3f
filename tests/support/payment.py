"""A payment in plain words: one card tender of 1000 cents, or the same in cash."""

from __future__ import annotations

from collections.abc import Iterable

from oms_core.domain.payment import commands, events
from oms_core.domain.payment.commands import Outcome, Step
from oms_core.domain.payment.decider import payment
from oms_core.domain.payment.events import Method
from oms_core.domain.payment.state import Payment
from oms_core.kernel import Command, Event, Instant, Rejected

ORDER = "web:1001"
PAYMENT = f"{ORDER}/card"
ASK = commands.RequestAuthorization(
    PAYMENT, ORDER, Method.CARD, 1000, "EUR", "tok-1", Instant(5_000)
)
ASK_CASH = commands.RequestAuthorization(PAYMENT, ORDER, Method.CASH, 1000, "EUR", "")
CLOSE = commands.ClosePayment(PAYMENT)


def authorized(outcome: Outcome = Outcome.SUCCEEDED, detail: str = "") -> Command:
    """The provider answers the authorization; a success lasts until 9000."""
    expires_at = Instant(9_000) if outcome is Outcome.SUCCEEDED else Instant(0)
    return commands.ReportAuthorization(PAYMENT, outcome, "ref-1", detail, expires_at)


def take(name: str, amount_minor: int) -> commands.RequestCapture:
    """A parcel has left: take a part."""
    return commands.RequestCapture(PAYMENT, name, amount_minor)


def taken(name: str, outcome: Outcome = Outcome.SUCCEEDED) -> commands.ReportCapture:
    """The provider answers a capture."""
    return commands.ReportCapture(PAYMENT, name, outcome, "why")


def give_back(name: str, amount_minor: int) -> commands.RequestRefund:
    """A return has come: give a part back."""
    return commands.RequestRefund(PAYMENT, name, amount_minor, "return")


def given_back(name: str, outcome: Outcome = Outcome.SUCCEEDED) -> commands.ReportRefund:
    """The provider answers a refund."""
    return commands.ReportRefund(PAYMENT, name, outcome, "why")


def let_go(outcome: Outcome = Outcome.SUCCEEDED, name: str = "close") -> commands.ReportVoid:
    """The provider answers that it lets go of the rest."""
    return commands.ReportVoid(PAYMENT, name, outcome, "why")


def by_card(step: Step, intent_id: str = "") -> commands.RecordCardAnswer:
    """A gift card of ours answers."""
    card_id = "G1" if step is Step.AUTHORIZATION else ""
    return commands.RecordCardAnswer(PAYMENT, step, Outcome.SUCCEEDED, intent_id, card_id)


def charge_back(name: str, amount_minor: int) -> commands.ReportChargeback:
    """The customer's bank takes money back."""
    return commands.ReportChargeback(PAYMENT, name, amount_minor, "fraud")


def expire(now: int) -> commands.ExpireAuthorization:
    """An alarm rings."""
    return commands.ExpireAuthorization(PAYMENT, Instant(now))


def told(*wishes: Command) -> tuple[Event, ...]:
    """Return all that happens when the payment is told these things; none may be refused."""
    log: list[Event] = []
    state = payment.initial
    for command in wishes:
        happened = tuple(payment.decide(command, state))
        log.extend(happened)
        for event in happened:
            state = payment.evolve(state, event)
    return tuple(log)


def attempted(state: Payment, command: Command) -> tuple[Event, ...]:
    """Return what the command leads to: nothing if it is refused."""
    try:
        return tuple(payment.decide(command, state))
    except Rejected:
        return ()


def summed(log: Iterable[Event], *kinds: type[Event]) -> int:
    """Return the sum of the amounts of the events of these kinds."""
    return sum(getattr(event, "amount_minor") for event in log if isinstance(event, kinds))  # noqa: B009


HARMFUL = (events.CaptureRequested, events.CaptureSucceeded)
