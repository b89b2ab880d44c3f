"""Shopping: what a cart wants is set aside by stock, and what stock lacks is told to the cart."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from oms_core.domain.cart import commands as cart
from oms_core.domain.cart.events import CartDemandChanged
from oms_core.domain.stock import commands as stock
from oms_core.domain.stock import events as stocked
from oms_core.kernel import Command, Event, Process
from oms_core.policies.config import Policies


def shopping(policies: Policies) -> Process[None]:
    """Return the process that knows how many units of an item one customer may hold."""

    def react(event: Event, memory: None) -> Iterator[Command | Event]:
        del memory
        match event:
            case CartDemandChanged(cart_id, item_id, channel, customer_id, quantity, expires_at):
                yield stock.SoftReserveStock(
                    item_id,
                    cart_id,
                    channel,
                    customer_id,
                    quantity,
                    policies.cart_units_max,
                    expires_at,
                )
            case stocked.SoftReservationDeclined(item_id, cart_id, _, requested, available):
                yield cart.RecordCartShortage(cart_id, item_id, requested, available)

    return Process(
        "shopping",
        dict.fromkeys((CartDemandChanged, stocked.SoftReservationDeclined), attrgetter("cart_id")),
        react,
        None,
    )
