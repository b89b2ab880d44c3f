"""Flagging: orders that deserve special care get a code that names them on every document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter

from oms_core.domain.customer import commands as customer
from oms_core.domain.customer.events import VipOrderNoted
from oms_core.domain.flagcode import commands as flagcode
from oms_core.domain.flagcode.events import FlagCodeIssued
from oms_core.domain.order import commands as order
from oms_core.domain.order.events import (
    FlagKind,
    FlagRequested,
    OrderCompleted,
    OrderPlaced,
    Purpose,
)
from oms_core.kernel import Command, Event, Process
from oms_core.policies.config import Policies

REGISTER = "store"
"""The one register of codes: they are unique because a single stream issues them."""

BY_PURPOSE = {Purpose.REPLACEMENT: FlagKind.REPLACEMENT, Purpose.GIFT: FlagKind.GIFT}


def flagging(policies: Policies) -> Process[None]:
    """Return the process that knows from what spend on a customer is a VIP."""

    def react(event: Event, memory: None) -> Iterator[Command | Event]:
        del memory
        match event:
            case OrderPlaced(order_id=order_id, customer_id=customer_id, purpose=purpose):
                yield customer.NoteOrder(customer_id, order_id)
                if purpose in BY_PURPOSE:
                    yield order.RequestFlag(order_id, BY_PURPOSE[purpose])
            case VipOrderNoted(_, order_id):
                yield order.RequestFlag(order_id, FlagKind.VIP)
            case FlagRequested(order_id, kind):
                yield flagcode.IssueFlagCode(REGISTER, order_id, kind.value)
            case FlagCodeIssued(order_id=order_id, kind=issued_for, code=code):
                yield order.FlagOrder(order_id, FlagKind(issued_for), code)
            case OrderCompleted(order_id, customer_id, shipped_minor, currency):
                yield customer.RecordSpend(
                    customer_id, order_id, shipped_minor, currency, policies.vip_mark(currency)
                )

    by_order: Callable[[Event], str] = attrgetter("order_id")
    return Process(
        "flagging",
        dict.fromkeys(
            (OrderPlaced, VipOrderNoted, FlagRequested, FlagCodeIssued, OrderCompleted), by_order
        ),
        react,
        None,
    )
