"""What can have happened to a fulfilment."""

from __future__ import annotations

from enum import StrEnum

from oms_core.kernel import Event, Instant, State


class RejectionReason(StrEnum):
    """Why a location will not do what it was asked to."""

    OUT_OF_STOCK = "out_of_stock"
    DAMAGED = "damaged"
    CAPACITY = "capacity"
    CLOSED = "closed"
    OTHER = "other"


class FulfilmentLine(State, frozen=True):
    """Units of one order line."""

    line_id: str
    item_id: str
    quantity: int


class FulfilmentRequested(Event, frozen=True):
    """The location is asked to send these units together."""

    fulfilment_id: str
    order_id: str
    location_id: str
    lines: tuple[FulfilmentLine, ...]
    country: str
    ship_by: Instant = Instant(0)
    priority: int = 0


class FulfilmentAccepted(Event, frozen=True):
    """The location will do it."""

    fulfilment_id: str
    order_id: str


class FulfilmentRejected(Event, frozen=True):
    """The location will not do it; its units must go elsewhere."""

    fulfilment_id: str
    order_id: str
    location_id: str
    reason: RejectionReason
    lines: tuple[FulfilmentLine, ...]


class FulfilmentShipped(Event, frozen=True):
    """The parcel has left. A line's quantity may be less than was asked for, or zero."""

    fulfilment_id: str
    order_id: str
    location_id: str
    lines: tuple[FulfilmentLine, ...]
    carrier: str
    tracking: str


class FulfilmentDelivered(Event, frozen=True):
    """The parcel has arrived."""

    fulfilment_id: str
    order_id: str
    lines: tuple[FulfilmentLine, ...]


class FulfilmentCancelled(Event, frozen=True):
    """The location must not send it; what is still wanted of it is found elsewhere."""

    fulfilment_id: str
    order_id: str
    location_id: str
    lines: tuple[FulfilmentLine, ...]


FulfilmentEvent = (
    FulfilmentRequested
    | FulfilmentAccepted
    | FulfilmentRejected
    | FulfilmentShipped
    | FulfilmentDelivered
    | FulfilmentCancelled
)
