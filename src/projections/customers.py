"""Customers: their history and, by currency, what they are worth to the shop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from oms_core.domain.customer import events as known
from oms_core.domain.order import events
from oms_core.domain.profile.events import ProfileUpserted
from oms_core.kernel import Instant, Recorded, State
from projections.rules import one, view


class Customer(State, frozen=True):
    """What a customer has done so far. Units are of goods and services that were shipped.

    `survivor_id` is the customer whom this one turned out to be, at the end of every merge; what
    either has done stays with the id that it was done under, and is added up by who asks.
    `external_refs` are the records of other systems about them, as `crm:17`; `segments` what the
    last of these to speak has put them into.
    """

    customer_id: str
    country: str = ""
    tier: str = "standard"
    registered: bool = False
    erased: bool = False
    orders_placed: int = 0
    orders_cancelled: int = 0
    orders_completed: int = 0
    units_ordered: int = 0
    units_shipped: int = 0
    units_returned: int = 0
    returns: int = 0
    first_order_at: Instant = Instant(0)
    last_order_at: Instant = Instant(0)
    survivor_id: str = ""
    external_refs: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()


class CustomerValue(State, frozen=True):
    """What a customer has brought in one currency.

    `spend_minor` is the gross value of what was shipped, tax included. `margin_minor` is net
    revenue less the cost of the goods, less the net value of returns, plus the cost of those
    returned goods that can be sold again. Cost in another currency than the order's stands in that
    currency's row.
    """

    customer_id: str
    currency: str
    orders: int = 0
    ordered_minor: int = 0
    cancelled_minor: int = 0
    spend_minor: int = 0
    net_minor: int = 0
    tax_minor: int = 0
    returned_net_minor: int = 0
    returned_tax_minor: int = 0
    cost_minor: int = 0
    returned_cost_minor: int = 0
    margin_minor: int = 0


def blank_customer(key: str, _: Any) -> Customer:
    """Return a customer who has done nothing yet."""
    return Customer(key)


def registered(customer: Customer, event: known.CustomerRegistered, _: Recorded) -> Customer:
    """Know the customer."""
    return replace(customer, registered=True, country=event.country)


def promoted(customer: Customer, event: known.CustomerPromoted, _: Recorded) -> Customer:
    """Know the new tier."""
    return replace(customer, tier=event.tier.value)


def erased(customer: Customer, event: known.CustomerErased, _: Recorded) -> Customer:
    """Keep the numbers, which say nothing about a person."""
    del event
    forgotten = replace(customer, erased=True, tier="standard", country="")
    return replace(forgotten, external_refs=(), segments=())


def profiled(customer: Customer, event: ProfileUpserted, _: Recorded) -> Customer:
    """Know what another system calls them, and has put them into; nothing more after erasure."""
    if customer.erased:
        return customer
    refs = tuple(sorted({*customer.external_refs, event.profile_id}))
    return replace(customer, external_refs=refs, segments=event.segments)


def merged(customer: Customer, event: known.CustomerMerged, _: Recorded) -> Customer:
    """Be the survivor from now on, as is whoever had turned out to be this customer."""
    return replace(customer, survivor_id=event.survivor_id)


def placed(customer: Customer, event: events.OrderPlaced, _: Recorded) -> Customer:
    """Count an order, whenever we learned of it."""
    at = event.placed_at
    return replace(
        customer,
        country=customer.country or ("" if customer.erased else event.ship_to.country),
        orders_placed=customer.orders_placed + 1,
        units_ordered=customer.units_ordered + sum(line.quantity for line in event.lines),
        first_order_at=min(at, customer.first_order_at or at),
        last_order_at=max(at, customer.last_order_at),
    )


def changed(customer: Customer, event: events.ChangeConfirmed, _: Recorded) -> Customer:
    """Count units that were added to an order."""
    units = sum(line.quantity for line in event.added)
    return replace(customer, units_ordered=customer.units_ordered + units)


def cancelled(customer: Customer, _: events.OrderCancelled, __: Recorded) -> Customer:
    """Count an order of which nothing was shipped."""
    return replace(customer, orders_cancelled=customer.orders_cancelled + 1)


def completed(customer: Customer, _: events.OrderCompleted, __: Recorded) -> Customer:
    """Count an order that is through."""
    return replace(customer, orders_completed=customer.orders_completed + 1)


def shipped(customer: Customer, event: events.LineShipped, _: Recorded) -> Customer:
    """Count units that left."""
    return replace(customer, units_shipped=customer.units_shipped + event.quantity)


def returned(customer: Customer, event: events.LineReturned, _: Recorded) -> Customer:
    """Count units that came back."""
    return replace(customer, units_returned=customer.units_returned + event.quantity)


def return_accepted(customer: Customer, _: events.ReturnAccepted, __: Recorded) -> Customer:
    """Count a return."""
    return replace(customer, returns=customer.returns + 1)


CUSTOMER = one("customer_id")


def at_once(event: known.CustomerMerged) -> tuple[str, ...]:
    """Name the customer, and those who had turned out to be them."""
    return (event.customer_id, *event.duplicates)


def spoken_of(event: ProfileUpserted) -> tuple[str]:
    """Name the customer, or whom they turned out to be."""
    return (event.survivor_id or event.customer_id,)


customers = view(
    "customers",
    Customer,
    blank_customer,
    {
        known.CustomerRegistered: (CUSTOMER, registered),
        known.CustomerPromoted: (CUSTOMER, promoted),
        known.CustomerErased: (CUSTOMER, erased),
        known.CustomerMerged: (at_once, merged),
        ProfileUpserted: (spoken_of, profiled),
        events.OrderPlaced: (CUSTOMER, placed),
        events.ChangeConfirmed: (CUSTOMER, changed),
        events.OrderCancelled: (CUSTOMER, cancelled),
        events.OrderCompleted: (CUSTOMER, completed),
        events.LineShipped: (CUSTOMER, shipped),
        events.LineReturned: (CUSTOMER, returned),
        events.ReturnAccepted: (CUSTOMER, return_accepted),
    },
)


def in_currency(event: Any) -> tuple[str]:
    """Name the customer's row in the currency of the event."""
    return (f"{event.customer_id}|{event.currency}",)


