"""What may be asked from outside, and what only our own processes say."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.domain.account import commands as account
from oms_core.domain.cart import commands as cart
from oms_core.domain.coupon import commands as coupon
from oms_core.domain.customer import commands as customer
from oms_core.domain.flagcode import commands as flagcode
from oms_core.domain.fulfilment import commands as fulfilment
from oms_core.domain.giftcard import commands as giftcard
from oms_core.domain.invoice import commands as invoice
from oms_core.domain.notice import commands as notice
from oms_core.domain.order import commands as order
from oms_core.domain.payment import commands as payment
from oms_core.domain.series import commands as series
from oms_core.domain.stock import commands as stock
from oms_core.domain.webhook import commands as webhook
from oms_core.engine.catalog import COMMANDS
from oms_core.kernel import Command, Rejected

BETWEEN_BOUNDARIES: frozenset[type[Command]] = frozenset(
    {
        order.RecordReservation,
        order.RecordBackorder,
        order.RecordShortage,
        order.RecordExpiry,
        order.RecordAuthorization,
        order.RecordDecline,
        order.RenewTender,
        order.RecordCoupon,
        order.PlanFulfilment,
        order.RecordAllocation,
        order.RerouteLine,
        order.RecordRoutingFailure,
        order.RecordShort,
        order.RecordShipment,
        order.RecordDelivery,
        order.FlagOrder,
        order.RecordCorrection,
        stock.ReserveStock,
        stock.ReleaseReservation,
        stock.CancelBackorder,
        stock.SoftReserveStock,
        stock.AllocateStock,
        stock.DeallocateStock,
        stock.ShipStock,
        stock.ReturnStock,
        payment.RequestAuthorization,
        payment.RequestCapture,
        payment.ClosePayment,
        payment.RecordCardAnswer,
        fulfilment.RequestFulfilment,
        fulfilment.CancelFulfilment,
        customer.RecordSpend,
        customer.NoteOrder,
        customer.JoinSurvivor,
        customer.AbsorbCustomer,
        customer.AbandonMerge,
        customer.EraseDuplicate,
        flagcode.IssueFlagCode,
        account.RequestCredit,
        account.ReleaseCredit,
        account.RecordInvoice,
        account.RecordDueDate,
        account.RecordOpenAmount,
        account.RecordVoid,
        account.RecordOverdue,
        account.DepositCredit,
        account.ReturnCredit,
        invoice.DraftInvoice,
        invoice.RecordNumber,
        invoice.ApplyPayment,
        series.AssignNumber,
        cart.RecordCartShortage,
        cart.RejectCheckout,
        cart.ConvertCart,
        notice.RequestNotice,
        notice.RecordSending,
        notice.RecordSendingFailure,
        coupon.RedeemCoupon,
        coupon.ReturnCoupon,
        coupon.CompleteRedemption,
        giftcard.ReserveGiftCard,
        giftcard.RedeemGiftCard,
        giftcard.ReleaseGiftCard,
        giftcard.CreditGiftCard,
        webhook.RecordDeliveries,
        webhook.RecordReplay,
        webhook.RecordDeliveryFailure,
    }
)
"""What one boundary tells or asks another, once, in the transaction of what it follows from.

From anyone else it would set the two at odds, so it is not taken from outside.
"""

PUBLIC: Mapping[str, type[Command]] = {
    name: command for name, command in COMMANDS.items() if command not in BETWEEN_BOUNDARIES
}
"""What channels, partners and people may ask, by name."""


class CartNotAsked(Rejected):
    """Whoever sends an order cannot dispose of a cart: it may be another customer's."""

    code = "order.cart_not_asked"
    remedy = "Send CheckOutCart for the cart: it becomes the order; or leave cart_id empty."


def require_askable(command: Command) -> None:
    """Check that a command does not take what only a boundary of ours can give.

    What a cart holds, and the cart itself, go to the order that its own checkout asks for.

    :raises CartNotAsked: if an order names a cart.
    """
    if isinstance(command, order.PlaceOrder) and command.cart_id:
        raise CartNotAsked(f"cart_id is {command.cart_id!r} in an order from outside.")
