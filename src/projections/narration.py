"""What happened, in a sentence: the words of the order's timeline.

Amounts are in minor units, as the events have them: `1250 EUR minor` is 12.50 euro.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from oms_core.domain.account import events as account
from oms_core.domain.cart import events as cart
from oms_core.domain.coupon import events as coupon
from oms_core.domain.customer import events as customer
from oms_core.domain.flagcode import events as flagcode
from oms_core.domain.fulfilment import events as fulfilment
from oms_core.domain.giftcard import events as giftcard
from oms_core.domain.invoice import events as invoice
from oms_core.domain.order import events as order
from oms_core.domain.payment import events as payment
from oms_core.kernel import Event
from oms_core.processes import promising, routing, screening

Story = Callable[[Any], str]


def _amount(event: Any) -> str:
    return f"{event.amount_minor} {event.currency} minor"


def _units(parts: Iterable[Any]) -> str:
    return ", ".join(f"{part.quantity} of {part.line_id}" for part in parts)


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""


def _placed(event: order.OrderPlaced) -> str:
    units = sum(line.quantity for line in event.lines)
    total = sum(line.net_minor + line.tax_minor for line in event.lines)
    return (
        f"placed by {event.customer_id} through {event.channel}: {units} units on "
        f"{len(event.lines)} lines for {total} {event.currency} minor"
    )


def _rejected(event: order.OrderRejected) -> str:
    reasons = "; ".join(f"{reason.code}: {reason.detail}" for reason in event.reasons)
    return f"rejected because of {reasons}"


def _held(event: order.OrderHeld) -> str:
    blocked = f" ({', '.join(event.blocks)} blocked)" if event.blocks else ""
    return f"held for {event.kind}{blocked}{_because(event.reason)}"


def _in_the_way(event: Any) -> str:
    stands = ", ".join(event.obstacles) or "nothing"
    return f"{event.units} units have not left; in the way: {stands}"


def _screened(event: screening.OrderScreened) -> str:
    found = "; ".join(f"{found.rule} +{found.points}" for found in event.findings)
    verdict = "held" if event.held else "let pass"
    return f"screened: {event.points} points, {verdict}{_because(found)}"


def _means(event: order.ChangeProposed | order.ChangeConfirmed) -> str:
    shown = event.preview
    parts = (
        f"less {_units(shown.reduced)}" if shown.reduced else "",
        f"more {_units(event.added)}" if event.added else "",
        f"{shown.net_minor + shown.tax_minor:+} {event.currency} minor",
    )
    return "; ".join(part for part in parts if part)


def _at(shipment: Any) -> str:
    return f"{shipment.location_id} ({_units(shipment.parts)})"


def _routed(event: routing.RoutingDecided) -> str:
    places = "; ".join(_at(shipment) for shipment in event.shipments)
    return f"routed to {places} by policy {event.policy_version}"


ORDER: Mapping[type[Event], Story] = {
    order.OrderPlaced: _placed,
    order.OrderRejected: _rejected,
    order.OrderHeld: _held,
    order.HoldResolved: lambda e: f"hold {e.hold_id} resolved{_because(e.note)}",
    order.HoldKept: lambda e: f"hold {e.hold_id} stands{_because(e.note)}",
    order.LineReserved: lambda e: f"{e.quantity} of {e.line_id} reserved",
    order.LineBackordered: lambda e: f"{e.quantity} of {e.line_id} wait for supply",
    order.LineUnreserved: lambda e: f"{e.quantity} of {e.line_id} given back to stock",
    order.SurplusReleased: lambda e: f"{e.quantity} of {e.line_id} too many, given back",
    order.ReservationRetried: lambda e: f"asked stock again for {_units(e.lines)}",
    order.TenderRenewalRequested: lambda e: (
        f"{e.renewal.payment_id} asked for {e.renewal.amount_minor} {e.currency} minor "
        f"instead of {e.payment_id}"
    ),
    order.TenderRenewed: lambda e: f"{e.renewal_id} takes the place of {e.payment_id}",
    order.TenderRenewalDeclined: lambda e: f"{e.payment_id} cannot be renewed{_because(e.reason)}",
    order.TenderAuthorized: lambda e: f"{e.amount_minor} minor certain by {e.payment_id}",
    order.CouponSettled: lambda e: f"coupon {e.code} {'granted' if e.granted else 'not granted'}",
    order.OrderReleased: lambda e: f"released: {_units(e.lines)}",
    order.FulfilmentPlanned: lambda e: f"{e.location_id} is to send {_units(e.lines)}",
    order.LineAllocated: lambda e: f"{e.quantity} of {e.line_id} allocated at {e.location_id}",
    order.AllocationCompleted: lambda e: f"{e.fulfilment_id} complete at {e.location_id}",
    order.LineRerouted: lambda e: (
        f"{e.quantity} of {e.line_id} cannot come from {e.location_id}; looking elsewhere"
    ),
    order.ReleaseRevoked: lambda e: f"no location: {_units(e.lines)} only reserved again",
    order.LineShorted: lambda e: f"{e.quantity} of {e.line_id} were not on the shelf",
    order.LineShipped: lambda e: f"{e.quantity} of {e.line_id} shipped in {e.fulfilment_id}",
    order.ShipmentCharged: lambda e: f"{_amount(e)} due for {e.fulfilment_id}",
    order.ParcelDelivered: lambda e: f"{e.fulfilment_id} delivered: {_units(e.lines)}",
    order.LineCancelled: lambda e: f"{e.quantity} of {e.line_id} cancelled by {e.reason}",
    order.OrderCancelled: lambda e: f"cancelled by {e.reason}: nothing will be shipped",
    order.LineReturned: lambda e: f"{e.quantity} of {e.line_id} returned to {e.disposition}",
    order.CorrectionAccepted: lambda e: (
        f"{_amount(e)} owed back for correction {e.correction_id} of {e.invoice_id}"
    ),
    order.CorrectionDeclined: lambda e: (
        f"correction {e.correction_id} of {e.invoice_id} declined: given back before"
    ),
    order.ReturnAccepted: lambda e: f"{_amount(e)} owed back for return {e.return_id}",
    order.ChangeProposed: lambda e: f"change {e.change_id} proposed: {_means(e)}",
    order.ChangePaymentRequested: lambda e: (
        f"change {e.change_id} confirmed, once {', '.join(t.payment_id for t in e.tenders)} is paid"
    ),
    order.ChangePaymentSecured: lambda e: f"change {e.change_id}: {e.payment_id} is certain",
    order.ChangeConfirmed: lambda e: f"change {e.change_id} made: {_means(e)}",
    order.ChangeDeclined: lambda e: f"change {e.change_id} dropped by {e.end}{_because(e.detail)}",
    order.PromiseReviewed: lambda e: f"promise looked at: {_in_the_way(e)}",
    order.FlagRequested: lambda e: f"marked as {e.kind}",
    order.OrderFlagged: lambda e: f"{e.kind} code {e.code} on the order",
    order.OrderCompleted: lambda e: f"completed: {e.shipped_minor} {e.currency} minor shipped",
}

PAYMENT: Mapping[type[Event], Story] = {
    payment.AuthorizationRequested: lambda e: f"{e.method} asked for {_amount(e)}",
    payment.AuthorizationSucceeded: lambda e: f"{_amount(e)} authorized as {e.provider_ref}",
    payment.AuthorizationFailed: lambda e: f"authorization declined{_because(e.reason)}",
    payment.AuthorizationActionRequired: lambda e: f"the customer must act at {e.url}",
    payment.AuthorizationUnknown: lambda _: "no answer to the authorization; asking",
    payment.AuthorizationLapseAnnounced: lambda e: f"{_amount(e)} not taken lapse soon",
    payment.AuthorizationExpired: lambda e: f"{e.uncaptured_minor} {e.currency} minor lapsed",
    payment.CaptureRequested: lambda e: f"capture of {_amount(e)} requested",
    payment.CaptureSucceeded: lambda e: f"{_amount(e)} captured",
    payment.CaptureFailed: lambda e: f"capture of {_amount(e)} failed{_because(e.reason)}",
    payment.CaptureUnknown: lambda e: f"no answer to capture {e.capture_id}; asking",
    payment.VoidRequested: lambda e: f"void of {_amount(e)} requested",
    payment.VoidSucceeded: lambda e: f"{_amount(e)} let go",
    payment.VoidFailed: lambda e: f"void failed{_because(e.reason)}; it will lapse",
    payment.VoidUnknown: lambda e: f"no answer to void {e.void_id}; asking",
    payment.RefundDeferred: lambda e: f"refund of {e.amount_minor} minor waits for its capture",
    payment.RefundRequested: lambda e: f"refund of {_amount(e)} requested{_because(e.reason)}",
    payment.RefundSucceeded: lambda e: f"{_amount(e)} refunded",
    payment.RefundFailed: lambda e: f"refund of {_amount(e)} failed{_because(e.reason)}",
    payment.RefundUnknown: lambda e: f"no answer to refund {e.refund_id}; asking",
    payment.PaymentClosed: lambda e: f"{e.payment_id} closed: nothing more is taken",
    payment.MovementSettled: lambda e: (
        f"{e.movement} of {_amount(e)} is in payout {e.payout_id}, less {e.fee_minor} "
        f"{e.payout_currency} minor for the provider"
    ),
    payment.PaymentChargedBack: lambda e: f"{_amount(e)} charged back{_because(e.reason)}",
}

ELSEWHERE: Mapping[type[Event], Story] = {
    fulfilment.FulfilmentRequested: lambda e: f"{e.location_id} asked for {_units(e.lines)}",
    fulfilment.FulfilmentAccepted: lambda e: f"{e.fulfilment_id} accepted",
    fulfilment.FulfilmentRejected: lambda e: f"rejected by {e.location_id}{_because(e.reason)}",
    fulfilment.FulfilmentShipped: lambda e: (
        f"{_units(e.lines)} left {e.location_id} with {e.carrier or 'a carrier'} {e.tracking}"
    ).rstrip(),
    fulfilment.FulfilmentDelivered: lambda e: f"{e.fulfilment_id} has arrived",
    fulfilment.FulfilmentCancelled: lambda e: f"{e.location_id} must not send {_units(e.lines)}",
    routing.RoutingDecided: _routed,
    routing.RoutingFailed: lambda e: (
        f"no location found for {', '.join(e.line_ids)}{_because('; '.join(e.constraints))}"
    ),
    routing.LocationBarred: lambda e: f"{e.location_id} does not want {e.line_id}",
    screening.OrderScreened: _screened,
    promising.PromiseMade: lambda e: f"promised: {'; '.join(e.reasons)}",
    promising.PromiseMoved: lambda e: f"promise moved: {'; '.join(e.reasons)}",
    promising.PromiseEndangered: lambda e: f"promise in jeopardy: {_in_the_way(e)}",
    promising.PromiseClosed: lambda _: "promise watched no more: nothing is left to send",
    promising.PromiseBroken: lambda e: f"promise broken: {_in_the_way(e)}",
    customer.SpendRecorded: lambda e: f"{_amount(e)} added to the spend of {e.customer_id}",
    customer.SpendReferred: lambda e: f"{_amount(e)} spent by {e.customer_id} as {e.survivor_id}",
    customer.OrderReferred: lambda e: f"{e.customer_id} is {e.survivor_id}",
    customer.VipOrderNoted: lambda e: f"{e.customer_id} is a VIP",
    cart.CheckoutRequested: lambda e: f"checked out of cart {e.cart_id}",
    cart.CheckoutRejected: lambda e: f"cart {e.cart_id} stays open{_because('; '.join(e.reasons))}",
    cart.CartConverted: lambda e: f"cart {e.cart_id} has become this order",
    flagcode.FlagCodeIssued: lambda e: f"{e.kind} code {e.code} issued",
    coupon.CouponRedeemed: lambda e: f"coupon {e.code} used, {e.used} times in all",
    coupon.CouponDeclined: lambda e: f"coupon {e.code} declined{_because(e.reason)}",
    coupon.CouponReturned: lambda e: f"coupon {e.code} given back",
    coupon.RedemptionCompleted: lambda e: f"coupon {e.code} used for good",
    giftcard.GiftCardReserved: lambda e: f"{_amount(e)} set aside on gift card {e.card_id}",
    giftcard.GiftCardDeclined: lambda e: f"gift card {e.card_id} declined{_because(e.reason)}",
}

RECEIVABLES: Mapping[type[Event], Story] = {
    account.CreditGranted: lambda e: f"{e.account_id} trusted with {e.amount_minor} minor",
    account.CreditDeclined: lambda e: (
        f"{e.account_id} not trusted with {e.amount_minor} minor{_because(e.reason)}"
    ),
    account.CreditReleased: lambda e: f"{e.amount_minor} minor will not be owed",
    account.InvoiceCharged: lambda e: f"{e.amount_minor} minor to be invoiced as {e.invoice_id}",
    account.InvoiceWithdrawn: lambda e: f"{e.amount_minor} minor to be invoiced again",
    account.CreditDeposited: lambda e: f"{_amount(e)} credited by {e.note_id}",
    invoice.InvoiceIssued: lambda e: (
        f"{e.kind.replace('_', ' ')} {e.number} of {e.issued_on}: "
        f"{e.net_minor + e.tax_minor} {e.currency} minor due on {e.due_on}"
    ),
    invoice.InvoiceSettled: lambda e: f"invoice {e.invoice_id} settled",
    invoice.DunningRaised: lambda e: (
        f"reminder {e.level} for {e.open_minor} {e.currency} minor of {e.invoice_id}"
    ),
    invoice.InvoiceWrittenOff: lambda e: f"{_amount(e)} written off{_because(e.reason)}",
    invoice.InvoiceVoided: lambda e: f"invoice {e.invoice_id} void{_because(e.reason)}",
}

STORIES: Mapping[type[Event], Story] = {**ORDER, **PAYMENT, **ELSEWHERE, **RECEIVABLES}
"""How each event that concerns an order is told."""
