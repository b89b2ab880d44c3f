"""A whole shop in memory, and stories in which everything that can happen to it does."""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from random import Random
from typing import Any, NamedTuple, get_args, get_origin

from msgspec.structs import FieldInfo, fields, replace

from oms_core.domain.account import commands as account
from oms_core.domain.coupon import commands as coupon
from oms_core.domain.customer import commands as customer
from oms_core.domain.fulfilment import commands as fulfilment
from oms_core.domain.giftcard import commands as giftcard
from oms_core.domain.giftcard.events import Origin
from oms_core.domain.invoice import commands as invoice
from oms_core.domain.invoice.events import Content, DocumentKind, InvoiceLine
from oms_core.domain.notice import commands as notice
from oms_core.domain.notice.events import Kind
from oms_core.domain.order import commands as order
from oms_core.domain.order.events import (
    Blocked,
    Destination,
    Disposition,
    HoldKind,
    LineKind,
    OnShortage,
    OrderLine,
    Purpose,
    Reduction,
    Tender,
    TenderMethod,
)
from oms_core.domain.payment import commands as payment
from oms_core.domain.payment.events import MovementKind
from oms_core.domain.payout import commands as payout
from oms_core.domain.product import commands as product
from oms_core.domain.product.events import Dimensions
from oms_core.domain.quote import commands as quote
from oms_core.domain.quote.events import Buyer, Offer, Tier, Wish
from oms_core.domain.stock import commands as stock
from oms_core.domain.stock.events import Shortfall
from oms_core.engine.catalog import COMMANDS, DECIDERS, catalog
from oms_core.kernel import Command, Decider, Event, Instant, Rejected, State
from oms_core.kernel.identity import order_of
from oms_core.policies.config import EUROPE_AND_ASIA
from tests.laws.carts import CARTS, opening, shopping
from tests.laws.hooks import HOOK, HOOKS, hooking

KNOWN = (
    "payment_id",
    "fulfilment_id",
    "capture_id",
    "void_id",
    "refund_id",
    "transfer_id",
    "invoice_id",
    "quote_id",
    "notice_id",
)
INTENTS = ("capture_id", "void_id", "refund_id")
ITEMS, PLACES = ("MUG", "CUP"), ("LYON", "LEEDS")
ORDERS = ("web:1", "till:2")
CATALOG = catalog(
    replace(EUROPE_AND_ASIA, vip_minor=(("EUR", 2_000),), notices=tuple(Kind), quiet_channels=())
)
CODE, CARD = "SAVE", "G1"


class Asked(NamedTuple):
    """A command that met a state, given from outside or by a process."""

    decider: Decider[Any, Any, Any]
    state: Any
    command: Command
    by_process: bool = False


def answer(asked: Asked) -> tuple[Event, ...]:
    """Return what happens; nothing, if the command is refused."""
    try:
        return tuple(asked.decider.decide(asked.command, asked.state))
    except Rejected:
        return ()


class World:
    """Every stream, by name, and everything that was ever asked of one."""

    def __init__(self) -> None:
        """Begin before anything has happened."""
        self.states: dict[str, Any] = {}
        self.asked: list[Asked] = []
        self.intents: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self.ids: dict[str, set[str]] = defaultdict(set)

    def ask(self, command: Command) -> None:
        """Let a command be decided, and the processes do what follows."""
        waiting = [command]
        while waiting:
            given = waiting.pop(0)
            event_queue = list(self._decide(given, by_process=given is not command))
            while event_queue:
                event = event_queue.pop(0)
                for process in CATALOG.listeners[type(event)]:
                    process_id = process.route[type(event)](event)
                    if process_id is None:
                        continue
                    stream = f"{process.category}:{process_id}"
                    for output in process.react(event, self.states.get(stream, process.initial)):
                        if isinstance(output, Command):
                            waiting.append(output)
                        else:
                            memory = self.states.get(stream, process.initial)
                            self.states[stream] = process.evolve(memory, output)

    def _decide(self, command: Command, *, by_process: bool) -> tuple[Event, ...]:
        decider = DECIDERS[type(command)]
        stream = f"{decider.category}:{decider.identify(command)}"
        state = self.states.get(stream, decider.initial)
        asked = Asked(decider, state, command, by_process)
        self.asked.append(asked)
        happened = answer(asked)
        for event in happened:
            state = decider.evolve(state, event)
            for field in KNOWN:
                if value := getattr(event, field, ""):
                    self.ids[field].add(value)
                if value and field in INTENTS:
                    self.intents[field].add((stream.partition(":")[2], value))
        self.states[stream] = state
        return happened


