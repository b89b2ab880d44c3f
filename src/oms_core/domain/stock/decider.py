"""The rules of stock, and which command each of them answers."""

from __future__ import annotations

from operator import attrgetter

from oms_core.domain.stock import carts, commands, commitments, movements
from oms_core.domain.stock.evolution import evolve
from oms_core.domain.stock.places import placed
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
            commands.ReceiveStock: placed(movements.receive),
            commands.ExpectSupply: placed(movements.expect),
            commands.ReturnStock: placed(movements.take_back),
            commands.QuarantineStock: placed(movements.quarantine),
            commands.LiftQuarantine: placed(movements.lift),
            commands.AdjustStock: placed(movements.adjust),
            commands.CountStock: placed(movements.count),
            commands.DispatchTransfer: placed(movements.dispatch),
            commands.ReceiveTransfer: movements.receive_transfer,
            commands.ConfigureLocation: placed(movements.configure),
            commands.SetThreshold: movements.set_threshold,
            commands.SetRingFence: movements.set_fence,
        }
    ),
    evolve,
)
