"""Rules of the shelf: goods arrive, leave, are counted, set aside, moved and kept back."""

from __future__ import annotations

from oms_core.domain.stock import commands, events
from oms_core.domain.stock.commitments import require_positive
from oms_core.domain.stock.consequences import Events, book, forget_gone, location_of
from oms_core.domain.stock.evolution import evolve
from oms_core.domain.stock.state import Stock, Supply
from oms_core.kernel import Rejected
from oms_core.kernel.money import is_currency_code


class NotEnoughOnHand(Rejected):
    """More units were named than are on the shelf and free for this step."""

    code = "stock.not_enough_on_hand"
    remedy = "Count the shelf and book the count first, or name fewer units."


class OtherCurrency(Rejected):
    """The item is valued in another currency."""

    code = "stock.other_currency"
    remedy = "Give the cost in the currency that the item is valued in."


class NegativeAmount(Rejected):
    """An amount or a count that may be zero is less."""

    code = "stock.negative"
    remedy = "Give zero or more."


class UnknownTransfer(Rejected):
    """No such transfer is on its way."""

    code = "stock.unknown_transfer"
    remedy = "Use the transfer_id that the goods were dispatched under."


class TransferTooLarge(Rejected):
    """More arrived than was dispatched."""

    code = "stock.transfer_too_large"
    remedy = "Book what was dispatched, and the rest as an adjustment with reason found."


class FenceTooHigh(Rejected):
    """There are not that many unpromised units to keep for one channel."""

    code = "stock.fence_too_high"
    remedy = "Keep no more than is available, or receive goods first."


def _require_not_negative(number: int, field: str) -> None:
    if number < 0:
        raise NegativeAmount(f"{field} is {number}.")


def _require_currency(stock: Stock, currency: str) -> None:
    if not is_currency_code(currency) or stock.currency not in ("", currency):
        raise OtherCurrency(f"currency {currency!r} is not {stock.currency or 'an ISO 4217 code'}.")


def _change_book(
    stock: Stock, event: events.StockAdjusted | events.StockCounted, item_id: str
) -> Events:
    yield from book(stock, event, item_id)
    yield from forget_gone(evolve(stock, event), item_id, event.document_id, event.location_id)


def receive(command: commands.ReceiveStock, stock: Stock) -> Events:
    """Put goods on the shelf, once for each document, and serve those who wait."""
    require_positive(command.quantity)
    _require_not_negative(command.cost_minor, "cost_minor")
    _require_currency(stock, command.currency)
    if command.document_id not in stock.documents:
        yield from _not_expected_elsewhere(command, stock)
        received = events.StockReceived(
            command.item_id,
            command.document_id,
            command.location_id,
            command.quantity,
            command.cost_minor,
            command.currency,
        )
        yield from book(stock, received, command.item_id)


def expect(command: commands.ExpectSupply, stock: Stock) -> Events:
    """Await goods under a document; naming it again changes the terms, until they are received."""
    require_positive(command.quantity)
    if command.document_id in stock.documents:
        return
    supply = Supply(command.location_id, command.quantity, command.due_at)
    if stock.expected.get(command.document_id) != supply:
        yield from _not_expected_elsewhere(command, stock)
        yield events.SupplyExpected(
            command.item_id,
            command.document_id,
            command.location_id,
            command.quantity,
            command.due_at,
        )


def _not_expected_elsewhere(
    command: commands.ReceiveStock | commands.ExpectSupply, stock: Stock
) -> Events:
    supply = stock.expected.get(command.document_id)
    if supply and supply.location_id != command.location_id:
        yield events.SupplyWithdrawn(command.item_id, command.document_id, supply.location_id)


def take_back(command: commands.ReturnStock, stock: Stock) -> Events:
    """Put returned goods on the shelf or aside, once for each document.

    Goods that had left without a value come back without one.
    """
    require_positive(command.quantity)
    _require_not_negative(command.cost_minor, "cost_minor")
    if command.cost_minor or command.currency:
        _require_currency(stock, command.currency)
    if command.document_id not in stock.documents:
        returned = events.StockReturned(
            command.item_id,
            command.document_id,
            command.line_id,
            command.location_id,
            command.quantity,
            command.quantity if command.quarantine else 0,
            command.cost_minor,
            command.currency,
        )
        yield from book(stock, returned, command.item_id)


def quarantine(command: commands.QuarantineStock, stock: Stock) -> Events:
    """Set units aside, also such as are promised: then a person is told."""
    require_positive(command.quantity)
    if command.document_id in stock.documents:
        return
    location = location_of(stock, command.location_id)
    if command.quantity > location.on_hand - location.quarantined:
        raise NotEnoughOnHand(
            f"quantity {command.quantity} is more than the "
            f"{location.on_hand - location.quarantined} at {command.location_id!r}."
        )
    quarantined = events.StockQuarantined(
        command.item_id,
        command.document_id,
        command.location_id,
        command.quantity,
        command.reason,
    )
    yield from book(stock, quarantined, command.item_id)