def placement(dice: Random, order_id: str) -> order.PlaceOrder:
    """Make up an order of goods or services, on one tender or two."""
    lines = []
    for n in range(1, dice.randint(1, 2) + 1):
        kind = dice.choice([LineKind.GOODS, LineKind.GOODS, LineKind.SERVICE])
        line_id, units = f"{order_id}/{n}", dice.randint(1, 3)
        item_id, net = dice.choice(ITEMS), 1_000 * units
        lines.append(OrderLine(line_id, item_id, "SKU", units, "10.00", net, 10, kind=kind))
    total = sum(line.net_minor + line.tax_minor for line in lines)
    parts = dice.choice([(total,), (total - 700, 700)])
    tenders = (
        Tender(f"{order_id}/p{n}", dice.choice(list(TenderMethod)), part, CARD)
        for n, part in enumerate(parts, 1)
    )
    if dice.random() < 0.25:
        terms = Tender(f"{order_id}/p1", TenderMethod.ACCOUNT, total, terms="NET0")
        tenders = (terms,)
    channel, _, reference = order_id.partition(":")
    return order.PlaceOrder(
        order_id,
        channel,
        reference,
        dice.choice(["C1", "C2"]),
        "EUR",
        tuple(lines),
        tuple(tenders),
        Destination(dice.choice(["FR", "GB"])),
        dice.choice(list(OnShortage)),
        Instant(1),
        dice.choice(list(Purpose)),
        coupons=dice.choice([(), (), (CODE,)]),
    )


DAY = 24 * 3_600_000_000
LINE_IDS = [f"{order_id}/{n}" for order_id in ORDERS for n in (1, 2)]
USUAL: dict[str, list[Any]] = {
    "item_id": list(ITEMS),
    "location_id": list(PLACES),
    "origin_id": list(PLACES),
    "destination_id": list(PLACES),
    "order_id": list(ORDERS),
    "line_id": LINE_IDS,
    "cart_id": ["", *CARTS],
    "item_ids": [(), ITEMS[:1]],
    "reasons": [("none",)],
    "units_max": [1, 5],
    "at": [1, 2, 3],
    "reserve_seconds": [1],
    "seen": [0, 0, 1],
    "customer_id": ["C1", "C2"],
    "duplicate_id": ["C1", "C2"],
    "survivor_id": ["C1", "C2"],
    "duplicates": [(), ("C2",)],
    "register_id": ["store"],
    "currency": ["EUR"],
    "cost_currency": ["EUR", ""],
    "quantity": [1, 2, 3],
    "cost_minor": [0, 100, 301],
    "amount_minor": [1, 500, 1_010],
    "document_id": [f"D{n}" for n in range(40)],
    "transfer_id": ["T1", "T2", "T3"],
    "cancellation_id": ["X1", "X2", "X3"],
    "return_id": ["B1", "B2", "B3"],
    "chargeback_id": ["K1", "K2"],
    "hold_id": ["H1", "routing:1", *(f"shortage:{line_id}" for line_id in LINE_IDS)],
    "blocks": [(Blocked.RELEASE,), (Blocked.CANCELLATION, Blocked.RETURN)],
    "channel": ["web", "till"],
    "country": ["FR"],
    "sku": ["A", "A", "B", ""],
    "gtin": ["96385074", "96385074", "36000291452", ""],
    "dimensions": [Dimensions(1, 1, 1), Dimensions(1, 1, 2), Dimensions(0, 1, 2)],
    "weight_g": [1, 1, 2, -1],
    "now": [0, 1, 2, 3],
    "safety": [0, 1],
    "counted": [0, 2, 6],
    "kind": ["vip", "gift"],
    "sealed": [b"", b"1", b"2"],
    "account_id": ["C1|EUR", "C2|EUR"],
    "language": ["en", "ko", "KO"],
    "delay_days": [0, 14, -1],
    "limit_minor": [0, 2_000, 9_000],
    "terms": ["NET0", "NET30", "NET"],
    "issued_on": ["2026-01-31", "2026-02-30"],
    "received_on": ["2026-01-31"],
    "today": ["2026-01-31"],
    "dunning_days": [(), (0, 7), (0, 0, 0)],
    "code": [CODE, CODE, "NONE"],
    "card_id": [CARD],
    "coupons": [()],
    "pricing": [None],
    "uses_max": [0, 1, 5],
    "customer_uses_max": [0, 1],
    "valid_until": [0, 5],
    "segments": [("loyal",), ("Loyal",)],
    "consent": [None],
    "webhook_id": [HOOK],
    "url": ["https://crm.example", "crm"],
    "types": [("OrderPlaced",), ()],
}
"""Few values, so that they collide."""


