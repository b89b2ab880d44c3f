"""Deadlines: what lapses by itself, and when. Whoever keeps time asks for what is due."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from oms_core.domain.giftcard import events as giftcard
from oms_core.domain.invoice import events as invoice
from oms_core.domain.order import events as order
from oms_core.domain.quote import events as quote
from oms_core.domain.stock import events as stock
from oms_core.kernel import Event, Recorded
from oms_core.processes.promising import (
    PromiseBroken,
    PromiseClosed,
    PromiseEndangered,
    PromiseMade,
    PromiseMoved,
)
from projections.cart_deadlines import CARTS, SOFT
from projections.deadline import NEVER, Deadline, over
from projections.payment_deadlines import PAYMENT
from projections.rules import Change, view


def _payment_keys(event: Any) -> tuple[str]:
    return (f"authorization:{event.payment_id}",)


def _line_keys(event: Any) -> tuple[str]:
    return (f"reservation:{event.item_id}|{event.line_id}",)


def _soft_keys(event: Any) -> tuple[str]:
    return (f"soft_reservation:{event.item_id}|{event.cart_id}",)


def _cart_keys(event: Any) -> tuple[str]:
    return (f"cart:{event.cart_id}",)


def _invoice_keys(event: Any) -> tuple[str]:
    return (f"invoice:{event.invoice_id}",)


def _quote_keys(event: Any) -> tuple[str]:
    return (f"quote:{event.quote_id}",)


def _change_keys(event: Any) -> tuple[str]:
    return (f"change:{event.order_id}|{event.change_id}",)


def _promise_keys(event: Any) -> tuple[str]:
    return (f"promise:{event.order_id}",)


def _gift_card_keys(event: Any) -> tuple[str]:
    return (f"gift_card:{event.card_id}",)


NAMED = {"card_id": "gift_card", "quote_id": "quote", "invoice_id": "issue"}
"""What lapses of a document, by the field that names it."""


def blank(_: str, event: Any) -> Deadline:
    """Return something that does not lapse."""
    if type(event) in CARTS:
        return Deadline("cart", cart_id=event.cart_id)
    if type(event) in CHANGE or type(event) in PROMISE:
        change_id = getattr(event, "change_id", "")
        kind = "change" if change_id else "promise"
        return Deadline(kind, order_id=event.order_id, document_id=change_id)
    if hasattr(event, "cart_id"):
        return Deadline("soft_reservation", item_id=event.item_id, cart_id=event.cart_id)
    for field, kind in NAMED.items():
        if hasattr(event, field):
            return Deadline(kind, document_id=getattr(event, field))
    if hasattr(event, "payment_id"):
        return Deadline("authorization", payment_id=event.payment_id, order_id=event.order_id)
    return Deadline("reservation", item_id=event.item_id, line_id=event.line_id)


def _counted(
    deadline: Deadline, reserved: int = 0, awaited: int = 0, allocated: int = 0
) -> Deadline | None:
    """Add to the counts. What has no limit, or no units left, is no deadline."""
    reserved = max(0, deadline.units_reserved + reserved)
    awaited = max(0, deadline.units_awaited + awaited)
    allocated = max(0, deadline.units_allocated + allocated)
    if not deadline.limit_at or not (reserved or awaited or allocated):
        return None
    return replace(
        deadline,
        due_at=deadline.limit_at if reserved or awaited else NEVER,
        units_reserved=reserved,
        units_awaited=awaited,
        units_allocated=allocated,
    )


def reserved(deadline: Deadline, event: stock.StockReserved, _: Recorded) -> Deadline | None:
    """Let units that are set aside lapse in time; those that waited are served first."""
    deadline = replace(deadline, limit_at=deadline.limit_at or event.expires_at)
    served = min(deadline.units_awaited, event.quantity)
    return _counted(deadline, event.quantity, -served)


def backordered(deadline: Deadline, event: stock.StockBackordered, _: Recorded) -> Deadline | None:
    """Let units wait no longer than their time."""
    deadline = replace(deadline, limit_at=deadline.limit_at or event.expires_at)
    return _counted(deadline, awaited=event.quantity)


def backorder_cancelled(
    deadline: Deadline, event: stock.BackorderCancelled, _: Recorded
) -> Deadline | None:
    """Let fewer units wait."""
    return _counted(deadline, awaited=-event.quantity)


def released(
    deadline: Deadline,
    event: stock.ReservationReleased | stock.ReservationExpired,
    _: Recorded,
) -> Deadline | None:
    """Let fewer units lapse."""
    return _counted(deadline, -event.quantity)


def allocated(deadline: Deadline, event: stock.StockAllocated, _: Recorded) -> Deadline | None:
    """Let units that are tied to a location not lapse."""
    return _counted(deadline, -event.quantity, allocated=event.quantity)


def deallocated(deadline: Deadline, event: stock.StockDeallocated, _: Recorded) -> Deadline | None:
    """Let units lapse again."""
    return _counted(deadline, event.quantity, allocated=-event.quantity)


def left(
    deadline: Deadline, event: stock.StockShipped | stock.StockShorted, _: Recorded
) -> Deadline | None:
    """Forget units that are gone."""
    return _counted(deadline, allocated=-event.quantity)


def drafted(deadline: Deadline, _: invoice.InvoiceDrafted, recorded: Recorded) -> Deadline:
    """Let the draft go out at the next opportunity."""
    return replace(deadline, kind="issue", due_at=recorded.recorded_at)


def dunned(
    deadline: Deadline, event: invoice.InvoiceIssued | invoice.DunningRaised, _: Recorded
) -> Deadline | None:
    """Let the customer be reminded when it is time, unless that was the last time."""
    if not event.dun_at:
        return None
    return replace(deadline, kind="dunning", due_at=event.dun_at)


def quoted(deadline: Deadline, event: quote.QuoteIssued, _: Recorded) -> Deadline:
    """Let the offer lapse in time."""
    return replace(deadline, due_at=event.valid_until)


def proposed(deadline: Deadline, event: order.ChangeProposed, _: Recorded) -> Deadline:
    """Let a proposal that nobody confirms lapse in time."""
    return replace(deadline, due_at=event.valid_until)


CHANGE: Mapping[type[Event], Change[Deadline]] = {
    order.ChangeProposed: proposed,
    order.ChangeConfirmed: over,
    order.ChangeDeclined: over,
}


def promised(deadline: Deadline, event: PromiseMade | PromiseMoved, _: Recorded) -> Deadline | None:
    """Look at the promise when it is in jeopardy; without a date, there is nothing to look at."""
    if not event.ship_by:
        return None
    return replace(deadline, due_at=event.jeopardy_at, limit_at=event.ship_by)


def endangered(deadline: Deadline, event: PromiseEndangered, _: Recorded) -> Deadline:
    """Look at the promise once more when its day is over."""
    return replace(deadline, due_at=event.ship_by, limit_at=event.ship_by)


PROMISE: Mapping[type[Event], Change[Deadline]] = {
    PromiseMade: promised,
    PromiseMoved: promised,
    PromiseEndangered: endangered,
    PromiseBroken: over,
    PromiseClosed: over,
}


def gift_card_issued(
    deadline: Deadline, event: giftcard.GiftCardIssued, _: Recorded
) -> Deadline | None:
    """Let what is on the card lapse in time, if it does."""
    return replace(deadline, due_at=event.expires_at) if event.expires_at else None


STOCK: Mapping[type[Event], Change[Deadline]] = {
    stock.StockReserved: reserved,
    stock.StockBackordered: backordered,
    stock.BackorderCancelled: backorder_cancelled,
    stock.ReservationReleased: released,
    stock.ReservationExpired: released,
    stock.StockAllocated: allocated,
    stock.StockDeallocated: deallocated,
    stock.StockShipped: left,
    stock.StockShorted: left,
}

INVOICE: Mapping[type[Event], Change[Deadline]] = {
    invoice.InvoiceDrafted: drafted,
    invoice.InvoiceIssued: dunned,
    invoice.DunningRaised: dunned,
    invoice.InvoiceSettled: over,
    invoice.InvoiceWrittenOff: over,
    invoice.InvoiceVoided: over,
}

QUOTE: Mapping[type[Event], Change[Deadline]] = {
    quote.QuoteIssued: quoted,
    quote.QuoteAccepted: over,
    quote.QuoteDeclined: over,
    quote.QuoteExpired: over,
}

GIFT_CARD: Mapping[type[Event], Change[Deadline]] = {
    giftcard.GiftCardIssued: gift_card_issued,
    giftcard.GiftCardExpired: over,
}

deadlines = view(
    "deadlines",
    Deadline,
    blank,
    {
        **{event: (_payment_keys, change) for event, change in PAYMENT.items()},
        **{event: (_line_keys, change) for event, change in STOCK.items()},
        **{event: (_cart_keys, change) for event, change in CARTS.items()},
        **{event: (_soft_keys, change) for event, change in SOFT.items()},
        **{event: (_invoice_keys, change) for event, change in INVOICE.items()},
        **{event: (_quote_keys, change) for event, change in QUOTE.items()},
        **{event: (_change_keys, change) for event, change in CHANGE.items()},
        **{event: (_promise_keys, change) for event, change in PROMISE.items()},
        **{event: (_gift_card_keys, change) for event, change in GIFT_CARD.items()},
    },
)
