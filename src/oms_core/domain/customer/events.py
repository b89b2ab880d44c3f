"""What can have happened to a customer."""

from __future__ import annotations

from enum import StrEnum

from oms_core.kernel import Event, State


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
    """The customer's personal data can no longer be read by anyone, under none of their ids.

    `duplicates` are those who turned out to be them.
    """

    customer_id: str
    duplicates: tuple[str, ...] = ()


class PreferencesChanged(Event, frozen=True):
    """From now on the customer is written to in this way. `basis` is the evidence of consent."""

    customer_id: str
    language: str
    marketing: bool
    channel: Channel = Channel.EMAIL
    basis: str = ""


class Spend(State, frozen=True):
    """An amount in one currency."""

    currency: str
    amount_minor: int


class Obstacle(StrEnum):
    """Why a customer cannot be taken for another one."""

    UNKNOWN = "unknown"
    ERASED = "erased"
    MERGED = "merged"
    MERGING = "merging"


class CustomerMergeRequested(Event, frozen=True):
    """Somebody says that a duplicate is this customer; the duplicate's record is asked."""

    customer_id: str
    duplicate_id: str
    reason: str


class CustomerMerged(Event, frozen=True):
    """This customer is the survivor, whose record goes on; this one's history stays.

    `duplicates` had turned out to be this customer before, and are the survivor's now. `spent` and
    `tier` are what this customer brings along.
    """

    customer_id: str
    survivor_id: str
    reason: str
    duplicates: tuple[str, ...]
    spent: tuple[Spend, ...]
    tier: Tier


class CustomerMergeDeclined(Event, frozen=True):
    """This customer cannot be taken for the survivor."""

    customer_id: str
    survivor_id: str
    why: Obstacle


class CustomerAbsorbed(Event, frozen=True):
    """The duplicate, and those who had turned out to be it, are this customer from now on."""

    customer_id: str
    duplicate_id: str
    duplicates: tuple[str, ...]
    spent: tuple[Spend, ...]


class CustomerMergeAbandoned(Event, frozen=True):
    """Nothing came of a merge."""

    customer_id: str
    duplicate_id: str
    why: Obstacle


class SpendReferred(Event, frozen=True):
    """A completed order under this customer's id adds to what the survivor has spent."""

    customer_id: str
    survivor_id: str
    order_id: str
    amount_minor: int
    currency: str


class OrderReferred(Event, frozen=True):
    """An order under this customer's id is one of the survivor's."""

    customer_id: str
    survivor_id: str
    order_id: str


CustomerEvent = (
    CustomerRegistered
    | ContactChanged
    | SpendRecorded
    | CustomerPromoted
    | VipOrderNoted
    | CustomerErased
    | PreferencesChanged
    | CustomerMergeRequested
    | CustomerMerged
    | CustomerMergeDeclined
    | CustomerAbsorbed
    | CustomerMergeAbandoned
    | SpendReferred
    | OrderReferred
)
