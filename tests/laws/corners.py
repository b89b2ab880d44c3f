"""What the dice seldom come to, told on purpose, so that every law looks at it."""

from __future__ import annotations

from oms_core.domain.account import commands as account
from oms_core.domain.customer import commands as customer
from oms_core.domain.stock import commands as stock
from oms_core.domain.stock.events import Shortfall
from oms_core.kernel import Command, Instant
from oms_core.kernel.identity import account_of
from tests.laws.carts import CARTS
from tests.laws.world import ITEMS, LINE_IDS, ORDERS, World

MUG, CART, LINE = ITEMS[0], CARTS[0], LINE_IDS[0]


def wanted(units: int, cart_id: str = "") -> Command:
    """Ask for units of a line that may wait."""
    demands = (stock.Demand(LINE, units),)
    return stock.ReserveStock(MUG, "web", demands, Shortfall.BACKORDER, cart_id=cart_id)


def impatient() -> World:
    """A line waits for three units and asks for five, while the cart that it is of holds four."""
    shop = World()
    shop.ask(stock.ReceiveStock(MUG, "R1", "LYON", 4, 300, "EUR"))
    shop.ask(stock.SoftReserveStock(MUG, CART, "web", "C1", 4, 5, Instant(5)))
    shop.ask(wanted(3))
    shop.ask(wanted(5, CART))
    shop.ask(stock.ReceiveStock(MUG, "R2", "LYON", 1, 75, "EUR"))
    return shop


def alike() -> World:
    """A and B turn out to be one, then they and C; D is forgotten, and in the end they are."""
    shop = World()
    for who in "ABCD":
        shop.ask(customer.RegisterCustomer(who, "FR", b""))
        shop.ask(customer.RecordSpend(who, f"web:{who}", 700, "EUR", 1_000))
    shop.ask(customer.EraseCustomer("D"))
    for survivor, duplicate in ("AB", "BA", "AB", "CA", "CD", "CE", "AC"):
        shop.ask(customer.MergeCustomers(survivor, duplicate, "same e-mail"))
    shop.ask(customer.NoteOrder("B", "web:2"))
    shop.ask(customer.RecordSpend("B", "web:2", 700, "EUR", 1_000))
    shop.ask(customer.EraseCustomer("C"))
    return shop


def trusted() -> World:
    """A person grants what is more than the limit of an account."""
    shop, account_id = World(), account_of("C1", "EUR")
    shop.ask(account.OpenAccount(account_id, "C1", "EUR", 100))
    shop.ask(account.RequestCredit(account_id, ORDERS[0], f"{ORDERS[0]}/p1", 200))
    shop.ask(account.ApproveCredit(account_id, ORDERS[0]))
    return shop


CORNERS = (impatient, alike, trusted)