def in_currencies(event: events.LineShipped | events.LineReturned) -> Iterator[str]:
    """Name the customer's rows in the currencies of the price and of the cost."""
    yield f"{event.customer_id}|{event.currency}"
    if event.cost_minor and event.cost_currency not in ("", event.currency):
        yield f"{event.customer_id}|{event.cost_currency}"


def blank_value(key: str, event: Any) -> CustomerValue:
    """Return a customer who has brought nothing yet."""
    return CustomerValue(event.customer_id, key[len(event.customer_id) + 1 :])


def _margin(value: CustomerValue) -> CustomerValue:
    return replace(
        value,
        margin_minor=value.net_minor
        - value.returned_net_minor
        - value.cost_minor
        + value.returned_cost_minor,
    )


def value_placed(value: CustomerValue, event: events.OrderPlaced, _: Recorded) -> CustomerValue:
    """Add to what was ordered."""
    total = sum(line.net_minor + line.tax_minor for line in event.lines)
    return replace(value, orders=value.orders + 1, ordered_minor=value.ordered_minor + total)


def value_changed(
    value: CustomerValue, event: events.ChangeConfirmed, _: Recorded
) -> CustomerValue:
    """Add to what was ordered, in an order that is counted already."""
    total = sum(line.net_minor + line.tax_minor for line in event.added)
    return replace(value, ordered_minor=value.ordered_minor + total)


def value_cancelled(
    value: CustomerValue, event: events.LineCancelled, _: Recorded
) -> CustomerValue:
    """Add to what was ordered in vain."""
    amount = event.net_minor + event.tax_minor
    return replace(value, cancelled_minor=value.cancelled_minor + amount)


def value_shipped(value: CustomerValue, event: events.LineShipped, _: Recorded) -> CustomerValue:
    """Add revenue in the row of its currency, and cost in the row of its own."""
    if value.currency == event.currency:
        value = replace(
            value,
            spend_minor=value.spend_minor + event.net_minor + event.tax_minor,
            net_minor=value.net_minor + event.net_minor,
            tax_minor=value.tax_minor + event.tax_minor,
        )
    if value.currency == (event.cost_currency or event.currency):
        value = replace(value, cost_minor=value.cost_minor + event.cost_minor)
    return _margin(value)


def value_returned(value: CustomerValue, event: events.LineReturned, _: Recorded) -> CustomerValue:
    """Take back revenue, and the cost unless the goods are lost."""
    if value.currency == event.currency:
        value = replace(
            value,
            returned_net_minor=value.returned_net_minor + event.net_minor,
            returned_tax_minor=value.returned_tax_minor + event.tax_minor,
        )
    if (
        value.currency == (event.cost_currency or event.currency)
        and event.disposition is not events.Disposition.WRITE_OFF
    ):
        value = replace(value, returned_cost_minor=value.returned_cost_minor + event.cost_minor)
    return _margin(value)


customer_value = view(
    "customer_value",
    CustomerValue,
    blank_value,
    {
        events.OrderPlaced: (in_currency, value_placed),
        events.ChangeConfirmed: (in_currency, value_changed),
        events.LineCancelled: (in_currency, value_cancelled),
        events.LineShipped: (in_currencies, value_shipped),
        events.LineReturned: (in_currencies, value_returned),
    },
)
