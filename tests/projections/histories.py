"""A shop's days, lived through the engine: orders of every fate, the same each time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import count

from msgspec.structs import replace

from adapters.memory import memory_environment
from adapters.memory.recorder import MemoryLog
from oms_core.domain.cart.commands import AbandonCart, ExpireCart
from oms_core.domain.customer.commands import RegisterCustomer
from oms_core.domain.fulfilment.commands import DeliverFulfilment, ShipFulfilment
from oms_core.domain.order.commands import CancelOrder, PlaceOrder, RecordReturn, ReturnLine
from oms_core.domain.order.events import (
    CancellationReason,
    Disposition,
    LineKind,
    OnShortage,
    OrderLine,
    Purpose,
    Tender,
)
from oms_core.domain.payment.commands import (
    Outcome,
    ReportAuthorization,
    ReportCapture,
    ReportRefund,
    ReportVoid,
)
from oms_core.domain.product.commands import ChangeSku, RegisterProduct
from oms_core.domain.stock.commands import CountStock, ExpireSoftReservation, SetRingFence
from oms_core.engine.application import Engine
from oms_core.engine.cause import Cause
from oms_core.kernel import Command, Instant, Recorded
from oms_core.policies.config import EUROPE_AND_ASIA, Policies
from tests.projections.records import NOON, SECOND
from tests.support.shop import checkout, placement, receipt, shopping

ITEMS = tuple(f"ITEM-{n}" for n in range(24))
BATCH = 200


def opening() -> Iterator[Command]:
    """Fill the shelves; the last item is scarce, and some of the first is kept for the till."""
    for number, item_id in enumerate(ITEMS):
        yield RegisterProduct(item_id, f"SKU-{number}", f"Thing {number}")
        yield receipt(item_id, 1_000_000 if number < len(ITEMS) - 1 else 40)
        yield receipt(item_id, 500, "LEEDS", "R2")
    yield ChangeSku(ITEMS[0], "SKU-NEW")
    yield SetRingFence(ITEMS[0], "till", 50)
    yield CountStock(ITEMS[1], "COUNT-1", "LEEDS", 497)
    for number in range(7):
        yield RegisterCustomer(f"C{number}", "FR")


def carts() -> Iterator[Command]:
    """Let four people shop: one is still there, one has left, one lapsed, and one has ordered."""
    for number in range(4):
        wanted = ((ITEMS[number], 2), (ITEMS[-1], 1 + number))
        yield from shopping(f"web:c{number}", *wanted, customer_id=f"C{number}")
    yield AbandonCart("web:c1", Instant(NOON * 2))
    yield ExpireCart("web:c2", Instant(NOON * 2))
    yield ExpireSoftReservation(ITEMS[1], "web:c1", Instant(NOON * 2))
    yield checkout("web:c3", "from-a-cart", 6_000)


def order(number: int) -> PlaceOrder:
    """Return an order of three lines and postage, with tax; the 7th, 14th, ... is a gift."""
    items = dict.fromkeys(ITEMS[number * step % len(ITEMS)] for step in (1, 5, 7))
    wish = placement(
        number,
        *((item_id, 1 + number % 3) for item_id in items),
        channel=("web", "till", "market")[number % 3],
        on_shortage=(OnShortage.HOLD, OnShortage.BACKORDER, OnShortage.SPLIT)[number % 3],
        customer_id=f"C{number % 7}",
    )
    if number % 7 == 0:
        free = tuple(replace(line, net_minor=0) for line in wish.lines)
        return replace(wish, lines=free, tenders=(), purpose=Purpose.GIFT)
    taxed = tuple(replace(line, tax_minor=line.net_minor // 5) for line in wish.lines)
    post = OrderLine(
        f"{wish.order_id}/post", "POSTAGE", "POST", 1, "4.99", 499, kind=LineKind.SERVICE
    )
    total = sum(line.net_minor + line.tax_minor for line in (*taxed, post))
    tender = Tender(f"{wish.order_id}/p1", wish.tenders[0].method, total, "tok")
    return replace(
        wish,
        lines=(*taxed, post),
        tenders=(tender,),
        ship_by=Instant(NOON + number % 5 * SECOND),
    )


def course(number: int) -> tuple[tuple[Command, ...], ...]:
    """Return what happens to an order, in three steps after its placement. Some is refused."""
    wish = order(number)
    order_id, fulfilment_id = wish.order_id, f"{wish.order_id}/f1.1"
    payment_id, fate = f"{order_id}/p1", number % 10
    if fate == 3:
        return ((CancelOrder(order_id, CancellationReason.CUSTOMER),), (), ())
    if fate == 4:
        return ((ReportAuthorization(payment_id, Outcome.FAILED, detail="no funds"),), (), ())
    paid = ReportAuthorization(payment_id, Outcome.SUCCEEDED, "ref", expires_at=Instant(NOON * 2))
    if fate == 5:
        voided = ReportVoid(payment_id, "close", Outcome.SUCCEEDED)
        return ((paid,), (CancelOrder(order_id, CancellationReason.STAFF),), (voided,))
    sent = (ShipFulfilment(fulfilment_id), DeliverFulfilment(fulfilment_id))
    taken = ReportCapture(payment_id, fulfilment_id, Outcome.SUCCEEDED)
    if fate == 6:
        back = RecordReturn(
            order_id,
            "ret-1",
            (ReturnLine(wish.lines[0].line_id, 1),),
            (Disposition.RESTOCK, Disposition.WRITE_OFF)[number % 4 // 2],
            "LYON",
        )
        refunded = ReportRefund(payment_id, "ret-1", Outcome.SUCCEEDED)
        return ((paid,), (*sent, taken), (back, refunded))
    return ((paid,), sent, (taken,))


def commands(orders: int) -> Iterator[Command]:
    """Yield all that is asked of the shop."""
    yield from opening()
    for first in range(1, orders + 1, BATCH):
        batch = range(first, min(orders + 1, first + BATCH))
        yield from (order(number) for number in batch)
        for steps in zip(*(course(number) for number in batch), strict=True):
            for step in steps:
                yield from step
    yield from carts()


@cache
def shop_history(orders: int, policies: Policies = EUROPE_AND_ASIA) -> tuple[Recorded, ...]:
    """Return the log of a shop that got so many orders. Time passes with every batch of causes."""
    ticks = count()
    with Engine(
        memory_environment(),
        clock=lambda: Instant(NOON + next(ticks) * SECOND),
        policies=policies,
    ) as engine:
        asked = list(commands(orders))
        for first in range(0, len(asked), 25):
            engine.handle(
                [
                    Cause(command, f"cause-{n}", "user:anna")
                    for n, command in enumerate(asked[first : first + 25], first)
                ]
            )
        log, records = MemoryLog(engine.store), []
        while page := log.read(len(records), 100_000):
            records.extend(page)
    return tuple(records)
