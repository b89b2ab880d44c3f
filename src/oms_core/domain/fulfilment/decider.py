"""The rules of a fulfilment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from operator import attrgetter

from msgspec.structs import replace

from oms_core.domain.fulfilment import commands, events
from oms_core.kernel import Decider, Rejected, State, deciding, evolving

Events = Iterator[events.FulfilmentEvent]


class Stage(StrEnum):
    """How far the parcel has come."""

    UNKNOWN = "unknown"
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


OPEN = frozenset({Stage.REQUESTED, Stage.ACCEPTED})


class Fulfilment(State, frozen=True):
    """What was asked of the location, what went into the parcel, and how far it has come."""

    stage: Stage = Stage.UNKNOWN
    request: events.FulfilmentRequested | None = None
    shipped: tuple[events.FulfilmentLine, ...] = ()

    @property
    def asked(self) -> events.FulfilmentRequested:
        """What was asked; nothing else happens to a fulfilment that was never requested."""
        assert self.request is not None
        return self.request


class EmptyFulfilment(Rejected):
    """There is nothing to send."""

    code = "fulfilment.empty"
    remedy = "Name at least one line with one unit or more."


class RepeatedLine(Rejected):
    """A line of the order is named more than once."""

    code = "fulfilment.repeated_line"
    remedy = "Name each line once, with all its units."


class WrongStage(Rejected):
    """The fulfilment is not at the stage that this step needs."""

    code = "fulfilment.wrong_stage"
    remedy = "Look the fulfilment up: it may be unknown, or already shipped or cancelled."


class NotAsked(Rejected):
    """The parcel holds what nobody asked for."""

    code = "fulfilment.not_asked"
    remedy = "Ship lines of the request, and no more units of them than were asked for."


def request(command: commands.RequestFulfilment, fulfilment: Fulfilment) -> Events:
    """Ask the location, once."""
    if not command.lines or any(line.quantity < 1 for line in command.lines):
        raise EmptyFulfilment(f"lines is {command.lines!r}.")
    ids = [line.line_id for line in command.lines]
    if len(set(ids)) < len(ids):
        raise RepeatedLine(f"lines names {ids}.")
    if fulfilment.stage is Stage.UNKNOWN:
        yield events.FulfilmentRequested(
            command.fulfilment_id,
            command.order_id,
            command.location_id,
            command.lines,
            command.country,
            command.ship_by,
            command.priority,
        )


def _require(fulfilment: Fulfilment, stages: frozenset[Stage]) -> None:
    if fulfilment.stage not in stages:
        raise WrongStage(
            f"the fulfilment is {fulfilment.stage}, not {' or '.join(sorted(stages))}."
        )


def accept(command: commands.AcceptFulfilment, fulfilment: Fulfilment) -> Events:
    """Take the work on."""
    if fulfilment.stage is not Stage.ACCEPTED:
        _require(fulfilment, frozenset({Stage.REQUESTED}))
        yield events.FulfilmentAccepted(command.fulfilment_id, fulfilment.asked.order_id)


def reject(command: commands.RejectFulfilment, fulfilment: Fulfilment) -> Events:
    """Refuse the work, or give it back after all."""
    if fulfilment.stage is not Stage.REJECTED:
        _require(fulfilment, OPEN)
        asked = fulfilment.asked
        yield events.FulfilmentRejected(
            command.fulfilment_id, asked.order_id, asked.location_id, command.reason, asked.lines
        )


def ship(command: commands.ShipFulfilment, fulfilment: Fulfilment) -> Events:
    """Send what is there: a line may be short, and a parcel may not be empty."""
    if fulfilment.stage in (Stage.SHIPPED, Stage.DELIVERED):
        return
    _require(fulfilment, OPEN)
    asked = fulfilment.asked
    lines = _packed(command.lines, asked.lines) if command.lines else asked.lines
    yield events.FulfilmentShipped(
        command.fulfilment_id,
        asked.order_id,
        asked.location_id,
        lines,
        command.carrier,
        command.tracking,
    )


def _packed(
    packed: tuple[commands.ShippedLine, ...], asked: tuple[events.FulfilmentLine, ...]
) -> tuple[events.FulfilmentLine, ...]:
    """Return the asked lines with what is in the parcel; a line may be packed in several goes.

    :raises NotAsked: if the parcel holds what nobody asked for.
    :raises EmptyFulfilment: if it holds nothing.
    """
    units = {line.line_id: 0 for line in asked}
    for line in packed:
        if line.line_id not in units:
            raise NotAsked(f"line_id {line.line_id!r} is not in the request.")
        if line.quantity < 0:
            raise NotAsked(f"quantity {line.quantity} of line {line.line_id!r} is less than 0.")
        units[line.line_id] += line.quantity
    for wanted in asked:
        if units[wanted.line_id] > wanted.quantity:
            raise NotAsked(
                f"quantity {units[wanted.line_id]} of line {wanted.line_id!r} is more than "
                f"{wanted.quantity}."
            )
    if not any(units.values()):
        raise EmptyFulfilment("every quantity is 0; reject the fulfilment instead.")
    return tuple(replace(wanted, quantity=units[wanted.line_id]) for wanted in asked)


def deliver(command: commands.DeliverFulfilment, fulfilment: Fulfilment) -> Events:
    """Note that the parcel has arrived."""
    if fulfilment.stage is not Stage.DELIVERED:
        _require(fulfilment, frozenset({Stage.SHIPPED}))
        arrived = tuple(line for line in fulfilment.shipped if line.quantity)
        yield events.FulfilmentDelivered(command.fulfilment_id, fulfilment.asked.order_id, arrived)


def cancel(command: commands.CancelFulfilment, fulfilment: Fulfilment) -> Events:
    """Stop the location, unless the parcel has left."""
    if fulfilment.stage not in (Stage.CANCELLED, Stage.REJECTED):
        _require(fulfilment, OPEN)
        asked = fulfilment.asked
        yield events.FulfilmentCancelled(
            command.fulfilment_id, asked.order_id, asked.location_id, asked.lines
        )


def requested(fulfilment: Fulfilment, event: events.FulfilmentRequested) -> Fulfilment:
    """Remember what was asked."""
    return replace(fulfilment, stage=Stage.REQUESTED, request=event)


def shipped(fulfilment: Fulfilment, event: events.FulfilmentShipped) -> Fulfilment:
    """Remember what left."""
    return replace(fulfilment, stage=Stage.SHIPPED, shipped=event.lines)


def into(stage: Stage) -> Callable[[Fulfilment, object], Fulfilment]:
    """Return the change to one stage."""
    return lambda fulfilment, _: replace(fulfilment, stage=stage)


fulfilment = Decider(
    "fulfilment",
    attrgetter("fulfilment_id"),
    Fulfilment(),
    deciding(
        {
            commands.RequestFulfilment: request,
            commands.AcceptFulfilment: accept,
            commands.RejectFulfilment: reject,
            commands.ShipFulfilment: ship,
            commands.DeliverFulfilment: deliver,
            commands.CancelFulfilment: cancel,
        }
    ),
    evolving(
        {
            events.FulfilmentRequested: requested,
            events.FulfilmentAccepted: into(Stage.ACCEPTED),
            events.FulfilmentRejected: into(Stage.REJECTED),
            events.FulfilmentShipped: shipped,
            events.FulfilmentDelivered: into(Stage.DELIVERED),
            events.FulfilmentCancelled: into(Stage.CANCELLED),
        }
    ),
)