def value(field: FieldInfo, dice: Random, world: World) -> Any:
    """Make up one field of a command: one that is known where there is one."""
    kind = field.type
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return dice.choice(list(kind))
    if known := sorted(world.ids.get(field.name, ())):
        return dice.choice(known)
    if field.name in USUAL:
        return dice.choice(USUAL[field.name])
    if isinstance(kind, type) and issubclass(kind, State):
        return build(kind, dice, world)
    if get_origin(kind) is tuple:
        (part,) = get_args(kind)[:1]
        return tuple(build(part, dice, world) for _ in range(dice.randint(0, 2)))
    return {int: dice.randint(0, 3), bool: dice.random() < 0.5, bytes: b"", str: "text"}[
        getattr(kind, "__supertype__", kind)
    ]


def build(kind: Any, dice: Random, world: World) -> Any:
    """Make up a message of a type."""
    return kind(*(value(field, dice, world) for field in fields(kind)))


def onward(dice: Random, world: World) -> Command:
    """Let a partner do what the shop waits for."""
    tender = dice.choice(sorted(world.ids["payment_id"]) or ["none"])
    parcel = dice.choice(sorted(world.ids["fulfilment_id"]) or ["none"])
    ok, line_id = payment.Outcome.SUCCEEDED, dice.choice(LINE_IDS)
    item, held = dice.choice(ITEMS), (stock.Demand(line_id, 2),)
    back = (order.ReturnLine(line_id, 1),)
    letter = next(iter(sorted(world.ids["notice_id"])), "none")
    capture, void, refund = (
        dice.choice(sorted(world.intents[intent]) or [("none", "none")]) for intent in INTENTS
    )
    return dice.choice(
        [
            payment.ReportAuthorization(tender, ok, "ref", "", Instant(2)),
            payment.ReportAuthorization(tender, ok, "ref"),
            payment.ReportCapture(*capture, ok),
            payment.ReportVoid(*void, ok),
            payment.ReportRefund(*refund, ok),
            payment.ExpireAuthorization(tender, Instant(3)),
            payment.ReportAuthorization(tender, ok, "ref", "", Instant(2 * DAY)),
            payment.RenewAuthorization(tender, Instant(DAY + 1)),
            stock.ReceiveTransfer(item, dice.choice(USUAL["transfer_id"]), 1),
            order.HoldOrder(order_of(line_id), "H1", HoldKind.MANUAL, (Blocked.RELEASE,), "look"),
            order.ResolveHold(order_of(line_id), "H1"),
            order.RetryReservation(order_of(line_id)),
            *changing(dice, order_of(line_id), line_id),
            stock.ReserveStock(item, "web", held, Shortfall.BACKORDER, Instant(5)),
            stock.ExpireReservation(item, line_id, Instant(9)),
            stock.SoftReserveStock(item, CARTS[0], "web", "C1", 2, 5, Instant(5)),
            stock.ExpireSoftReservation(item, CARTS[0], Instant(9)),
            fulfilment.ShipFulfilment(parcel, lines=(fulfilment.ShippedLine(line_id, 1),)),
            fulfilment.ShipFulfilment(parcel),
            fulfilment.ShipFulfilment(parcel),
            fulfilment.DeliverFulfilment(parcel),
            notice.RecordSendingFailure(letter, 1, "550 no such user"),
            notice.RetryNotice(letter),
            order.RecordReturn(order_of(line_id), "B9", back, Disposition.RESTOCK, "LYON"),
        ]
    )


