"""After the sale: goods come back, are sent again, or are given; banks take money back."""

from __future__ import annotations

from functools import partial

from adapters.simulation.catalogue import goods
from adapters.simulation.hearing import Ears
from adapters.simulation.purchasing import LOCATIONS
from adapters.simulation.selling import Selling
from adapters.simulation.stage import DAY, HOUR, Stage
from oms_core.domain.customer.events import CustomerPromoted
from oms_core.domain.order.commands import RecordReturn, ReturnLine
from oms_core.domain.order.events import Disposition, ParcelDelivered, Purpose
from oms_core.domain.payment.commands import ReportChargeback, RequestRefund
from oms_core.domain.payment.events import CaptureSucceeded, Method, RefundFailed

RETURNED = 90
REPLACED = 12
GIVEN = 600
CHARGED_BACK = 6
DISPOSITIONS = (Disposition.RESTOCK, Disposition.QUARANTINE, Disposition.WRITE_OFF)
DISPOSITION_WEIGHTS = (7, 2, 1)
AGAIN = "/again"


class Aftersales:
    """Customers after the parcel has come, and the people who care for them."""

    def __init__(self, stage: Stage, selling: Selling) -> None:
        """Wait for parcels to arrive."""
        self._stage = stage
        self._selling = selling
        self._returns = 0
        self.ears: Ears = {
            ParcelDelivered: self._delivered,
            CaptureSucceeded: self._captured,
            CustomerPromoted: self._promoted,
            RefundFailed: self._refund_failed,
        }

    def _delivered(self, event: ParcelDelivered) -> None:
        stage, placed = self._stage, self._stage.orders.get(event.order_id)
        if placed is None or placed.purpose is not Purpose.SALE:
            return
        if stage.chance(REPLACED):
            stage.later(DAY, 4 * DAY, partial(self._replace, event))
        elif stage.chance(RETURNED):
            stage.later(2 * DAY, 12 * DAY, partial(self._return, event))

    def _replace(self, event: ParcelDelivered) -> None:
        part = self._stage.dice.choice(event.lines)
        customer_id = self._stage.orders[event.order_id].customer_id
        items = ((part.item_id, part.quantity),)
        self._selling.send_free(customer_id, items, Purpose.REPLACEMENT, event.order_id)

    def _return(self, event: ParcelDelivered) -> None:
        stage = self._stage
        self._returns += 1
        part = stage.dice.choice(event.lines)
        command = RecordReturn(
            event.order_id,
            f"RMA-{stage.seed}-{self._returns:05d}",
            (ReturnLine(part.line_id, stage.dice.randint(1, part.quantity)),),
            stage.dice.choices(DISPOSITIONS, DISPOSITION_WEIGHTS)[0],
            stage.dice.choice(LOCATIONS),
        )
        stage.say(command, f"warehouse:{command.location_id}", event.order_id)

    def _promoted(self, event: CustomerPromoted) -> None:
        """Thank a new VIP with a small gift, most of the time."""
        stage = self._stage
        if event.customer_id in self._selling.customers and stage.chance(GIVEN):
            gift = stage.dice.choice(goods()[:40])
            stage.later(DAY, 5 * DAY, partial(self._give, event.customer_id, gift.item_id))

    def _give(self, customer_id: str, item_id: str) -> None:
        self._selling.send_free(customer_id, ((item_id, 1),), Purpose.GIFT)

    def _captured(self, event: CaptureSucceeded) -> None:
        stage = self._stage
        by_bank = event.method not in (Method.CASH, Method.GIFT_CARD)
        if by_bank and stage.chance(CHARGED_BACK):
            stage.later(5 * DAY, 14 * DAY, partial(self._charge_back, event))

    def _charge_back(self, event: CaptureSucceeded) -> None:
        command = ReportChargeback(
            event.payment_id, f"cb-{event.capture_id}", event.amount_minor, "not recognised"
        )
        self._stage.say(command, "bank", event.order_id)

    def _refund_failed(self, event: RefundFailed) -> None:
        """Try once more under a new name, as a person would."""
        if not event.refund_id.endswith(AGAIN):
            again = RequestRefund(
                event.payment_id, f"{event.refund_id}{AGAIN}", event.amount_minor, event.reason
            )
            act = partial(self._stage.say, again, "staff:finance", event.order_id)
            self._stage.later(6 * HOUR, 2 * DAY, act)
