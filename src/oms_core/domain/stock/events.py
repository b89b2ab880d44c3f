"""What can have happened to stock. Costs are minor units of the item's valuation currency."""

from __future__ import annotations

from enum import StrEnum

from oms_core.kernel import Event, Instant, State


class AdjustmentReason(StrEnum):
    """Why the book differs from what it was."""

    LOST = "lost"
    STOLEN = "stolen"
    FOUND = "found"
    DAMAGED = "damaged"
    SAMPLE = "sample"
    CORRECTION = "correction"


class Shortfall(StrEnum):
    """What stock does with demand that it cannot meet: refuse all of it, or let the rest wait."""

    DECLINE = "decline"
    BACKORDER = "backorder"


class Limit(StrEnum):
    """What stands in the way of a cart: there are no more, or one customer may hold no more."""

    STOCK = "stock"
    CUSTOMER = "customer"


class Available(State, frozen=True):
    """How much one location could give, beyond safety stock and what is allocated there."""

    location_id: str
    quantity: int


class StockReceived(Event, frozen=True):
    """Goods arrived. `cost_minor` is for all of them together."""

    item_id: str
    document_id: str
    location_id: str
    quantity: int
    cost_minor: int
    currency: str


class SupplyExpected(Event, frozen=True):
    """Goods are on their way from outside, under the document they will be received with."""

    item_id: str
    document_id: str
    location_id: str
    quantity: int
    due_at: Instant


class SupplyWithdrawn(Event, frozen=True):
    """Goods are no longer expected at this location: they come to another one, or have come."""

    item_id: str
    document_id: str
    location_id: str


class StockReserved(Event, frozen=True):
    """Units are set aside for an order line. `sources` are the locations that could give them."""

    item_id: str
    line_id: str
    channel: str
    quantity: int
    fenced: int
    expires_at: Instant
    sources: tuple[Available, ...]


class StockBackordered(Event, frozen=True):
    """Units of a line wait for supply, first come, first served.

    They should be there at `expected_at`, behind those who wait already; zero: nobody can say.
    """

    item_id: str
    line_id: str
    channel: str
    quantity: int
    expires_at: Instant
    expected_at: Instant = Instant(0)


class ReservationDeclined(Event, frozen=True):
    """Demand that stock could not meet: purchasing and the forecast listen for it."""

    item_id: str
    line_id: str
    channel: str
    requested: int
    available: int


class ReservationReleased(Event, frozen=True):
    """Units that were set aside are on sale again. `fenced` went back to the channel's fence."""

    item_id: str
    line_id: str
    quantity: int
    fenced: int


class ReservationExpired(Event, frozen=True):
    """Units were set aside for too long and are on sale again."""

    item_id: str
    line_id: str
    quantity: int
    fenced: int


class StockSoftReserved(Event, frozen=True):
    """Units are set aside for a cart until then, beside those it has; all are then its customer's.

    A cart without a customer stands for itself.
    """

    item_id: str
    cart_id: str
    channel: str
    customer_id: str
    quantity: int
    fenced: int
    expires_at: Instant


class SoftReservationExtended(Event, frozen=True):
    """A cart keeps its units for longer, or for a customer who has made themselves known."""

    item_id: str
    cart_id: str
    customer_id: str
    expires_at: Instant


class SoftReservationDeclined(Event, frozen=True):
    """A cart wants more than it can have: so many could be had, and are set aside for it."""

    item_id: str
    cart_id: str
    channel: str
    requested: int
    available: int
    limit: Limit


class SoftReservationReleased(Event, frozen=True):
    """A cart gave units up, and they are on sale again. `fenced` went back to the fence."""

    item_id: str
    cart_id: str
    quantity: int
    fenced: int


class SoftReservationExpired(Event, frozen=True):
    """Units were set aside for a cart for too long and are on sale again."""

    item_id: str
    cart_id: str
    quantity: int
    fenced: int


class SoftReservationConverted(Event, frozen=True):
    """A cart became an order, which took so many of its units; the others are on sale again.

    The reservation of the order's lines follows in the same decision, so nobody comes between.
    """

    item_id: str
    cart_id: str
    quantity: int
    fenced: int
    taken: int


class BackorderCancelled(Event, frozen=True):
    """Units no longer wait for supply."""

    item_id: str
    line_id: str
    quantity: int


