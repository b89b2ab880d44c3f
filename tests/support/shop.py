"""A small shop for tests of the engine: what it sells, and how to ask it for things."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oms_core.domain.cart.commands import AddToCart, CheckOutCart, OpenCart
from oms_core.domain.cart.events import Address, Method, Payment, Price, Shortage
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
from oms_core.engine.cause import Answer, Cause, Verdict
from oms_core.kernel import Command, Event, Instant

PRICE_MINOR = 1_000


def receipt(
    item_id: str, quantity: int, location_id: str = "LYON", document: str = "R1"
) -> Command:
    """Receive goods that cost 4.00 each."""
    return ReceiveStock(item_id, document, location_id, quantity, 400 * quantity, "EUR")


def placement(
    number: int | str,
    *wanted: tuple[str, int],
    channel: str = "web",
    on_shortage: OnShortage = OnShortage.HOLD,
    method: TenderMethod = TenderMethod.CARD,
    customer_id: str = "C1",
    token: str = "tok",
) -> PlaceOrder:
    """Order some units of some items at 10.00 each, without tax, with one tender."""
    order_id = f"{channel}:{number}"
    lines = tuple(
        OrderLine(f"{order_id}/{n}", item_id, item_id, units, "10.00", PRICE_MINOR * units)
        for n, (item_id, units) in enumerate(wanted, 1)
    )
    total = sum(line.net_minor for line in lines)
    return PlaceOrder(
        order_id,
        channel,
        str(number),
        customer_id,
        "EUR",
        lines,
        (Tender(f"{order_id}/p1", method, total, token),),
        Destination("FR"),
        on_shortage,
        Instant(1),
    )


def shopping(cart_id: str, *wanted: tuple[str, int], customer_id: str = "C1") -> Iterator[Command]:
    """Open a cart at the beginning of time, and put some units of some items into it."""
    channel, _, reference = cart_id.partition(":")
    yield OpenCart(cart_id, channel, reference, "EUR", Instant(1), customer_id)
    for n, (item_id, units) in enumerate(wanted, 1):
        price = Price("10.00", PRICE_MINOR * units)
        yield AddToCart(cart_id, f"line-{n}", item_id, item_id, units, Instant(1), price)


def checkout(cart_id: str, number: int | str, total_minor: int) -> Command:
    """Let a cart become the order of this number, paid by card."""
    paid = (Payment("p1", Method.CARD, total_minor, "tok"),)
    return CheckOutCart(cart_id, str(number), paid, Address("FR"), Shortage.HOLD, Instant(1))


def ask(engine: Engine, *commands: Command, actor: str = "user:anna") -> list[Answer]:
    """Give commands in one batch."""
    causes = [Cause(command, f"cause-{n}", actor) for n, command in enumerate(commands, 1)]
    return engine.handle(causes)


def must(engine: Engine, *commands: Command) -> list[Event]:
    """Give commands that must change something, and return the events of all of them."""
    answers = ask(engine, *commands)
    assert all(answer.verdict is Verdict.DONE for answer in answers), answers
    return [recorded.event for answer in answers for recorded in answer.recorded]


def names(events: Sequence[Event]) -> list[str]:
    """Return the names of events."""
    return [type(event).__name__ for event in events]
