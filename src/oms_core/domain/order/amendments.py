"""Rules of change after placement: proposed, priced, confirmed or declined.

A proposal changes nothing. What is confirmed is exactly what was shown: if the order has moved on
so that the same change would mean something else, it is refused with what is different. A change
that costs more than is set aside waits until the rest is certain, and then happens as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from oms_core.domain.order import commands, events
from oms_core.domain.order.cancellation import line_cancelled, parcels_proceed
from oms_core.domain.order.checks import require_placed
from oms_core.domain.order.onward import Events, Steps, advance, after, settle
from oms_core.domain.order.placement import tender_refusals
from oms_core.domain.order.previewing import preview
from oms_core.domain.order.state import Order, Proposal, needs_authorization
from oms_core.kernel import Rejected

PROPOSALS_MAX = 10


class UnknownChange(Rejected):
    """Nobody has proposed this change."""

    code = "order.unknown_change"
    remedy = "Propose the change first, and use its change_id."


class ChangeReused(Rejected):
    """Another change of the order has this name."""

    code = "order.change_reused"
    remedy = "Give the new proposal a change_id of its own."


class ChangeClosed(Rejected):
    """The change was decided otherwise."""

    code = "order.change_closed"
    remedy = "Propose the change again under another change_id."


class ChangeOutdated(Rejected):
    """The order has moved on: the change would not be what was shown."""

    code = "order.change_outdated"
    remedy = "Propose the change again, look at the new preview, and confirm that."


class ChangeExpired(Rejected):
    """The proposal was valid for a time that is over."""

    code = "order.change_expired"
    remedy = "Propose the change again."


class TooManyChanges(Rejected):
    """Too many proposals are open."""

    code = "order.too_many_changes"
    remedy = "Confirm or decline one of the open proposals first."


class UnfitTender(Rejected):
    """The tenders do not pay what is missing."""

    code = "order.unfit_tender"
    remedy = "Name tenders that add up to authorize_minor of the preview, each under a new name."


class EmptyValidity(Rejected):
    """The proposal would lapse before it is made."""

    code = "order.empty_validity"
    remedy = "Give a valid_until that is later than proposed_at."


def propose(command: commands.ProposeChange, order: Order) -> Events:
    """Show what a change would mean. It is kept for as long as it is valid, and changes nothing."""
    require_placed(order)
    if f"change:{command.change_id}" in order.documents:
        return
    if known := order.proposals.get(command.change_id):
        if _wish(known.change) != _wish(command):
            raise ChangeReused(f"change_id {command.change_id!r} is another proposal's.")
        return
    if len(order.proposals) >= PROPOSALS_MAX:
        raise TooManyChanges(f"{len(order.proposals)} proposals are open.")
    if command.valid_until <= command.proposed_at:
        raise EmptyValidity(f"valid_until is {command.valid_until}.")
    yield events.ChangeProposed(
        command.order_id,
        command.change_id,
        order.terms.currency,
        command.reductions,
        command.added,
        command.ship_to,
        preview(command, order),
        command.proposed_at,
        command.valid_until,
        command.note,
    )


def confirm(command: commands.ConfirmChange, order: Order) -> Events:
    """Let a proposal happen as it was shown, at once or when what is missing is certain."""
    require_placed(order)
    if f"confirmed:{command.change_id}" in order.documents:
        return
    proposal = _open_proposal(command.change_id, order)
    if proposal.tenders:
        if proposal.tenders != command.tenders:
            raise UnfitTender(f"tenders are asked for already: {_named(proposal.tenders)}.")
        return
    change = proposal.change
    if command.confirmed_at >= change.valid_until:
        raise ChangeExpired(f"change_id {command.change_id!r} was valid until before.")
    if moved := _moved_on(change, order):
        raise ChangeOutdated(f"change_id {command.change_id!r}: {moved}.")
    _check_tenders(command, change, order)
    if any(needs_authorization(tender) for tender in command.tenders):
        yield events.ChangePaymentRequested(
            command.order_id,
            command.change_id,
            order.terms.currency,
            command.tenders,
            change.valid_until,
        )
    else:
        yield from _apply(change, command.tenders, order)


def decline(command: commands.DeclineChange, order: Order) -> Events:
    """Drop a proposal; the order is as it was."""
    require_placed(order)
    if f"declined:{command.change_id}" not in order.documents:
        proposal = _open_proposal(command.change_id, order)
        yield _declined(proposal, events.ChangeEnd.CUSTOMER, command.reason)


def expire(command: commands.ExpireChange, order: Order) -> Events:
    """Drop a proposal that nobody has confirmed in time; too early, it does nothing."""
    require_placed(order)
    proposal = order.proposals.get(command.change_id)
    if proposal is not None and command.now >= proposal.change.valid_until:
        yield _declined(proposal, events.ChangeEnd.EXPIRED, "")


def record_payment(order: Order, proposal: Proposal, payment_id: str) -> Events:
    """Let a change happen once all that it lacked is certain, if it still means what was shown."""
    certain = proposal.certain | {payment_id}
    missing = {tender.payment_id for tender in proposal.tenders if needs_authorization(tender)}
    if missing - certain:
        change_id = proposal.change.change_id
        yield events.ChangePaymentSecured(order.terms.order_id, change_id, payment_id)
    elif moved := _moved_on(proposal.change, order):
        yield _declined(proposal, events.ChangeEnd.OUTDATED, moved)
    else:
        yield from _apply(proposal.change, proposal.tenders, order)


def record_no_payment(proposal: Proposal, reason: events.CancellationReason) -> Events:
    """Drop a change whose payment has failed; the order is as it was."""
    yield _declined(proposal, events.ChangeEnd.PAYMENT, reason.value)


def proposal_of(order: Order, payment_id: str) -> Proposal | None:
    """Return the proposal that a payment is for, if it is for one."""
    for proposal in order.proposals.values():
        if any(tender.payment_id == payment_id for tender in proposal.tenders):
            return proposal
    return None


def _open_proposal(change_id: str, order: Order) -> Proposal:
    proposal = order.proposals.get(change_id)
    if proposal is not None:
        return proposal
    if f"change:{change_id}" in order.documents:
        raise ChangeClosed(f"change_id {change_id!r} was decided.")
    raise UnknownChange(f"change_id {change_id!r} was never proposed.")


def _wish(change: commands.ProposeChange | events.ChangeProposed) -> tuple[object, ...]:
    return (change.reductions, change.added, change.ship_to, change.valid_until)


def _named(tenders: tuple[events.Tender, ...]) -> str:
    return ", ".join(tender.payment_id for tender in tenders) or "none"


def _moved_on(change: events.ChangeProposed, order: Order) -> str:
    """Say what the order has become that makes the change another one; nothing if it is the same.

    What was shown is compared with what would be shown now, field by field.
    """
    try:
        now = preview(change, order)
    except Rejected as refusal:
        return f"it cannot be done any more, {refusal.detail.rstrip('.')}"
    then = change.preview
    differing = [
        f"{field} was {getattr(then, field)} and is {getattr(now, field)}"
        for field in ("revision", "net_minor", "tax_minor", "authorize_minor", "release_minor")
        if getattr(then, field) != getattr(now, field)
    ]
    return ", ".join(differing)


def _check_tenders(
    command: commands.ConfirmChange, change: events.ChangeProposed, order: Order
) -> None:
    paid = sum(tender.amount_minor for tender in command.tenders)
    missing = change.preview.authorize_minor
    if paid != missing:
        raise UnfitTender(f"tenders of {paid} do not add up to the {missing} that are missing.")
    taken = {tender.payment_id for tender in order.tenders}
    taken |= {t.payment_id for other in order.proposals.values() for t in other.tenders}
    for refusal in tender_refusals(command.tenders, order.terms.order_id, taken):
        raise UnfitTender(f"tenders: {refusal.detail}")
    if any(tender.terms for tender in command.tenders):
        raise UnfitTender("tenders on terms are for whole orders.")


def _apply(
    change: events.ChangeProposed, tenders: tuple[events.Tender, ...], order: Order
) -> Iterator[events.OrderEvent]:
    """Add the new lines, take the address, give up what is not wanted, and go on."""
    terms = order.terms
    confirmed = events.ChangeConfirmed(
        terms.order_id,
        terms.customer_id,
        change.change_id,
        terms.channel,
        terms.on_shortage,
        terms.currency,
        change.added,
        change.ship_to if change.ship_to.country else order.ship_to,
        tenders,
        change.preview,
    )
    order = yield from after(order, (confirmed,))
    order = yield from _reduce(change, order)
    order = yield from parcels_proceed(order)
    yield from settle(order)
    yield from advance(order)


def _reduce(change: events.ChangeProposed, order: Order) -> Steps:
    reason = events.CancellationReason.CUSTOMER
    for part in change.preview.reduced:
        name = f"change:{change.change_id}:{part.line_id}"
        line = order.lines[part.line_id]
        order = yield from after(order, (line_cancelled(order, line, part.quantity, reason, name),))
    return order


def _declined(proposal: Proposal, end: events.ChangeEnd, detail: str) -> events.ChangeDeclined:
    change = proposal.change
    payments = tuple(t.payment_id for t in proposal.tenders if needs_authorization(t))
    return events.ChangeDeclined(change.order_id, change.change_id, end, detail, payments)