class StockAllocated(Event, frozen=True):
    """Reserved units are tied to a location."""

    item_id: str
    line_id: str
    fulfilment_id: str
    location_id: str
    quantity: int
    fenced: int


class AllocationDeclined(Event, frozen=True):
    """The location cannot give what it was chosen for; the units stay reserved."""

    item_id: str
    line_id: str
    fulfilment_id: str
    location_id: str
    requested: int
    available: int
    sources: tuple[Available, ...]


class StockDeallocated(Event, frozen=True):
    """Units are no longer tied to the location; they stay reserved for their line."""

    item_id: str
    line_id: str
    fulfilment_id: str
    location_id: str
    quantity: int
    fenced: int
    sources: tuple[Available, ...]
    barred: bool = False


class StockShorted(Event, frozen=True):
    """Allocated units were not on the shelf: on hand falls with the allocation."""

    item_id: str
    line_id: str
    fulfilment_id: str
    location_id: str
    quantity: int
    fenced: int
    cost_minor: int
    currency: str


class StockShipped(Event, frozen=True):
    """Allocated units have left, at their average cost."""

    item_id: str
    line_id: str
    fulfilment_id: str
    location_id: str
    quantity: int
    fenced: int
    cost_minor: int
    currency: str


class StockReturned(Event, frozen=True):
    """Units came back from a customer, at the cost they had left with."""

    item_id: str
    document_id: str
    line_id: str
    location_id: str
    quantity: int
    quarantined: int
    cost_minor: int
    currency: str


class StockQuarantined(Event, frozen=True):
    """Units are on the shelf but may not be sold."""

    item_id: str
    document_id: str
    location_id: str
    quantity: int
    reason: str


class QuarantineLifted(Event, frozen=True):
    """Units are no longer aside: they may be sold again, or are gone from the shelf."""

    item_id: str
    document_id: str
    location_id: str
    quantity: int


class StockAdjusted(Event, frozen=True):
    """The book was changed for a reason. `quantity` and `cost_minor` are signed."""

    item_id: str
    document_id: str
    location_id: str
    quantity: int
    cost_minor: int
    currency: str
    reason: AdjustmentReason


class StockCounted(Event, frozen=True):
    """A person counted. The difference to the book is booked with it; both are signed."""

    item_id: str
    document_id: str
    location_id: str
    counted: int
    difference: int
    cost_minor: int
    currency: str


class TransferDispatched(Event, frozen=True):
    """Units are on their way between two of our locations."""

    item_id: str
    transfer_id: str
    origin_id: str
    destination_id: str
    quantity: int


class TransferReceived(Event, frozen=True):
    """A transfer has arrived; what was dispatched and not received is lost."""

    item_id: str
    transfer_id: str
    destination_id: str
    quantity: int
    lost: int
    cost_minor: int
    currency: str


class LocationConfigured(Event, frozen=True):
    """How much a location keeps back for itself, and whether it sells to the channels at all."""

    item_id: str
    location_id: str
    safety: int
    selling: bool


class ThresholdSet(Event, frozen=True):
    """How much the network as a whole keeps back."""

    item_id: str
    quantity: int


class RingFenceSet(Event, frozen=True):
    """Units kept for one channel alone, beside those it has already reserved."""

    item_id: str
    channel: str
    quantity: int


class StockOversold(Event, frozen=True):
    """More is promised than there is, after goods were lost or set aside. A person must act."""

    item_id: str
    shortfall: int


StockEvent = (
    StockReserved
    | StockBackordered
    | ReservationDeclined
    | ReservationReleased
    | ReservationExpired
    | StockSoftReserved
    | SoftReservationExtended
    | SoftReservationDeclined
    | SoftReservationReleased
    | SoftReservationExpired
    | SoftReservationConverted
    | BackorderCancelled
    | StockAllocated
    | AllocationDeclined
    | StockDeallocated
    | StockShipped
    | StockShorted
    | StockReceived
    | SupplyExpected
    | SupplyWithdrawn
    | StockReturned
    | StockQuarantined
    | QuarantineLifted
    | StockAdjusted
    | StockCounted
    | TransferDispatched
    | TransferReceived
    | LocationConfigured
    | ThresholdSet
    | RingFenceSet
    | StockOversold
)
