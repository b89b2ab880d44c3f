"""What may be asked of a customer."""

from __future__ import annotations

from oms_core.domain.customer.events import Channel, Obstacle, Spend, Tier
from oms_core.kernel import Command


class RegisterCustomer(Command, frozen=True):
    """Begin to know a customer."""

    customer_id: str
    country: str
    sealed: bytes = b""


class ChangeContact(Command, frozen=True):
    """Replace the contact data."""

    customer_id: str
    sealed: bytes


class ChangePreferences(Command, frozen=True):
    """Write to the customer in this language, by this channel, and advertise only with `marketing`.

    `language` is a code of ISO 639-1 such as `ko`; `basis` says where consent was given or
    withdrawn, to be shown when somebody asks for it.
    """

    customer_id: str
    language: str
    marketing: bool
    channel: Channel = Channel.EMAIL
    basis: str = ""


class RecordSpend(Command, frozen=True):
    """Add a completed order. Reaching `vip_minor` in its currency makes the customer a VIP.

    `vip_minor` zero means that the currency has no such mark.
    """

    customer_id: str
    order_id: str
    amount_minor: int
    currency: str
    vip_minor: int


class NoteOrder(Command, frozen=True):
    """Tell the customer's record of a new order, in case it deserves special care."""

    customer_id: str
    order_id: str


class EraseCustomer(Command, frozen=True):
    """Record that the customer's key is destroyed."""

    customer_id: str


class MergeCustomers(Command, frozen=True):
    """Take a duplicate for this customer, for good: all that either has done is one person's."""

    customer_id: str
    duplicate_id: str
    reason: str


class JoinSurvivor(Command, frozen=True):
    """Ask a duplicate's record whether it can be taken for the survivor."""

    customer_id: str
    survivor_id: str
    reason: str


class AbsorbCustomer(Command, frozen=True):
    """Take over what a duplicate brings along. So much spent makes a VIP: `marks`, by currency."""

    customer_id: str
    duplicate_id: str
    duplicates: tuple[str, ...]
    spent: tuple[Spend, ...]
    tier: Tier
    marks: tuple[Spend, ...]


class AbandonMerge(Command, frozen=True):
    """Note that a duplicate cannot be taken for this customer."""

    customer_id: str
    duplicate_id: str
    why: Obstacle


class EraseDuplicate(Command, frozen=True):
    """Record that a duplicate's key is destroyed with the survivor's."""

    customer_id: str


CustomerCommand = (
    RegisterCustomer
    | ChangeContact
    | ChangePreferences
    | RecordSpend
    | NoteOrder
    | EraseCustomer
    | MergeCustomers
    | JoinSurvivor
    | AbsorbCustomer
    | AbandonMerge
    | EraseDuplicate
)
