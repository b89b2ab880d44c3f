"""What may be asked of a fulfilment."""

from __future__ import annotations

from oms_core.domain.fulfilment.events import FulfilmentLine, RejectionReason
from oms_core.kernel import Command, Instant, State


class RequestFulfilment(Command, frozen=True):
    """Ask a location to send these units together."""

    fulfilment_id: str
    order_id: str
    location_id: str
    lines: tuple[FulfilmentLine, ...]
    country: str
    ship_by: Instant = Instant(0)
    priority: int = 0


class AcceptFulfilment(Command, frozen=True):
    """Say that the location will do it."""

    fulfilment_id: str


class RejectFulfilment(Command, frozen=True):
    """Say that the location will not do it."""

    fulfilment_id: str
    reason: RejectionReason


class ShippedLine(State, frozen=True):
    """Units of a line that really went into the parcel."""

    line_id: str
    quantity: int


class ShipFulfilment(Command, frozen=True):
    """Say that the parcel has left. With no lines, everything that was asked for is in it."""

    fulfilment_id: str
    carrier: str = ""
    tracking: str = ""
    lines: tuple[ShippedLine, ...] = ()


class DeliverFulfilment(Command, frozen=True):
    """Say that the parcel has arrived."""

    fulfilment_id: str


class CancelFulfilment(Command, frozen=True):
    """Stop the location before the parcel leaves."""

    fulfilment_id: str


FulfilmentCommand = (
    RequestFulfilment
    | AcceptFulfilment
    | RejectFulfilment
    | ShipFulfilment
    | DeliverFulfilment
    | CancelFulfilment
)