def lift(command: commands.LiftQuarantine, stock: Stock) -> Events:
    """Put units that were aside back on sale."""
    require_positive(command.quantity)
    if command.document_id in stock.documents:
        return
    aside = location_of(stock, command.location_id).quarantined
    if command.quantity > aside:
        raise NotEnoughOnHand(
            f"quantity {command.quantity} is more than the {aside} in quarantine."
        )
    lifted = events.QuarantineLifted(
        command.item_id, command.document_id, command.location_id, command.quantity
    )
    yield from book(stock, lifted, command.item_id)


def adjust(command: commands.AdjustStock, stock: Stock) -> Events:
    """Change the book. It never falls below zero: a shelf cannot hold less than nothing."""
    if not command.quantity:
        require_positive(command.quantity)
    if command.document_id in stock.documents:
        return
    on_hand = location_of(stock, command.location_id).on_hand
    if on_hand + command.quantity < 0:
        raise NotEnoughOnHand(
            f"quantity {command.quantity} is more than the {on_hand} on hand at "
            f"{command.location_id!r}."
        )
    adjusted = events.StockAdjusted(
        command.item_id,
        command.document_id,
        command.location_id,
        command.quantity,
        stock.cost_of(command.quantity),
        stock.currency,
        command.reason,
    )
    yield from _change_book(stock, adjusted, command.item_id)


def count(command: commands.CountStock, stock: Stock) -> Events:
    """Set the book to what was counted."""
    _require_not_negative(command.counted, "counted")
    if command.document_id in stock.documents:
        return
    difference = command.counted - location_of(stock, command.location_id).on_hand
    counted = events.StockCounted(
        command.item_id,
        command.document_id,
        command.location_id,
        command.counted,
        difference,
        stock.cost_of(difference),
        stock.currency,
    )
    yield from _change_book(stock, counted, command.item_id)


def dispatch(command: commands.DispatchTransfer, stock: Stock) -> Events:
    """Send free units from one of our shelves to another."""
    require_positive(command.quantity)
    if command.transfer_id in stock.documents:
        return
    origin = location_of(stock, command.origin_id)
    free = origin.on_hand - origin.quarantined - origin.allocated
    if command.quantity > free:
        raise NotEnoughOnHand(
            f"quantity {command.quantity} is more than the {free} free at {command.origin_id!r}."
        )
    dispatched = events.TransferDispatched(
        command.item_id,
        command.transfer_id,
        command.origin_id,
        command.destination_id,
        command.quantity,
    )
    yield from book(stock, dispatched, command.item_id)


def receive_transfer(command: commands.ReceiveTransfer, stock: Stock) -> Events:
    """Book what arrived; the rest of the transfer is lost."""
    _require_not_negative(command.quantity, "quantity")
    transfer = stock.transfers.get(command.transfer_id)
    if transfer is None:
        if command.transfer_id in stock.documents:
            return
        raise UnknownTransfer(f"transfer_id {command.transfer_id!r} is not on its way.")
    if command.quantity > transfer.quantity:
        raise TransferTooLarge(
            f"quantity {command.quantity} is more than the {transfer.quantity} dispatched."
        )
    lost = transfer.quantity - command.quantity
    received = events.TransferReceived(
        command.item_id,
        command.transfer_id,
        transfer.destination_id,
        command.quantity,
        lost,
        stock.cost_of(lost),
        stock.currency,
    )
    yield from book(stock, received, command.item_id)


def configure(command: commands.ConfigureLocation, stock: Stock) -> Events:
    """Let a location keep more or less for itself."""
    _require_not_negative(command.safety, "safety")
    location = location_of(stock, command.location_id)
    if (location.safety, location.selling) != (command.safety, command.selling):
        configured = events.LocationConfigured(
            command.item_id, command.location_id, command.safety, command.selling
        )
        yield from book(stock, configured, command.item_id)


def set_threshold(command: commands.SetThreshold, stock: Stock) -> Events:
    """Let the network keep more or less for itself."""
    _require_not_negative(command.quantity, "quantity")
    if command.quantity != stock.threshold:
        changed = events.ThresholdSet(command.item_id, command.quantity)
        yield from book(stock, changed, command.item_id)


def set_fence(command: commands.SetRingFence, stock: Stock) -> Events:
    """Keep units for one channel; they must be there and promised to nobody."""
    _require_not_negative(command.quantity, "quantity")
    present = stock.fences.get(command.channel, 0)
    if command.quantity - present > stock.available():
        raise FenceTooHigh(
            f"quantity {command.quantity} is more than the {present + stock.available()} "
            "units that are unpromised."
        )
    if command.quantity != present:
        fenced = events.RingFenceSet(command.item_id, command.channel, command.quantity)
        yield from book(stock, fenced, command.item_id)
