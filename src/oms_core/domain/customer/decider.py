"""The rules of a customer."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from msgspec.structs import replace

from oms_core.domain.customer import commands, events, merging
from oms_core.domain.customer.checks import ErasedCustomer, require_known
from oms_core.domain.customer.state import Customer
from oms_core.kernel import Decider, Rejected, deciding, evolving, unchanged
from oms_core.kernel.identity import is_language

Events = Iterator[events.CustomerEvent]


class NegativeSpend(Rejected):
    """An order cannot be worth less than nothing."""

    code = "customer.negative_spend"
    remedy = "Give an amount of zero or more; returns are booked on the order."


class UnusableLanguage(Rejected):
    """No language is written like this."""

    code = "customer.language"
    remedy = "Give a code of ISO 639-1 in two small letters, such as en or ko."


def register(command: commands.RegisterCustomer, customer: Customer) -> Events:
    """Begin to know a customer, once."""
    if customer.erased:
        raise ErasedCustomer("customer_id was erased.")
    if not customer.registered:
        yield events.CustomerRegistered(command.customer_id, command.country, command.sealed)


def change_contact(command: commands.ChangeContact, customer: Customer) -> Events:
    """Replace the contact data."""
    require_known(customer)
    if command.sealed != customer.sealed:
        yield events.ContactChanged(command.customer_id, command.sealed)


def change_preferences(command: commands.ChangePreferences, customer: Customer) -> Events:
    """Write to the customer in another way, or only with other consent."""
    require_known(customer)
    if not is_language(command.language):
        raise UnusableLanguage(f"language is {command.language!r}.")
    changed = events.PreferencesChanged(
        command.customer_id, command.language, command.marketing, command.channel, command.basis
    )
    if changed != customer.preferences:
        yield changed


def record_spend(command: commands.RecordSpend, customer: Customer) -> Events:
    """Add a completed order, once; enough of them make a VIP. Guests are not followed.

    Whoever turned out to be somebody else passes it on to them.
    """
    if command.amount_minor < 0:
        raise NegativeSpend(f"amount_minor is {command.amount_minor}.")
    if not customer.registered or customer.erased or command.order_id in customer.orders:
        return
    order = (command.order_id, command.amount_minor, command.currency)
    if customer.survivor_id:
        yield events.SpendReferred(command.customer_id, customer.survivor_id, *order)
        return
    yield events.SpendRecorded(command.customer_id, *order)
    total = customer.spent.get(command.currency, 0) + command.amount_minor
    if customer.tier is not events.Tier.VIP and 0 < command.vip_minor <= total:
        yield events.CustomerPromoted(command.customer_id, events.Tier.VIP)


def note_order(command: commands.NoteOrder, customer: Customer) -> Events:
    """Ask for special care for a VIP's order, or tell whom the customer turned out to be."""
    if customer.erased or command.order_id in customer.noted:
        return
    if customer.survivor_id:
        yield events.OrderReferred(command.customer_id, customer.survivor_id, command.order_id)
    elif customer.tier is events.Tier.VIP:
        yield events.VipOrderNoted(command.customer_id, command.order_id)


def registered(customer: Customer, event: events.CustomerRegistered) -> Customer:
    """Know the customer."""
    return replace(customer, registered=True, sealed=event.sealed)


def contacted(customer: Customer, event: events.ContactChanged) -> Customer:
    """Know the new contact data."""
    return replace(customer, sealed=event.sealed)


def preferred(customer: Customer, event: events.PreferencesChanged) -> Customer:
    """Know how to write to the customer."""
    return replace(customer, preferences=event)


def spent(customer: Customer, event: events.SpendRecorded) -> Customer:
    """Add to what was spent."""
    total = customer.spent.get(event.currency, 0) + event.amount_minor
    return replace(
        customer,
        spent=customer.spent.insert(event.currency, total),
        orders=customer.orders.add(event.order_id),
    )


def promoted(customer: Customer, event: events.CustomerPromoted) -> Customer:
    """Know the new tier."""
    return replace(customer, tier=event.tier)


def noted(customer: Customer, event: events.VipOrderNoted) -> Customer:
    """Remember that the order has special care."""
    return replace(customer, noted=customer.noted.add(event.order_id))


def erased(customer: Customer, event: events.CustomerErased) -> Customer:
    """Forget what can be forgotten."""
    del event
    return replace(customer, erased=True, sealed=b"", tier=events.Tier.STANDARD, preferences=None)


customer = Decider(
    "customer",
    attrgetter("customer_id"),
    Customer(),
    deciding(
        {
            commands.RegisterCustomer: register,
            commands.ChangeContact: change_contact,
            commands.ChangePreferences: change_preferences,
            commands.RecordSpend: record_spend,
            commands.NoteOrder: note_order,
            commands.EraseCustomer: merging.erase,
            commands.MergeCustomers: merging.merge,
            commands.JoinSurvivor: merging.join,
            commands.AbsorbCustomer: merging.absorb,
            commands.AbandonMerge: merging.abandon,
            commands.EraseDuplicate: merging.erase_duplicate,
        }
    ),
    evolving(
        {
            events.CustomerRegistered: registered,
            events.ContactChanged: contacted,
            events.SpendRecorded: spent,
            events.CustomerPromoted: promoted,
            events.VipOrderNoted: noted,
            events.CustomerErased: erased,
            events.PreferencesChanged: preferred,
            events.CustomerMergeRequested: merging.requested,
            events.CustomerMerged: merging.merged,
            events.CustomerMergeDeclined: unchanged,
            events.CustomerAbsorbed: merging.absorbed,
            events.CustomerMergeAbandoned: merging.abandoned,
            events.SpendReferred: merging.spend_referred,
            events.OrderReferred: merging.order_referred,
        }
    ),
)
