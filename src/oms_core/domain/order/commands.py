"""What may be asked of an order."""

from __future__ import annotations

from oms_core.domain.order.events import (
    Blocked,
    CancellationReason,
    ChargedLine,
    Destination,
    Disposition,
    FlagKind,
    HoldKind,
    OnShortage,
    OrderLine,
    PlannedLine,
    Purpose,
    Reduction,
    Source,
    Tender,
)
from oms_core.kernel import Command, Instant, State
from oms_core.policies.assessment import Assessment


class PlaceOrder(Command, frozen=True):
    """Commit the customer. The order's id is its channel and the channel's own reference.

    What is set aside for the cart that the lines come from, if any, is this order's. `pricing` is
    what the shop itself says that it costs; nobody else can say so. `sold_at` is the location at
    whose till the customer takes the goods along.
    """

    order_id: str
    channel: str
    external_ref: str
    customer_id: str
    currency: str
    lines: tuple[OrderLine, ...]
    tenders: tuple[Tender, ...]
    ship_to: Destination
    on_shortage: OnShortage
    placed_at: Instant
    purpose: Purpose = Purpose.SALE
    replaces: str = ""
    ship_by: Instant = Instant(0)
    pay_by: Instant = Instant(0)
    priority: int = 0
    cart_id: str = ""
    bill_to: Destination = Destination("")
    coupons: tuple[str, ...] = ()
    pricing: Assessment | None = None
    sold_at: str = ""


class RecordReservation(Command, frozen=True):
    """Note that stock has set units of a line aside."""

    order_id: str
    line_id: str
    quantity: int
    sources: tuple[Source, ...]


class RecordBackorder(Command, frozen=True):
    """Note that units of a line wait for supply, and until when, if anybody can say."""

    order_id: str
    line_id: str
    quantity: int
    expected_at: Instant = Instant(0)


class RecordShortage(Command, frozen=True):
    """Note that stock declined a line; what follows is the order's own choice."""

    order_id: str
    line_id: str
    requested: int
    available: int


class RecordExpiry(Command, frozen=True):
    """Note that units of a line were set aside for too long and went back on sale."""

    order_id: str
    line_id: str
    quantity: int


class RetryReservation(Command, frozen=True):
    """Ask stock again for every unit that has none."""

    order_id: str


class RecordAuthorization(Command, frozen=True):
    """Note that a tender is certain."""

    order_id: str
    payment_id: str
    amount_minor: int


class RecordDecline(Command, frozen=True):
    """Note that a tender will never be certain, and why."""

    order_id: str
    payment_id: str
    reason: CancellationReason


class RenewTender(Command, frozen=True):
    """Have what is not charged to a tender authorized anew: it lapses at `pay_by`."""

    order_id: str
    payment_id: str
    pay_by: Instant


class ReplaceTender(Command, frozen=True):
    """Have what is not charged to a tender authorized with another card, before `pay_by`."""

    order_id: str
    payment_id: str
    token: str
    pay_by: Instant = Instant(0)


class RecordCoupon(Command, frozen=True):
    """Note whether a coupon may be used; without it a person must look at the prices."""

    order_id: str
    code: str
    granted: bool
    reason: str = ""


class HoldOrder(Command, frozen=True):
    """Stop the named steps until a person has looked."""

    order_id: str
    hold_id: str
    kind: HoldKind
    blocks: tuple[Blocked, ...]
    reason: str


class ResolveHold(Command, frozen=True):
    """Let the order go on."""

    order_id: str
    hold_id: str
    note: str = ""


class KeepHold(Command, frozen=True):
    """Let a hold stand after a look: say why, and answer for it from now on."""

    order_id: str
    hold_id: str
    note: str


class PlanFulfilment(Command, frozen=True):
    """Let one location send these released units together."""

    order_id: str
    fulfilment_id: str
    location_id: str
    lines: tuple[PlannedLine, ...]


class RecordAllocation(Command, frozen=True):
    """Note that planned units are tied to a shelf."""

    order_id: str
    line_id: str
    quantity: int
    fulfilment_id: str


class RerouteLine(Command, frozen=True):
    """Take planned units away from a fulfilment and release them again.

    A `barred` location is not asked for them another time.
    """

    order_id: str
    line_id: str
    quantity: int
    fulfilment_id: str
    sources: tuple[Source, ...]
    barred: bool = False


