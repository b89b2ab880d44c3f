"""Every decider and process, and the stable name of every event.

Stored events are named here and never by Python path, so that code can move and history cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, get_args

from msgspec.structs import replace

from oms_core.domain.account.commands import AccountCommand
from oms_core.domain.account.decider import account
from oms_core.domain.account.events import AccountEvent
from oms_core.domain.cart.commands import CartCommand
from oms_core.domain.cart.decider import cart
from oms_core.domain.cart.events import CartEvent
from oms_core.domain.coupon.commands import CouponCommand
from oms_core.domain.coupon.decider import coupon
from oms_core.domain.coupon.events import CouponEvent
from oms_core.domain.customer.commands import CustomerCommand
from oms_core.domain.customer.decider import customer
from oms_core.domain.customer.events import CustomerEvent
from oms_core.domain.flagcode.commands import IssueFlagCode
from oms_core.domain.flagcode.decider import flagcode
from oms_core.domain.flagcode.events import FlagCodeIssued
from oms_core.domain.fulfilment.commands import FulfilmentCommand
from oms_core.domain.fulfilment.decider import fulfilment
from oms_core.domain.fulfilment.events import FulfilmentEvent
from oms_core.domain.giftcard.commands import GiftCardCommand
from oms_core.domain.giftcard.decider import giftcard
from oms_core.domain.giftcard.events import GiftCardEvent
from oms_core.domain.invoice.commands import InvoiceCommand
from oms_core.domain.invoice.decider import invoice
from oms_core.domain.invoice.events import InvoiceEvent
from oms_core.domain.notice.commands import NoticeCommand
from oms_core.domain.notice.decider import notice
from oms_core.domain.notice.events import NoticeEvent
from oms_core.domain.order.commands import OrderCommand, PlaceOrder
from oms_core.domain.order.decider import order
from oms_core.domain.order.events import OrderEvent
from oms_core.domain.payment.commands import PaymentCommand, ReportAuthorization
from oms_core.domain.payment.decider import payment
from oms_core.domain.payment.events import PaymentEvent
from oms_core.domain.payout.commands import BookPayout
from oms_core.domain.payout.decider import payout
from oms_core.domain.payout.events import PayoutBooked
from oms_core.domain.product.commands import ProductCommand
from oms_core.domain.product.decider import product
from oms_core.domain.product.events import ProductEvent
from oms_core.domain.profile.commands import UpsertProfile
from oms_core.domain.profile.decider import profile
from oms_core.domain.profile.events import ProfileUpserted
from oms_core.domain.quote.commands import QuoteCommand
from oms_core.domain.quote.decider import quote
from oms_core.domain.quote.events import QuoteEvent
from oms_core.domain.series.commands import AssignNumber
from oms_core.domain.series.decider import series
from oms_core.domain.series.events import NumberAssigned
from oms_core.domain.stock.commands import StockCommand
from oms_core.domain.stock.decider import stock
from oms_core.domain.stock.events import StockEvent
from oms_core.domain.webhook.commands import WebhookCommand
from oms_core.domain.webhook.decider import webhook
from oms_core.domain.webhook.events import WebhookEvent
from oms_core.kernel import Command, CommandRefused, Decider, Event, Instant, Process
from oms_core.policies.config import Policies
from oms_core.processes.allocation import allocation
from oms_core.processes.cancellation import cancellation
from oms_core.processes.checkout import checkout
from oms_core.processes.collection import collection
from oms_core.processes.crediting import crediting
from oms_core.processes.dispatch import dispatch
from oms_core.processes.dunning import dunning
from oms_core.processes.flagging import flagging
from oms_core.processes.invoicing import invoicing
from oms_core.processes.lending import lending
from oms_core.processes.merging import merging
from oms_core.processes.notifying import notifying
from oms_core.processes.pricing import assessed
from oms_core.processes.profiling import profiling
from oms_core.processes.promising import (
    PromiseBroken,
    PromiseClosed,
    PromiseEndangered,
    PromiseMade,
    PromiseMoved,
    promising,
)
from oms_core.processes.quoting import quoting
from oms_core.processes.redeeming import redeeming
from oms_core.processes.renewing import renewing
from oms_core.processes.returning import returning
from oms_core.processes.routing import LocationBarred, RoutingDecided, RoutingFailed, routing
from oms_core.processes.screening import OrderScreened, OrderSighted, screening
from oms_core.processes.shopping import shopping
from oms_core.processes.tendering import tendering

BOUNDARIES: tuple[tuple[Decider[Any, Any, Any], tuple[type[Command], ...]], ...] = (
    (order, get_args(OrderCommand)),
    (stock, get_args(StockCommand)),
    (payment, get_args(PaymentCommand)),
    (fulfilment, get_args(FulfilmentCommand)),
    (product, get_args(ProductCommand)),
    (customer, get_args(CustomerCommand)),
    (flagcode, (IssueFlagCode,)),
    (account, get_args(AccountCommand)),
    (invoice, get_args(InvoiceCommand)),
    (series, (AssignNumber,)),
    (quote, get_args(QuoteCommand)),
    (cart, get_args(CartCommand)),
    (notice, get_args(NoticeCommand)),
    (coupon, get_args(CouponCommand)),
    (giftcard, get_args(GiftCardCommand)),
    (payout, (BookPayout,)),
    (webhook, get_args(WebhookCommand)),
    (profile, (UpsertProfile,)),
)

DECIDERS: Mapping[type[Command], Decider[Any, Any, Any]] = {
    command: decider for decider, commands in BOUNDARIES for command in commands
}

BY_CATEGORY: Mapping[str, Decider[Any, Any, Any]] = {
    decider.category: decider for decider, _ in BOUNDARIES
}

COMMANDS: Mapping[str, type[Command]] = {command.__name__: command for command in DECIDERS}

EVENTS: Mapping[str, type[Event]] = {
    event.__name__: event
    for event in (
        *get_args(OrderEvent),
        *get_args(StockEvent),
        *get_args(PaymentEvent),
        *get_args(FulfilmentEvent),
        *get_args(ProductEvent),
        *get_args(CustomerEvent),
        FlagCodeIssued,
        *get_args(AccountEvent),
        *get_args(InvoiceEvent),
        NumberAssigned,
        *get_args(QuoteEvent),
        *get_args(CartEvent),
        *get_args(NoticeEvent),
        *get_args(CouponEvent),
        *get_args(GiftCardEvent),
        PayoutBooked,
        *get_args(WebhookEvent),
        ProfileUpserted,
        RoutingDecided,
        RoutingFailed,
        LocationBarred,
        OrderSighted,
        OrderScreened,
        PromiseMade,
        PromiseMoved,
        PromiseEndangered,
        PromiseBroken,
        PromiseClosed,
        CommandRefused,
    )
}


@dataclass(frozen=True, slots=True, eq=False)
class Catalog:
    """The processes of one shop, which of them hear an event, and what it adds to commands."""

    processes: tuple[Process[Any], ...]
    listeners: Mapping[type[Event], tuple[Process[Any], ...]]
    completed: Callable[[Command, Instant], Command]


def catalog(policies: Policies) -> Catalog:
    """Put the processes together for a shop's policies."""
    processes = (
        screening(policies),
        promising(policies),
        allocation,
        routing(policies),
        dispatch,
        collection,
        renewing,
        cancellation,
        returning,
        flagging(policies),
        merging(policies),
        lending,
        invoicing(policies),
        crediting(policies),
        dunning(policies),
        quoting,
        shopping(policies),
        checkout(policies),
        notifying(policies),
        redeeming,
        tendering,
        profiling,
    )
    listeners = {
        event: tuple(process for process in processes if event in process.route)
        for event in EVENTS.values()
    }

    return Catalog(processes, listeners, partial(completed, policies))


def completed(policies: Policies, command: Command, occurred_at: Instant) -> Command:
    """Return a command from outside with what only the shop itself can say."""
    match command:
        case PlaceOrder():
            return assessed(command, policies)
        case ReportAuthorization(expires_at=expires_at):
            renew_at = policies.renewing.renew_at(expires_at, occurred_at)
            return replace(command, renew_at=renew_at)
    return command
