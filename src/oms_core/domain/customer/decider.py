"""The rules of a customer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from operator import attrgetter

from msgspec.structs import replace
from rpds import HashTrieMap

from oms_core.domain.customer import commands, events
from oms_core.kernel import Decider, Rejected, State, deciding, evolving
from oms_core.kernel.recent import Recent

Events = Iterator[events.CustomerEvent]
LANGUAGE = re.compile(r"[a-z]{2}", re.ASCII)


class Customer(State, frozen=True):
    """How much the customer has spent, in minor units by currency, and what that makes of them."""

    registered: bool = False
    erased: bool = False
    sealed: bytes = b""
    tier: events.Tier = events.Tier.STANDARD
    spent: HashTrieMap[str, int] = HashTrieMap()
    orders: Recent = Recent()
    noted: Recent = Recent()
    preferences: events.PreferencesChanged | None = None


class UnknownCustomer(Rejected):
    """We do not know this customer."""

    code = "customer.unknown"
    remedy = "Register the customer first."


class ErasedCustomer(Rejected):
    """The customer asked to be forgotten."""

    code = "customer.erased"
    remedy = "Register the person under a new customer_id, if they wish so."


class NegativeSpend(Rejected):
    """An order cannot be worth less than nothing."""

    code = "customer.negative_spend"
    remedy = "Give an amount of zero or more; returns are booked on the order."


class UnusableLanguage(Rejected):
    """No language is written like this."""

    code = "customer.language"
    remedy = "Give a code of ISO 639-1 in two small letters, such as en or ko."


def _require_known(customer: Customer) -> None:
    if not customer.registered:
        raise UnknownCustomer("customer_id is not known.")
    if customer.erased:
        raise ErasedCustomer("customer_id was erased.")


def register(command: commands.RegisterCustomer, customer: Customer) -> Events:
    """Begin to know a customer, once."""
    if customer.erased:
        raise ErasedCustomer("customer_id was erased.")
    if not customer.registered:
        yield events.CustomerRegistered(command.customer_id, command.country, command.sealed)


def change_contact(command: commands.ChangeContact, customer: Customer) -> Events:
    """Replace the contact data."""
    _require_known(customer)
    if command.sealed != customer.sealed:
        yield events.ContactChanged(command.customer_id, command.sealed)


def change_preferences(command: commands.ChangePreferences, customer: Customer) -> Events:
    """Write to the customer in another way, or only with other consent."""
    _require_known(customer)
    if not LANGUAGE.fullmatch(command.language):
        raise UnusableLanguage(f"language is {command.language!r}.")
    changed = events.PreferencesChanged(
        command.customer_id, command.language, command.marketing, command.channel, command.basis
    )
    if changed != customer.preferences:
        yield changed


def record_spend(command: commands.RecordSpend, customer: Customer) -> Events:
    """Add a completed order, once; enough of them make a VIP. Guests are not followed."""
    if command.amount_minor < 0:
        raise NegativeSpend(f"amount_minor is {command.amount_minor}.")
    if not customer.registered or customer.erased or command.order_id in customer.orders:
        return
    yield events.SpendRecorded(
        command.customer_id, command.order_id, command.amount_minor, command.currency
    )
    total = customer.spent.get(command.currency, 0) + command.amount_minor
    if customer.tier is not events.Tier.VIP and 0 < command.vip_minor <= total:
        yield events.CustomerPromoted(command.customer_id, events.Tier.VIP)


def note_order(command: commands.NoteOrder, customer: Customer) -> Events:
    """Ask for special care for a VIP's order."""
    if customer.tier is events.Tier.VIP and command.order_id not in customer.noted:
        yield events.VipOrderNoted(command.customer_id, command.order_id)


def erase(command: commands.EraseCustomer, customer: Customer) -> Events:
    """Record that the customer's data can no longer be read."""
    if not customer.registered:
        raise UnknownCustomer("customer_id is not known.")
    if not customer.erased:
        yield events.CustomerErased(command.customer_id)


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
            commands.EraseCustomer: erase,
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
        }
    ),
)
