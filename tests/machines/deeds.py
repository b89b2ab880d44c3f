"""Whatever anybody may do in a shop, made up out of numbers.

A deed looks at how the shop stands and says one command that makes sense there, or none. So a list
of numbers is a story, and whatever is left out of it, the rest is a story too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from oms_core.domain.order import commands as order
from oms_core.domain.order.events import (
    Blocked,
    CancellationReason,
    Destination,
    Disposition,
    FlagKind,
    HoldKind,
    LineKind,
    OnShortage,
    OrderLine,
    Reduction,
    Tender,
    TenderMethod,
)
from oms_core.domain.stock import commands as stock
from oms_core.domain.stock.events import AdjustmentReason
from oms_core.engine.catalog import BOUNDARIES
from oms_core.engine.outside import PUBLIC
from oms_core.kernel import Command, Instant
from tests.laws.world import build

if TYPE_CHECKING:
    from tests.machines.whole_shop import WholeShop

T = TypeVar("T")
SECOND = 1_000_000
HOUR = 3_600 * SECOND
ITEMS, PLACES, CHANNELS = ("MUG", "CUP"), ("LYON", "LEEDS"), ("web", "till")
CUSTOMERS = {"C1": "EUR", "C2": "JPY"}
CODES, CARDS = ("SAVE", "ONCE"), ("G-EUR", "G-JPY", "G-SHORT")
BOUNDARIES_DRIVEN = {
    "cart", "order", "stock", "payment", "invoice", "quote", "account", "series", "fulfilment",
    "coupon", "giftcard",
}  # fmt: skip
DRIVEN: tuple[type[Command], ...] = tuple(
    command
    for decider, commands in BOUNDARIES
    if decider.category in BOUNDARIES_DRIVEN
    for command in commands
    if command in PUBLIC.values()
)
"""Every command of these boundaries that can come from outside."""


class Numbers:
    """Choices out of one number: its digits, in a base that changes with what is asked."""

    def __init__(self, number: int) -> None:
        """Take the last digit first."""
        self.left = number

    def below(self, bound: int) -> int:
        """Return a number from zero to below `bound`."""
        self.left, digit = divmod(self.left, bound)
        return digit

    def one(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[self.below(len(options))]


Deed = Callable[["WholeShop", Numbers], Command | None]
"""Says a command, or none; it may have said some by itself."""


def place_order(shop: WholeShop, n: Numbers) -> Command:
    """Order one line or two, of one item or two, at a price and a tax that do not divide evenly."""
    order_id = f"{n.one(CHANNELS)}:{shop.number()}"
    channel, _, reference = order_id.partition(":")
    customer_id = n.one(tuple(CUSTOMERS))
    on_shortage = n.one(tuple(OnShortage))
    lines = []
    for number in range(1, 2 + n.below(2)):
        units, kind = 1 + n.below(3), LineKind.SERVICE if n.below(5) == 4 else LineKind.GOODS
        net = 1_001 * units - n.below(3)
        line_id, item = f"{order_id}/{number}", n.one(ITEMS)
        lines.append(OrderLine(line_id, item, item, units, "10.01", net, net // 7, kind=kind))
    total = sum(line.net_minor + line.tax_minor for line in lines)
    return order.PlaceOrder(
        order_id,
        channel,
        reference,
        customer_id,
        CUSTOMERS[customer_id],
        tuple(lines),
        _tenders(order_id, total, n),
        Destination(n.one(("FR", "GB"))),
        on_shortage,
        shop.now,
        ship_by=Instant(shop.now + 48 * HOUR),
        pay_by=Instant(shop.now + 24 * HOUR),
        coupons=n.one(((), (), CODES[:1], CODES[1:], CODES)),
    )


def _tenders(order_id: str, total: int, n: Numbers) -> tuple[Tender, ...]:
    way = n.one(("card", "terms", "cash", "split", "account", "gift", "gift and card"))
    first = Tender(f"{order_id}/p1", TenderMethod.CARD, total, "tok")
    method, part = TenderMethod.WALLET, 500
    match way:
        case "terms":
            first = replace(first, method=TenderMethod.ACCOUNT, terms=n.one(("NET0", "NET7")))
        case "cash" | "account":
            first = replace(first, method=TenderMethod(way))
        case "gift":
            first = replace(first, method=TenderMethod.GIFT_CARD, token=n.one(CARDS))
        case "gift and card":
            method, part = TenderMethod.GIFT_CARD, 700
    if way not in ("split", "gift and card"):
        return (first,)
    token = n.one(CARDS) if method is TenderMethod.GIFT_CARD else "tok"
    rest = Tender(f"{order_id}/p2", method, part, token)
    return (replace(first, amount_minor=total - part), rest)


def cancel(shop: WholeShop, n: Numbers) -> Command | None:
    """Give up an order, or some units of a line."""
    if not (name := shop.choose("order", n)):
        return None
    lines = sorted(shop.states[f"order:{name}"].lines.items())
    if n.below(2) or not lines:
        return order.CancelOrder(name, n.one(tuple(CancellationReason)))
    line_id, line = n.one(lines)
    units, reason = 1 + n.below(max(1, line.open)), CancellationReason.CUSTOMER
    return order.CancelLine(name, line_id, units, reason, f"x{shop.number()}")


def hold(shop: WholeShop, n: Numbers) -> Command | None:
    """Stop an order, let one go on, ask for its stock again, or mark it."""
    if not (name := shop.choose("order", n)):
        return None
    hold_id = n.one(tuple(shop.states[f"order:{name}"].holds) or ("H1",))
    kinds = n.one((HoldKind.MANUAL, HoldKind.FRAUD))
    return n.one(
        (
            order.ResolveHold(name, hold_id),
            order.KeepHold(name, hold_id, "not yet"),
            order.HoldOrder(name, f"H{n.below(2)}", kinds, (n.one(tuple(Blocked)),), "look"),
            order.RetryReservation(name),
            order.RequestFlag(name, n.one(tuple(FlagKind))),
        )
    )


def look_at_hold(shop: WholeShop, n: Numbers) -> Command | None:
    """Look at a hold that stands: let the order go on, or say why not."""
    standing = [
        (name, hold_id)
        for name, state in shop.of("order")
        for hold_id, blocks in sorted(state.holds.items())
        if blocks
    ]
    if not standing:
        return None
    name, hold_id = n.one(standing)
    resolve = order.ResolveHold(name, hold_id)
    return n.one((resolve, resolve, order.KeepHold(name, hold_id, "not yet")))


def amend(shop: WholeShop, n: Numbers) -> Command | None:
    """Propose a change of an order, confirm it with the tender that it needs, or drop it."""
    proposed = [
        (name, change_id, proposal)
        for name, state in shop.of("order")
        for change_id, proposal in sorted(state.proposals.items())
    ]
    if proposed and n.below(3):
        name, change_id, proposal = n.one(proposed)
        due = proposal.change.preview.authorize_minor
        paid = Tender(f"{name}/{change_id}", TenderMethod.CARD, due, "tok")
        confirm = order.ConfirmChange(name, change_id, shop.now, (paid,) if due else ())
        decline = order.DeclineChange(name, change_id, "thought better of it")
        return n.one((confirm, confirm, decline, order.ExpireChange(name, change_id, shop.now)))
    if not (name := shop.choose("order", n)):
        return None
    lines = sorted(shop.states[f"order:{name}"].lines.items())
    if not lines:
        return None
    line_id, line = n.one(lines)
    less = (Reduction(line_id, 1 + n.below(max(1, line.open))),) if n.below(2) else ()
    number, item = shop.number(), n.one(ITEMS)
    more = OrderLine(f"{name}/a{number}", item, item, 1 + n.below(2), "7.03", 703, 101)
    until = Instant(shop.now + HOUR)
    return order.ProposeChange(
        name, f"ch{number}", less, (more,) if n.below(2) or not less else (), shop.now, until
    )


def give_back(shop: WholeShop, n: Numbers) -> Command | None:
    """Bring units back, to the shelf, aside or for nothing; now and then one more than there is."""
    shipped = [
        (name, line_id, line.shipped - line.returned)
        for name, state in shop.of("order")
        for line_id, line in sorted(state.lines.items())
        if line.shipped > line.returned
    ]
    if not shipped:
        return None
    name, line_id, units = n.one(shipped)
    back = (order.ReturnLine(line_id, 1 + n.below(units + 1)),)
    how = n.one(tuple(Disposition))
    return order.RecordReturn(name, f"R{shop.number()}", back, how, n.one(PLACES))


def receive(shop: WholeShop, n: Numbers) -> Command:
    """Receive goods, or hear that some will come."""
    item, place, units = n.one(ITEMS), n.one(PLACES), 1 + n.below(6)
    document = f"R{shop.number()}"
    if n.below(4) == 3:
        return stock.ExpectSupply(item, document, place, units, Instant(shop.now + HOUR))
    return stock.ReceiveStock(item, document, place, units, 301 * units, "EUR")


def rearrange(shop: WholeShop, n: Numbers) -> Command:
    """Count, adjust, set aside, put back, move, keep back or fence off."""
    item, place, units, document = n.one(ITEMS), n.one(PLACES), n.below(4), f"D{shop.number()}"
    moving = tuple(shop.states[f"stock:{item}"].transfers) or ("none",)
    return n.one(
        (
            stock.CountStock(item, document, place, units),
            stock.AdjustStock(item, document, place, units - 2, n.one(tuple(AdjustmentReason))),
            stock.QuarantineStock(item, document, place, units, "wet"),
            stock.LiftQuarantine(item, document, place, units),
            stock.DispatchTransfer(item, document, place, n.one(PLACES), units),
            stock.ReceiveTransfer(item, n.one(moving), units),
            stock.ConfigureLocation(item, place, units, not n.below(3)),
            stock.SetThreshold(item, units),
            stock.SetRingFence(item, n.one(CHANNELS), units),
        )
    )


def anything(shop: WholeShop, n: Numbers) -> Command:
    """Say any command at all that can come from outside, with fields that may or may not fit."""
    kind = n.one(DRIVEN)
    said: Any = build(kind, Random(n.left), shop)
    if isinstance(said, order.PlaceOrder):  # It would hardly ever add up.
        cart_id = n.one(("", *(name for name, _ in shop.of("cart"))))
        return replace(place_order(shop, n), cart_id=cart_id)
    return said