def changing(dice: Random, order_id: str, line_id: str) -> tuple[Command, ...]:
    """Let a customer want something else, and pay for it or not."""
    name, extra = dice.choice(["G1", "G2"]), f"{order_id}/{dice.choice(['x1', 'x2'])}"
    more = OrderLine(f"{order_id}/{name}", dice.choice(ITEMS), "SKU", 1, "10.00", 1_000, 10)
    paid = tuple(Tender(extra, TenderMethod.CARD, amount, "tok") for amount in (1_010, 505, 500))
    return (
        order.ProposeChange(order_id, name, (), (more,), Instant(1), Instant(5)),
        order.ProposeChange(order_id, name, (Reduction(line_id, 1),), (), Instant(1), Instant(5)),
        order.ConfirmChange(order_id, name, Instant(2), dice.choice([(), paid[:1], paid[1:]])),
        order.DeclineChange(order_id, name, "no"),
        order.ExpireChange(order_id, name, Instant(dice.choice([4, 5]))),
        order.ReviewPromise(order_id, Instant(4), Instant(dice.choice([3, 4])), Instant(4)),
        order.KeepHold(order_id, "H1", "looked"),
    )


def paid_out(dice: Random, world: World) -> Command:
    """Let a provider pay out what it has taken."""
    moved = [
        (stream.partition(":")[2], *intent.split(":", 1), amount)
        for stream, state in sorted(world.states.items())
        if stream.startswith("payment:")
        for intent, amount in sorted(state.in_clearing.items())
    ]
    payment_id, kind, name, amount = dice.choice(moved or [("none", "capture", "none", 1)])
    movement = MovementKind(kind)
    terms = ("EUR", "stripe:po_1", f"txn_{name}", amount, "EUR", 3)
    return payment.SettleMovement(payment_id, movement, name, amount, *terms)


DAYS = ("2026-02-07", "2026-03-09", "2026-12-24")


def owed(customer_id: str) -> Content:
    """Return what a customer owes from before."""
    line = InvoiceLine("old:1/1", "MUG", "SKU", 2, "10.00", 2_000, 20)
    account_id = f"{customer_id}|EUR"
    kind, terms = DocumentKind.INVOICE, "NET0"
    return Content(kind, account_id, customer_id, "old:1", "EUR", terms, "INV", (line,), (0, 0, 0))


