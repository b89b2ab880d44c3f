"""How proposals, and the changes that come of them, change an order."""

from __future__ import annotations

from msgspec.structs import replace
from rpds import HashTrieMap

from oms_core.domain.order import events
from oms_core.domain.order.state import Order, Proposal, begun, is_goods


def proposed(order: Order, event: events.ChangeProposed) -> Order:
    """Remember what was shown."""
    return replace(order, proposals=order.proposals.insert(event.change_id, Proposal(event)))


def payment_requested(order: Order, event: events.ChangePaymentRequested) -> Order:
    """Remember what the change waits for."""
    proposal = replace(order.proposals[event.change_id], tenders=event.tenders)
    return replace(order, proposals=order.proposals.insert(event.change_id, proposal))


def payment_secured(order: Order, event: events.ChangePaymentSecured) -> Order:
    """Wait for one tender less."""
    proposal = order.proposals[event.change_id]
    proposal = replace(proposal, certain=proposal.certain | {event.payment_id})
    return replace(order, proposals=order.proposals.insert(event.change_id, proposal))


def confirmed(order: Order, event: events.ChangeConfirmed) -> Order:
    """Let the new lines begin as those of a new order do, and take the tenders and the address."""
    goods = sum(line.quantity for line in event.added if is_goods(line))
    added = {line.line_id: begun(line) for line in event.added}
    return replace(
        order,
        lines=order.lines.update(HashTrieMap(added)),
        waiting=order.waiting + goods,
        unanswered=order.unanswered + goods,
        goods_open=order.goods_open + goods,
        open=order.open + sum(line.quantity for line in event.added),
        proposals=order.proposals.discard(event.change_id),
        revision=order.revision + 1,
        added=order.added | added.keys(),
        further=(*order.further, *event.tenders),
        moved_to=event.ship_to,
        documents=order.documents.insert(f"change:{event.change_id}").insert(
            f"confirmed:{event.change_id}"
        ),
    )


def declined(order: Order, event: events.ChangeDeclined) -> Order:
    """Forget the proposal, but not that it was decided, and which tenders it had."""
    documents = order.documents.insert(f"change:{event.change_id}").insert(
        f"declined:{event.change_id}"
    )
    for payment_id in event.payments:
        documents = documents.insert(f"tender:{payment_id}")
    return replace(order, proposals=order.proposals.discard(event.change_id), documents=documents)