class RecordRoutingFailure(Command, frozen=True):
    """Note that no location was found for released units; a person must look."""

    order_id: str
    attempt: int
    lines: tuple[PlannedLine, ...]
    reason: str


class RecordShort(Command, frozen=True):
    """Note that allocated units were not on the shelf."""

    order_id: str
    line_id: str
    quantity: int
    fulfilment_id: str


class RecordShipment(Command, frozen=True):
    """Note that allocated units have left, and what they had cost."""

    order_id: str
    line_id: str
    quantity: int
    fulfilment_id: str
    cost_minor: int
    cost_currency: str = ""


class RecordDelivery(Command, frozen=True):
    """Note that a fulfilment reached the customer."""

    order_id: str
    fulfilment_id: str
    lines: tuple[PlannedLine, ...]


class CancelLine(Command, frozen=True):
    """Give up units of a line that have not been shipped."""

    order_id: str
    line_id: str
    quantity: int
    reason: CancellationReason
    cancellation_id: str


class CancelOrder(Command, frozen=True):
    """Give up everything that has not been shipped."""

    order_id: str
    reason: CancellationReason


class ReturnLine(State, frozen=True):
    """Units of a line within one return."""

    line_id: str
    quantity: int


class RecordReturn(Command, frozen=True):
    """Book shipped units that came back. `return_id` names the return, whatever it holds."""

    order_id: str
    return_id: str
    lines: tuple[ReturnLine, ...]
    disposition: Disposition
    location_id: str


class ProposeChange(Command, frozen=True):
    """Have a change priced: units given up, lines added, another address in the same country.

    More units of an item are a line of their own, at a price of their own. Without a country in
    `ship_to` the address stays. The proposal is valid until a moment, and not at it.
    """

    order_id: str
    change_id: str
    reductions: tuple[Reduction, ...]
    added: tuple[OrderLine, ...]
    proposed_at: Instant
    valid_until: Instant
    ship_to: Destination = Destination("")
    note: str = ""


class ConfirmChange(Command, frozen=True):
    """Let a change happen as it was shown. `tenders` pay what it costs beyond what is set aside."""

    order_id: str
    change_id: str
    confirmed_at: Instant
    tenders: tuple[Tender, ...] = ()


class DeclineChange(Command, frozen=True):
    """Leave the order as it is."""

    order_id: str
    change_id: str
    reason: str = ""


class ExpireChange(Command, frozen=True):
    """Say that it is now so late; a proposal that is not valid any more is dropped."""

    order_id: str
    change_id: str
    now: Instant


class RecordCorrection(Command, frozen=True):
    """Note that an invoice of the order charged too much on these lines."""

    order_id: str
    invoice_id: str
    correction_id: str
    lines: tuple[ChargedLine, ...]


class ReviewPromise(Command, frozen=True):
    """Look at a promise: it is `at`, and `due_at` has come, or not yet.

    That is when goods were promised to leave (`ship_by`), or the moment before it from which
    somebody has to look.
    """

    order_id: str
    ship_by: Instant
    due_at: Instant
    at: Instant


class RequestFlag(Command, frozen=True):
    """Mark the order as special; a code will be issued."""

    order_id: str
    kind: FlagKind


class FlagOrder(Command, frozen=True):
    """Put the issued code on the order."""

    order_id: str
    kind: FlagKind
    code: str


OrderCommand = (
    PlaceOrder
    | RecordReservation
    | RecordBackorder
    | RecordShortage
    | RecordExpiry
    | RetryReservation
    | RecordAuthorization
    | RecordDecline
    | RenewTender
    | ReplaceTender
    | RecordCoupon
    | HoldOrder
    | ResolveHold
    | KeepHold
    | PlanFulfilment
    | RecordAllocation
    | RerouteLine
    | RecordRoutingFailure
    | RecordShort
    | RecordShipment
    | RecordDelivery
    | CancelLine
    | CancelOrder
    | RecordReturn
    | ProposeChange
    | ConfirmChange
    | DeclineChange
    | ExpireChange
    | RecordCorrection
    | ReviewPromise
    | RequestFlag
    | FlagOrder
)
