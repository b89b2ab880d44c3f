"""What can have happened to a customer."""

from __future__ import annotations

from enum import StrEnum

from oms_core.kernel import Event


class Tier(StrEnum):
    """How much the customer means to us."""

    STANDARD = "standard"
    VIP = "vip"


class Channel(StrEnum):
    """How the customer wants to hear from us; without one, only what the law demands is sent."""

    EMAIL = "email"
    NONE = "none"


class CustomerRegistered(Event, frozen=True):
    """We know this customer. `sealed` is the contact data, encrypted with the customer's key."""

    customer_id: str
    country: str
    sealed: bytes = b""


class ContactChanged(Event, frozen=True):
    """The contact data is now this."""

    customer_id: str
    sealed: bytes


class SpendRecorded(Event, frozen=True):
    """A completed order adds to what the customer has spent."""

    customer_id: str
    order_id: str
    amount_minor: int
    currency: str


class CustomerPromoted(Event, frozen=True):
    """The customer is now of this tier."""

    customer_id: str
    tier: Tier


class VipOrderNoted(Event, frozen=True):
    """A customer of the VIP tier has placed an order."""

    customer_id: str
    order_id: str


class CustomerErased(Event, frozen=True):
    """The customer's personal data can no longer be read by anyone."""

    customer_id: str


class PreferencesChanged(Event, frozen=True):
    """From now on the customer is written to in this way. `basis` is the evidence of consent."""

    customer_id: str
    language: str
    marketing: bool
    channel: Channel = Channel.EMAIL
    basis: str = ""


CustomerEvent = (
    CustomerRegistered
    | ContactChanged
    | SpendRecorded
    | CustomerPromoted
    | VipOrderNoted
    | CustomerErased
    | PreferencesChanged
)
