"""Rules of change: shortage, holds and flags."""

from __future__ import annotations

from oms_core.domain.order import commands, events
from oms_core.domain.order.cancellation import cancel_all, cancel_unpaid, give_up
from oms_core.domain.order.checks import (
    OrderNotOpen,
    any_line,
    require_placed,
    require_unblocked,
)
from oms_core.domain.order.evolution import evolve
from oms_core.domain.order.onward import Events, advance, after
from oms_core.domain.order.progress import retry_reservation
from oms_core.domain.order.state import COUPON, RENEWAL, SHORTAGE, UNPAID, Order, Phase
from oms_core.kernel import Rejected

RESERVED = (SHORTAGE, COUPON, UNPAID, RENEWAL)
"""How the names of holds begin that an order raises itself."""


class UnknownHold(Rejected):
    """The order has no such hold."""

    code = "order.unknown_hold"
    remedy = "Use a hold_id of the order's own holds."


class EmptyHold(Rejected):
    """The hold would stand in the way of nothing."""

    code = "order.empty_hold"
    remedy = "Name at least one step that the hold blocks."


class ReservedName(Rejected):
    """Holds of such names are the order's own, and it goes by them."""

    code = "order.reserved_hold"
    remedy = "Give the hold a hold_id that begins otherwise."


class NoReason(Rejected):
    """Nobody could tell later why the hold still stands."""

    code = "order.no_reason"
    remedy = "Say in note why the hold must stand."


class NotFlagged(Rejected):
    """Nobody asked for a flag of this kind."""

    code = "order.not_flagged"
    remedy = "Request the flag first; its code is then issued by itself."


def record_shortage(command: commands.RecordShortage, order: Order) -> Events:
    """Give up or hold, as the order's terms say. Either way it keeps nothing from others.

    An order that may not be cancelled now is held as well. A line that a change has added is given
    up by itself: the order that was there before does not suffer.
    """
    line = any_line(order, command.line_id)
    if not line.unreserved:
        return
    if command.line_id in order.added:
        yield from give_up(order, line, events.CancellationReason.INVENTORY)
        return
    if order.terms.on_shortage is events.OnShortage.CANCEL and not order.blocks(
        events.Blocked.CANCELLATION
    ):
        yield from cancel_all(order, events.CancellationReason.INVENTORY)
        return
    hold_id = f"{SHORTAGE}{command.line_id}"
    if order.holds.get(hold_id):
        return
    yield events.OrderHeld(
        command.order_id,
        hold_id,
        events.HoldKind.SHORTAGE,
        (events.Blocked.RELEASE,),
        f"{command.requested} wanted and {command.available} available of {command.line_id}",
    )
    for line_id, line in sorted(order.lines.items()):
        if line.reserved:
            yield events.LineUnreserved(
                command.order_id, line_id, line.terms.item_id, line.reserved
            )


def hold(command: commands.HoldOrder, order: Order) -> Events:
    """Put a hold in the way. One that was resolved does not come back under its old name.

    A completed order can be held too: its returns are still to come.
    """
    require_placed(order)
    if command.hold_id in order.holds:
        return
    if order.phase is Phase.CANCELLED:
        raise OrderNotOpen(f"the order is {order.phase}.")
    if command.hold_id.startswith(RESERVED):
        raise ReservedName(f"hold_id {command.hold_id!r} begins like one of the order's own.")
    if not command.blocks:
        raise EmptyHold("blocks is empty.")
    yield events.OrderHeld(
        command.order_id, command.hold_id, command.kind, command.blocks, command.reason
    )


def resolve(command: commands.ResolveHold, order: Order) -> Events:
    """Take a hold away, ask again for what is short, and go on if nothing stands in the way."""
    require_placed(order)
    if command.hold_id not in order.holds:
        raise UnknownHold(f"hold_id {command.hold_id!r} was never raised.")
    if order.holds[command.hold_id]:
        unpaid = command.hold_id.startswith(UNPAID) and order.phase is Phase.PLACED
        if unpaid:
            require_unblocked(order, events.Blocked.CANCELLATION)
        resolved = events.HoldResolved(command.order_id, command.hold_id, command.note)
        yield resolved
        order = evolve(order, resolved)
        if unpaid:
            order = yield from after(order, cancel_unpaid(command.hold_id, order))
        if order.phase is Phase.PLACED and not order.is_short:
            yield from retry_reservation(commands.RetryReservation(command.order_id), order)
        yield from advance(order)


def keep(command: commands.KeepHold, order: Order) -> Events:
    """Let a hold stand. Whoever says so last, with a reason, answers for it."""
    require_placed(order)
    if not order.holds.get(command.hold_id):
        raise UnknownHold(f"hold_id {command.hold_id!r} does not stand.")
    if not command.note:
        raise NoReason("note is empty.")
    if order.kept.get(command.hold_id) != command.note:
        yield events.HoldKept(command.order_id, command.hold_id, command.note)


def request_flag(command: commands.RequestFlag, order: Order) -> Events:
    """Mark an order as special; whatever becomes of it later."""
    require_placed(order)
    if command.kind not in order.flags:
        yield events.FlagRequested(command.order_id, command.kind)


def flag(command: commands.FlagOrder, order: Order) -> Events:
    """Put the code on the order; the first one stays."""
    require_placed(order)
    if command.kind not in order.flags:
        raise NotFlagged(f"kind '{command.kind}' was not requested.")
    if not order.flags[command.kind]:
        yield events.OrderFlagged(command.order_id, command.kind, command.code)
