"""The same orders for all: three lines, two units each, paid by card."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from random import Random
from typing import NamedTuple

from oms_core.domain.order.commands import PlaceOrder
from oms_core.domain.order.events import (
    Destination,
    OnShortage,
    OrderLine,
    Tender,
    TenderMethod,
)
from oms_core.domain.stock.commands import ReceiveStock
from oms_core.engine.application import Engine
from oms_core.engine.cause import Cause
from oms_core.kernel import Instant

ITEMS = 5_000
HOT = ITEMS
"""The item that everybody wants. It is the last, so that a rival locks it last and not for long."""

CUSTOMERS = 3_000
QUANTITY = 2
NET_MINOR = 1_998
TAX_MINOR = 200
TOTAL_MINOR = 3 * (NET_MINOR + TAX_MINOR)
BATCH = 500
LOCATIONS = ("LYON", "LEEDS")
PLENTY = 1_000_000_000

Items = tuple[int, int, int]


class Wanted(NamedTuple):
    """An order, before it is put in anybody's words. Its items are in ascending order."""

    reference: str
    customer: int
    items: Items


def spread(random: Random) -> Items:
    """Want three items out of all."""
    low, middle, high = sorted(random.sample(range(1, ITEMS + 1), 3))
    return low, middle, high


def hot(random: Random) -> Items:
    """Want the hot item, and two out of all others."""
    low, high = sorted(random.sample(range(1, HOT), 2))
    return low, high, HOT


def hotter(random: Random) -> Items:
    """Want the three hottest items, as everybody does."""
    del random
    return HOT - 2, HOT - 1, HOT


def hottest(random: Random) -> Items:
    """Want the hot item three times over."""
    del random
    return HOT, HOT, HOT


MIXES: Mapping[str, Callable[[Random], Items]] = {
    "spread": spread,
    "hot": hot,
    "three hot items": hotter,
    "one hot item thrice": hottest,
}


def orders(mix: str, count: int, prefix: str) -> list[Wanted]:
    """Return so many orders, the same for the same arguments; `prefix` makes their names unique."""
    random, draw = Random(prefix), MIXES[mix]
    return [Wanted(f"{prefix}-{n}", n % CUSTOMERS, draw(random)) for n in range(count)]


def item_id(item: int) -> str:
    """Return our name for an item."""
    return f"item-{item}"


def cause(wanted: Wanted) -> Cause:
    """Put an order in our words."""
    order_id = f"web:{wanted.reference}"
    lines = tuple(
        OrderLine(
            f"{order_id}/{n}", item_id(item), item_id(item), QUANTITY, "9.99", NET_MINOR, TAX_MINOR
        )
        for n, item in enumerate(wanted.items, 1)
    )
    tender = Tender(f"{order_id}/p1", TenderMethod.CARD, TOTAL_MINOR, "token")
    command = PlaceOrder(
        order_id,
        "web",
        wanted.reference,
        f"customer-{wanted.customer}",
        "EUR",
        lines,
        (tender,),
        Destination("FR"),
        OnShortage.HOLD,
        Instant(1),
    )
    return Cause(command, f"web-{wanted.reference}", "channel:web")


def batches(causes: Sequence[Cause], size: int = BATCH) -> Iterator[Sequence[Cause]]:
    """Cut what came in into batches."""
    rest = iter(causes)
    while batch := list(islice(rest, size)):
        yield batch


def receive(item: int, quantity: int) -> Iterator[Cause]:
    """Give an item its stock, half of it at each of two locations."""
    for location in LOCATIONS:
        document_id = f"receipt-{location}"
        command = ReceiveStock(item_id(item), document_id, location, quantity // 2, quantity, "EUR")
        yield Cause(command, f"receipt-{item}-{location}", "warehouse")


def fill_shelves(engine: Engine) -> None:
    """Receive more of every item than anybody will want."""
    causes = [cause for item in range(1, ITEMS + 1) for cause in receive(item, PLENTY)]
    for batch in batches(causes, 2 * BATCH):
        engine.handle(batch)
