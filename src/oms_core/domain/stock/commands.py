"""What may be asked of stock."""

from __future__ import annotations

from oms_core.domain.stock.events import AdjustmentReason, Shortfall
from oms_core.kernel import Command, Instant, State


class Demand(State, frozen=True):
    """How many units should be set aside or awaited for one order line, allocated ones not counted.

    A target rather than an increment: asking twice changes no more than asking once.
    """

    line_id: str
    quantity: int


class ReserveStock(Command, frozen=True):
    """Set units aside for the lines of one order that ask for this item: they are judged together.

    `expires_at` zero means that the reservation stands until it is used or released. What was set
    aside for the cart that the order comes from is the order's first of all.
    """

    item_id: str
    channel: str
    demands: tuple[Demand, ...]
    shortfall: Shortfall
    expires_at: Instant = Instant(0)
    cart_id: str = ""


class ReleaseReservation(Command, frozen=True):
    """Put units that are set aside for a line back on sale."""

    item_id: str
    line_id: str
    quantity: int


class CancelBackorder(Command, frozen=True):
    """Let units of a line no longer wait for supply."""

    item_id: str
    line_id: str
    quantity: int


class ExpireReservation(Command, frozen=True):
    """Put units back on sale if their time is over at `now`."""

    item_id: str
    line_id: str
    now: Instant


class SoftReserveStock(Command, frozen=True):
    """Set so many units in all aside for a cart, or as many as there are; zero gives them back.

    A customer holds at most `units_max` of the item in all carts together.
    """

    item_id: str
    cart_id: str
    channel: str
    customer_id: str
    quantity: int
    units_max: int
    expires_at: Instant


class ExpireSoftReservation(Command, frozen=True):
    """Put a cart's units back on sale if their time is over at `now`."""

    item_id: str
    cart_id: str
    now: Instant


class AllocateStock(Command, frozen=True):
    """Tie reserved units to a location."""

    item_id: str
    line_id: str
    fulfilment_id: str
    location_id: str
    quantity: int


class DeallocateStock(Command, frozen=True):
    """Untie what a fulfilment holds of a line from its location; it stays reserved.

    A `barred` location does not want the work and is not to be asked for this line again.
    """

    item_id: str
    line_id: str
    fulfilment_id: str
    barred: bool = False


class ShipStock(Command, frozen=True):
    """Let allocated units leave. What is left of the allocation was not on the shelf."""

    item_id: str
    line_id: str
    fulfilment_id: str
    quantity: int


class ReceiveStock(Command, frozen=True):
    """Add goods that arrived. `cost_minor` is for all of them together."""

    item_id: str
    document_id: str
    location_id: str
    quantity: int
    cost_minor: int
    currency: str


class ExpectSupply(Command, frozen=True):
    """Announce goods that will arrive under this document."""

    item_id: str
    document_id: str
    location_id: str
    quantity: int
    due_at: Instant


class ReturnStock(Command, frozen=True):
    """Take units back from a customer, aside for inspection if `quarantine`.

    `cost_minor` is what all of them had left with; zero, without a currency, if it is not known.
    """

    item_id: str
    document_id: str
    line_id: str
    location_id: str
    quantity: int
    quarantine: bool
    cost_minor: int
    currency: str


class QuarantineStock(Command, frozen=True):
    """Set units on the shelf aside."""

    item_id: str
    document_id: str
    location_id: str
    quantity: int
    reason: str


class LiftQuarantine(Command, frozen=True):
    """Put units that were aside back on sale."""

    item_id: str
    document_id: str
    location_id: str
    quantity: int


class AdjustStock(Command, frozen=True):
    """Change the book by a signed quantity."""

    item_id: str
    document_id: str
    location_id: str
    quantity: int
    reason: AdjustmentReason


class CountStock(Command, frozen=True):
    """Set the book to what was counted."""

    item_id: str
    document_id: str
    location_id: str
    counted: int


class DispatchTransfer(Command, frozen=True):
    """Send units from one of our locations to another."""

    item_id: str
    transfer_id: str
    origin_id: str
    destination_id: str
    quantity: int


class ReceiveTransfer(Command, frozen=True):
    """Book what arrived of a transfer; the rest is lost."""

    item_id: str
    transfer_id: str
    quantity: int


class ConfigureLocation(Command, frozen=True):
    """Say how much a location keeps for itself, and whether it sells at all."""

    item_id: str
    location_id: str
    safety: int
    selling: bool


class SetThreshold(Command, frozen=True):
    """Say how much the network as a whole keeps back."""

    item_id: str
    quantity: int


class SetRingFence(Command, frozen=True):
    """Keep units for one channel alone."""

    item_id: str
    channel: str
    quantity: int


Commitment = (
    ReserveStock
    | ReleaseReservation
    | CancelBackorder
    | ExpireReservation
    | SoftReserveStock
    | ExpireSoftReservation
    | AllocateStock
    | DeallocateStock
    | ShipStock
)
"""What is asked on behalf of orders and carts."""

Movement = (
    ReceiveStock
    | ExpectSupply
    | ReturnStock
    | QuarantineStock
    | LiftQuarantine
    | AdjustStock
    | CountStock
    | DispatchTransfer
    | ReceiveTransfer
    | ConfigureLocation
    | SetThreshold
    | SetRingFence
)
"""What is asked by the people and papers of the warehouse."""

StockCommand = Commitment | Movement