def receivable(dice: Random, world: World) -> tuple[Command, ...]:
    """Let a customer pay, or not, for what is invoiced."""
    unpaid = [
        stream.partition(":")[2]
        for stream, state in sorted(world.states.items())
        if stream.startswith("invoice:") and state.open_minor
    ]
    document = dice.choice(unpaid or sorted(world.ids["invoice_id"]) or ["none"])
    account_id = dice.choice(USUAL["account_id"])
    return (
        account.ReceivePayment(account_id, "Z1", 300, "EUR", "2026-02-28", document),
        account.ReceivePayment(account_id, "Z2", 200, "EUR", "2026-02-28"),
        account.ApplyCredit(account_id, "Z3", document, 10),
        invoice.IssueInvoice(document, "2026-01-31"),
        invoice.IssueInvoice(document, "2026-01-31"),
        invoice.RaiseDunning(document, dice.choice(DAYS)),
        invoice.CorrectInvoice(document, "K9", 500, "price"),
        invoice.WriteOffInvoice(document, "insolvent"),
        *(account.ApproveCredit(each, o) for each in USUAL["account_id"] for o in ORDERS),
        *bargain(dice),
    )


def bargain(dice: Random) -> tuple[Command, ...]:
    """Let a customer ask for a price, and take it or not."""
    buyer = Buyer(dice.choice(["C1", "C2"]), "web", "EUR", "FR")
    offer = Offer("MUG", "SKU", (Tier(1, "9.00"), Tier(3, "8.50")), 2_000)
    number, version = dice.choice(["q1", "q2"]), dice.choice([1, 1, 2])
    return (
        quote.RequestQuote(number, buyer, (Wish("MUG", 3),)),
        quote.IssueQuote(number, version, (offer,), "NET30", Instant(3), 2),
        quote.AcceptQuote(number, version, Instant(2)),
        quote.DeclineQuote(number, version, "too dear"),
        quote.ExpireQuote(number, Instant(dice.choice([2, 3]))),
    )


PAYOUTS = (payment.SettleMovement, payout.BookPayout)
PARTNERS = [k for k in COMMANDS.values() if k not in {order.PlaceOrder, *PAYOUTS, *HOOKS}]


def pay_out(dice: Random, world: World) -> None:
    """Let a provider pay out what has moved, in the end."""
    for kind in PAYOUTS * 2:
        world.ask(paid_out(dice, world))
        world.ask(build(kind, dice, world))


def world(seed: int) -> World:
    """Make up a shop to which something has happened: the same for the same seed."""
    dice, shop = Random(seed), World()
    for place in PLACES:
        for item in ITEMS:
            receipt = f"R-{item}-{place}"
            shop.ask(stock.ReceiveStock(item, receipt, place, dice.randint(1, 6), 300, "EUR"))
    shop.ask(product.RegisterProduct(dice.choice(ITEMS), "A", "Mug"))
    shop.ask(customer.RegisterCustomer("C1", "FR", b""))
    for customer_id in dice.choice([(), ("C1",), ("C1", "C2")]):
        shop.ask(account.OpenAccount(f"{customer_id}|EUR", customer_id, "EUR", 9_000))
        shop.ask(invoice.DraftInvoice(f"old:{customer_id}", owed(customer_id)))
        shop.ask(invoice.IssueInvoice(f"old:{customer_id}", "2026-01-01"))
    shop.ask(coupon.IssueCoupon(CODE, dice.randint(0, 2), dice.randint(0, 1)))
    shop.ask(giftcard.IssueGiftCard(CARD, 2_000, "EUR", Origin.SOLD, Instant(dice.choice([0, 3]))))
    for cart_id in CARTS:
        shop.ask(opening(cart_id))
        for _ in range(dice.randint(0, 4)):
            shop.ask(shopping(dice, ITEMS))
    for order_id in ORDERS[dice.randint(0, 1) :]:
        shop.ask(placement(dice, order_id))
    for command in (*bargain(dice)[: dice.choice([0, 2])], *hooking(Random(f"hooks {seed}"))):
        shop.ask(command)
    for _ in range(110):
        if (roll := dice.random()) < 0.37:
            shop.ask(onward(dice, shop))
        elif roll < 0.46:
            shop.ask(shopping(dice, ITEMS))
        elif roll < 0.55:
            shop.ask(dice.choice(receivable(dice, shop)))
        else:
            shop.ask(build(dice.choice(PARTNERS), dice, shop))
    pay_out(dice, shop)
    return shop
