"""The rules of stock, and which command each of them answers."""

from __future__ import annotations

from operator import attrgetter

from oms_core.domain.stock import carts, commands, commitments, movements
from oms_core.domain.stock.evolution import evolve
from oms_core.domain.stock.state import Stock
from oms_core.kernel import Decider, deciding

stock = Decider(
    "stock",
    attrgetter("item_id"),
    Stock(),
    deciding(
        {
            commands.ReserveStock: commitments.reserve,
            commands.ReleaseReservation: commitments.release,
            commands.CancelBackorder: commitments.cancel_backorder,
            commands.ExpireReservation: commitments.expire,
            commands.SoftReserveStock: carts.soft_reserve,
            commands.ExpireSoftReservation: carts.expire,
            commands.AllocateStock: commitments.allocate,
            commands.DeallocateStock: commitments.deallocate,
            commands.ShipStock: commitments.ship,
            commands.ReceiveStock: movements.receive,
            commands.ExpectSupply: movements.expect,
            commands.ReturnStock: movements.take_back,
            commands.QuarantineStock: movements.quarantine,
            commands.LiftQuarantine: movements.lift,
            commands.AdjustStock: movements.adjust,
            commands.CountStock: movements.count,
            commands.DispatchTransfer: movements.dispatch,
            commands.ReceiveTransfer: movements.receive_transfer,
            commands.ConfigureLocation: movements.configure,
            commands.SetThreshold: movements.set_threshold,
            commands.SetRingFence: movements.set_fence,
        }
    ),
    evolve,
)
