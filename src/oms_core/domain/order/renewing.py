"""Rules of renewal: what is set aside for an order stays so for as long as it has goods to send.

A tender is not asked for longer, but another for what is left of it. So each has one authorization,
and what was charged to a tender is taken from it, and given back to it, whatever follows.
"""

from __future__ import annotations

from msgspec.structs import replace

from oms_core.domain.order import commands, events
from oms_core.domain.order.checks import require_open, require_placed
from oms_core.domain.order.onward import Events, advance, after
from oms_core.domain.order.state import (
    RENEWAL,
    Order,
    Phase,
    Renewal,
    due_tenders,
)
from oms_core.kernel import Instant, Rejected
from oms_core.kernel.calendar import date_of

RENEWALS_MAX = 20
"""So often a tender is asked for anew, by whichever cards; then it lapses."""

NUMBER_MAX = RENEWALS_MAX + 1
"""The number in the last name, as the first renewal is `~2`."""


AT_ONCE = frozenset({events.TenderMethod.ACCOUNT, events.TenderMethod.CASH})
"""How a tender is paid whose amount nobody sets aside for a while."""


class NothingToRenew(Rejected):
    """There is nothing of the tender that another card could be asked for."""

    code = "order.nothing_to_renew"
    remedy = "Name a tender of the order, by card or gift card, that is not wholly charged."


class StillAsked(Rejected):
    """The tender itself is not certain yet."""

    code = "order.still_asked"
    remedy = "Wait for the provider's answer, or cancel the order."


class AskedTooOften(Rejected):
    """All the names that follow that of a tender are taken."""

    code = "order.asked_too_often"
    remedy = "Let the tender be charged or lapse, and place what is left as an order of its own."


class CardDeclined(Rejected):
    """The card was asked for the tender before, and said no."""

    code = "order.card_declined"
    remedy = "Name another card; if this one says yes later, its provider will tell."


class NoCard(Rejected):
    """Nobody could be asked."""

    code = "order.no_card"
    remedy = "Give the token that the provider has for the other card."


def renew(command: commands.RenewTender, order: Order) -> Events:
    """Ask for what is not charged to a tender, under another name, once; if there is any left."""
    require_placed(order)
    tender = _left_of(order, command.payment_id)
    if order.phase is Phase.PLACED and tender is not None and not _asked(order, tender.payment_id):
        yield from _ask(order, tender, command.pay_by)


def replace_card(command: commands.ReplaceTender, order: Order) -> Events:
    """Ask another card for what is not charged to a tender, once for each card."""
    require_open(order)
    if not command.token:
        raise NoCard("token is empty.")
    for name, renewal in _asked(order, command.payment_id):
        if renewal.tender.token == command.token:
            if renewal.declined:
                raise CardDeclined(f"token was declined as payment_id {name!r}.")
            return
    if command.payment_id in order.awaiting:
        raise StillAsked(f"payment_id {command.payment_id!r} is awaited.")
    tender = _left_of(order, command.payment_id)
    if tender is None:
        if any(t.token == command.token for t in order.tenders):
            return
        raise NothingToRenew(f"payment_id {command.payment_id!r} has nothing left for a card.")
    if not _next_name(order, tender.payment_id):
        raise AskedTooOften(
            f"payment_id {command.payment_id!r}: no name after it is free, up to ~{NUMBER_MAX}."
        )
    yield from _ask(order, replace(tender, token=command.token), command.pay_by)


def _left_of(order: Order, payment_id: str) -> events.Tender | None:
    """Return what is not charged to a tender; nothing if its provider need not be asked."""
    set_aside = sum(tender.amount_minor for tender in order.tenders)
    left = due_tenders(order.tenders, order.charged_minor, set_aside)
    return next((t for t in left if t.payment_id == payment_id and t.method not in AT_ONCE), None)


def _asked(order: Order, payment_id: str) -> list[tuple[str, Renewal]]:
    """Return the renewals of a tender that are asked for, by name."""
    return [entry for entry in sorted(order.renewals.items()) if entry[1].payment_id == payment_id]


def _ask(order: Order, tender: events.Tender, pay_by: Instant) -> Events:
    """Ask for a tender under the name that follows its own, if there still is one."""
    if name := _next_name(order, tender.payment_id):
        yield events.TenderRenewalRequested(
            order.terms.order_id,
            tender.payment_id,
            replace(tender, payment_id=name),
            order.terms.currency,
            pay_by,
        )


def _next_name(order: Order, payment_id: str) -> str:
    """Return the first of the names that follow and never was one: `web:1/p1~2` after `web:1/p1`.

    A renewal that was dropped keeps its name: its payment is closed. There is none after the last
    that may be.
    """
    root, _, number = payment_id.rpartition("~")
    if not root or not number.isdecimal():
        root, number = payment_id, "1"
    taken = set(order.payments)
    names = (f"{root}~{n}" for n in range(int(number) + 1, NUMBER_MAX + 1))
    free = (n for n in names if n not in taken and f"tender:{n}" not in order.documents)
    return next(free, "")


def record_renewal(order: Order, renewal_id: str) -> Events:
    """Let a tender take the place of the one that lapses; a hold because of it is over."""
    if order.phase is not Phase.PLACED:
        return
    order_id, payment_id = order.terms.order_id, order.renewals[renewal_id].payment_id
    asked = tuple(name for name, _ in _asked(order, payment_id))
    dropped = tuple(name for name in asked if name != renewal_id)
    renewed = events.TenderRenewed(order_id, payment_id, renewal_id, dropped)
    order = yield from after(order, (renewed,))
    holds = [hold_id for name in asked if order.holds.get(hold_id := f"{RENEWAL}{name}")]
    for hold_id in holds:
        resolved = events.HoldResolved(order_id, hold_id, f"{renewal_id} is authorized")
        order = yield from after(order, (resolved,))
    if holds:
        yield from advance(order)


def record_no_renewal(order: Order, renewal_id: str, reason: events.CancellationReason) -> Events:
    """Hold what is not released yet: somebody must see to it before the tender itself lapses."""
    renewal = order.renewals[renewal_id]
    if order.phase is not Phase.PLACED or renewal.declined:
        return
    terms, payment_id = order.terms, renewal.payment_id
    yield events.TenderRenewalDeclined(terms.order_id, payment_id, renewal_id, reason)
    yield events.OrderHeld(
        terms.order_id,
        f"{RENEWAL}{renewal_id}",
        events.HoldKind.PAYMENT,
        (events.Blocked.RELEASE,),
        f"{payment_id} cannot be authorized anew: {reason}; it lapses{_when(renewal.pay_by)}",
    )


def _when(moment: Instant) -> str:
    return f" on {date_of(moment)}" if moment else " by itself"
