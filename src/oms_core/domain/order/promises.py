"""Rules of promises: what stands in the way of one when its day is near, or over."""

from __future__ import annotations

from collections.abc import Iterator

from oms_core.domain.order import commands, events
from oms_core.domain.order.checks import require_placed
from oms_core.domain.order.events import Blocked, Obstacle
from oms_core.domain.order.onward import Events
from oms_core.domain.order.state import Order, is_goods


def review(command: commands.ReviewPromise, order: Order) -> Events:
    """Say once for each moment that was waited for what has not left, and why.

    An order that is over says so as well: somebody has waited although nothing is left to send.
    """
    require_placed(order)
    seen = order.reviewed == (command.ship_by, command.due_at)
    if 0 < command.due_at <= command.at and not seen:
        yield events.PromiseReviewed(
            command.order_id,
            command.ship_by,
            command.due_at,
            command.at,
            order.goods_open,
            tuple(obstacles(order)) if order.goods_open else (),
        )


def obstacles(order: Order) -> Iterator[Obstacle]:
    """Yield what keeps goods from leaving, what has to be dealt with first before the rest.

    A hold keeps those back that are not released yet, if it blocks that: no others, and no more.
    """
    goods = [line for line in order.lines.values() if is_goods(line.terms)]
    unreleased = any(line.unreserved or line.backordered or line.reserved for line in goods)
    standing = {
        Obstacle.HOLD: unreleased and order.blocks(Blocked.RELEASE),
        Obstacle.PAYMENT: bool(order.awaiting),
        Obstacle.SUPPLY: any(line.backordered for line in goods),
        Obstacle.STOCK: any(line.unreserved for line in goods),
        Obstacle.WAREHOUSE: any(line.released or line.allocated for line in goods),
    }
    found = [obstacle for obstacle, stands in standing.items() if stands]
    yield from found or [Obstacle.UNKNOWN]
