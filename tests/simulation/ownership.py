"""What it means that an order has an owner: somebody is named who has to act, and by when.

Nothing is silently forgotten: whatever of an order is open is somebody's. A hold is a person's, a
parked message that of whoever mends it. Else the order waits for a named partner with a date: the
provider or the customer for a payment, a warehouse for a parcel, purchasing for goods that are
queued for. That partner must know: what an order waits for and nobody was asked for is an orphan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from oms_core.domain.fulfilment.decider import OPEN
from oms_core.domain.order.events import TenderMethod
from oms_core.domain.order.state import Order, Phase, is_goods
from oms_core.domain.payment.state import PENDING, Standing
from oms_core.kernel import Instant
from oms_core.kernel.identity import account_of

DAY = 24 * 3_600 * 1_000_000
PATIENCE = 30 * DAY
"""So long after its placement an order waits for what has no date of its own."""

ENDED = frozenset({Phase.UNKNOWN, Phase.REJECTED, Phase.COMPLETED, Phase.CANCELLED})


class Owner(NamedTuple):
    """Who has to act, on what, and by when; a person who looks at a hold has no date."""

    who: str
    what: str
    due_at: Instant = Instant(0)


class Shop(NamedTuple):
    """What is known of a shop: its states by stream, what is parked, and what is being asked.

    `asking` are the keys of the requests to the payment provider that have no final answer yet.
    """

    states: Mapping[str, Any]
    parked: AbstractSet[str] = frozenset()
    asking: AbstractSet[str] = frozenset()


class Care(NamedTuple):
    """Who takes care of an order, and what of it nobody does."""

    owners: tuple[Owner, ...]
    orphans: tuple[str, ...]

    @property
    def is_taken(self) -> bool:
        """Whether somebody has to act, and nothing is left out."""
        return bool(self.owners) and not self.orphans


Found = Iterator[Owner | str]
"""Owners, and the names of orphans."""


def care(order_id: str, shop: Shop) -> Care | None:
    """Return who takes care of an order; None if it has ended or never began."""
    order: Order = shop.states[f"order:{order_id}"]
    if order.phase in ENDED:
        return None
    found = [
        *_parked(order_id, shop),
        *_held(order),
        *_unpaid(order, shop),
        *_queued(order, shop),
        *_sending(order, shop),
        *_unplanned(order),
    ]
    return Care(
        tuple(entry for entry in found if isinstance(entry, Owner)),
        tuple(entry for entry in found if isinstance(entry, str)),
    )


def _parked(order_id: str, shop: Shop) -> Found:
    for stream in sorted(shop.parked):
        if stream.partition(":")[2].startswith(order_id):
            yield Owner("whoever mends it", f"a message for {stream}")


def _held(order: Order) -> Found:
    for hold_id, blocks in order.holds.items():
        if blocks:
            yield Owner("staff", f"hold {hold_id}")


def _unpaid(order: Order, shop: Shop) -> Found:
    terms = order.terms
    for tender in terms.tenders:
        name = tender.payment_id
        if name not in order.awaiting:
            continue
        if tender.method is TenderMethod.ACCOUNT:
            account = shop.states.get(f"account:{account_of(terms.customer_id, terms.currency)}")
            waits = account is not None and account.request(terms.order_id) is not None
            yield Owner("staff", f"credit for {name}") if waits else f"credit for {name}"
            continue
        payment = shop.states.get(f"payment:{name}")
        if payment is None or payment.standing not in PENDING:
            if not any(order.holds.values()):
                yield f"{name}: nobody is asked for it"
        elif terms.pay_by:
            asked = payment.standing is Standing.ACTION_REQUIRED
            yield Owner("the customer" if asked else "the provider", name, terms.pay_by)
        elif f"{name}:authorize:1" in shop.asking:
            yield Owner("the provider", name, Instant(terms.placed_at + PATIENCE))
        else:
            yield f"{name}: nobody asks any more, and there is no date"


def _queued(order: Order, shop: Shop) -> Found:
    """Name who has to find goods, and by when: when supply is due, or money set aside lapses."""
    held = any(order.holds.values())
    for line_id, line in sorted(order.lines.items()):
        stock = shop.states.get(f"stock:{line.terms.item_id}")
        if line.unreserved and not held:
            yield f"{line_id}: {line.unreserved} units that nobody looks for"
        if not line.backordered:
            continue
        queued = stock.backorders.get(line_id) if stock else None
        if queued is None or queued.quantity != line.backordered:
            yield f"{line_id}: {line.backordered} units that are in no queue"
            continue
        dates = [supply.due_at for supply in stock.expected.values()]
        dates += [
            payment.expires_at
            for tender in order.terms.tenders
            if (payment := shop.states.get(f"payment:{tender.payment_id}")) and payment.expires_at
        ]
        due_at = min(dates, default=Instant(order.terms.placed_at + PATIENCE))
        yield Owner("purchasing", f"{line.backordered} units for {line_id}", due_at)


def _sending(order: Order, shop: Shop) -> Found:
    due_at = order.terms.ship_by or Instant(order.terms.placed_at + PATIENCE)
    for name, parcel in sorted(order.parcels.items()):
        fulfilment = shop.states.get(f"fulfilment:{name}")
        if parcel.planned or fulfilment is None or fulfilment.stage not in OPEN:
            yield f"{name}: no warehouse has it"
        else:
            yield Owner(f"warehouse {parcel.location_id}", name, due_at)


def _unplanned(order: Order) -> Found:
    if any(order.holds.values()):
        return
    for line_id, line in sorted(order.lines.items()):
        if is_goods(line.terms) and order.unplanned(line_id):
            yield f"{line_id}: {line.released} units that go nowhere"
