"""The rules of an order, and which command each of them answers."""

from __future__ import annotations

from operator import attrgetter

from oms_core.domain.order import (
    amendments,
    cancellation,
    changes,
    commands,
    parcels,
    placement,
    progress,
    promises,
    renewing,
    returns,
)
from oms_core.domain.order.evolution import evolve
from oms_core.domain.order.state import Order
from oms_core.kernel import Decider, deciding

order = Decider(
    "order",
    attrgetter("order_id"),
    Order(),
    deciding(
        {
            commands.PlaceOrder: placement.place,
            commands.RecordReservation: progress.record_reservation,
            commands.RecordBackorder: progress.record_backorder,
            commands.RecordShortage: changes.record_shortage,
            commands.RecordExpiry: progress.record_expiry,
            commands.RetryReservation: progress.retry_reservation,
            commands.RecordAuthorization: progress.record_authorization,
            commands.RecordDecline: progress.record_decline,
            commands.RenewTender: renewing.renew,
            commands.ReplaceTender: renewing.replace_card,
            commands.RecordCoupon: progress.record_coupon,
            commands.HoldOrder: changes.hold,
            commands.ResolveHold: changes.resolve,
            commands.KeepHold: changes.keep,
            commands.PlanFulfilment: parcels.plan_fulfilment,
            commands.RecordAllocation: parcels.record_allocation,
            commands.RerouteLine: parcels.reroute_line,
            commands.RecordRoutingFailure: parcels.record_routing_failure,
            commands.RecordShort: parcels.record_short,
            commands.RecordShipment: parcels.record_shipment,
            commands.RecordDelivery: parcels.record_delivery,
            commands.CancelLine: cancellation.cancel_line,
            commands.CancelOrder: cancellation.cancel,
            commands.RecordReturn: returns.record_return,
            commands.ProposeChange: amendments.propose,
            commands.ConfirmChange: amendments.confirm,
            commands.DeclineChange: amendments.decline,
            commands.ExpireChange: amendments.expire,
            commands.RecordCorrection: returns.record_correction,
            commands.ReviewPromise: promises.review,
            commands.RequestFlag: changes.request_flag,
            commands.FlagOrder: changes.flag,
        }
    ),
    evolve,
)
