"""Rules of renewal: what is set aside for an order stays so for as long as it has goods to send.

A tender is not asked for longer, but another for what is left of it. So each has one authorization,
and what was charged to a tender is taken from it, and given back to it, whatever follows.
"""

from __future__ import annotations

from itertools import count

from oms_core.domain.order import commands, events
from oms_core.domain.order.checks import require_placed
from oms_core.domain.order.onward import Events, advance, after
from oms_core.domain.order.state import RENEWAL, Order, Phase, due_tenders, is_collected
from oms_core.kernel.calendar import date_of

RENEWALS_MAX = 20
"""So often a tender is renewed; then it lapses."""


def renew(command: commands.RenewTender, order: Order) -> Events:
    """Ask for what is not charged to a tender, under another name, once; if there is any left."""
    require_placed(order)
    set_aside = sum(tender.amount_minor for tender in order.tenders)
    left = due_tenders(order.tenders, order.charged_minor, set_aside)
    asked = (t for t in left if t.payment_id == command.payment_id and is_collected(t))
    tender = next(asked, None)
    if order.phase is not Phase.PLACED or tender is None or _is_asked_for(order, tender):
        return
    name = _next_name(order, tender.payment_id)
    if name:
        yield events.TenderRenewalRequested(
            command.order_id,
            tender.payment_id,
            events.Tender(name, tender.method, tender.amount_minor, tender.token),
            order.terms.currency,
            command.pay_by,
        )


def _is_asked_for(order: Order, tender: events.Tender) -> bool:
    return any(renewal.payment_id == tender.payment_id for renewal in order.renewals.values())


def _next_name(order: Order, payment_id: str) -> str:
    """Return the first free one of the names that follow: `web:1/p1~2` after `web:1/p1`.

    There is none after the last that may be.
    """
    root, _, number = payment_id.rpartition("~")
    if not root or not number.isdecimal():
        root, number = payment_id, "1"
    taken = set(order.payments)
    numbers = (n for n in count(int(number) + 1) if f"{root}~{n}" not in taken)
    following = next(numbers)
    return f"{root}~{following}" if following <= RENEWALS_MAX else ""


def record_renewal(order: Order, renewal_id: str) -> Events:
    """Let a tender take the place of the one that lapses; a hold because of it is over."""
    if order.phase is not Phase.PLACED:
        return
    terms, payment_id = order.terms, order.renewals[renewal_id].payment_id
    renewed = events.TenderRenewed(terms.order_id, payment_id, renewal_id)
    order = yield from after(order, (renewed,))
    hold_id = f"{RENEWAL}{renewal_id}"
    if order.holds.get(hold_id):
        resolved = events.HoldResolved(terms.order_id, hold_id, "authorized after all")
        order = yield from after(order, (resolved,))
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
        f"{payment_id} lapses on {date_of(renewal.pay_by)} and cannot be authorized anew: {reason}",
    )
