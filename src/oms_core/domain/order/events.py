"""What can have happened to an order. Amounts are minor units of the order's currency."""

from __future__ import annotations

from enum import StrEnum

from oms_core.kernel import Event, Instant, State
from oms_core.policies.assessment import Assessment


class LineKind(StrEnum):
    """Goods come off a shelf; a service (postage, gift wrap, a bank charge) is only charged."""

    GOODS = "goods"
    SERVICE = "service"


class TenderMethod(StrEnum):
    """How a part of the order is paid. Cards and wallets must be authorized before release."""

    CARD = "card"
    WALLET = "wallet"
    CASH = "cash"
    ACCOUNT = "account"
    GIFT_CARD = "gift_card"


class Obstacle(StrEnum):
    """What keeps goods from leaving; nothing that an order knows of is `unknown`."""

    HOLD = "hold"
    PAYMENT = "payment"
    SUPPLY = "supply"
    STOCK = "stock"
    WAREHOUSE = "warehouse"
    UNKNOWN = "unknown"


class OnShortage(StrEnum):
    """What becomes of an order that stock cannot meet in full.

    Hold: give everything back and let a person decide. Backorder: keep what there is, wait for the
    rest, ship together. Split: ship what there is, the rest later. Cancel: give up on the order.
    """

    HOLD = "hold"
    BACKORDER = "backorder"
    SPLIT = "split"
    CANCEL = "cancel"


class Purpose(StrEnum):
    """Why the goods go out: sold, sent again for a faulty order, or given as a thank-you."""

    SALE = "sale"
    REPLACEMENT = "replacement"
    GIFT = "gift"


class HoldKind(StrEnum):
    """Why a person has to look at the order."""

    SHORTAGE = "shortage"
    FRAUD = "fraud"
    CREDIT = "credit"
    ADDRESS = "address"
    ROUTING = "routing"
    MANUAL = "manual"
    PRICE = "price"
    PAYMENT = "payment"


class Blocked(StrEnum):
    """What a hold stands in the way of."""

    RELEASE = "release"
    CANCELLATION = "cancellation"
    RETURN = "return"


class CancellationReason(StrEnum):
    """Why units will not be shipped."""

    CUSTOMER = "customer"
    DECLINED = "declined"
    FRAUD = "fraud"
    INVENTORY = "inventory"
    STAFF = "staff"
    EXPIRED = "expired"
    OTHER = "other"


class Disposition(StrEnum):
    """Where returned goods go: back on sale, aside for inspection, or nowhere (kept, lost)."""

    RESTOCK = "restock"
    QUARANTINE = "quarantine"
    WRITE_OFF = "write_off"


class FlagKind(StrEnum):
    """Orders that the retention team follows one by one."""

    VIP = "vip"
    REPLACEMENT = "replacement"
    GIFT = "gift"


class OrderLine(State, frozen=True):
    """One line as agreed at placement. Its id starts with the order's: `web:1001/1`.

    `unit_price` is a decimal in major units, as the channel quoted it. `net_minor` is what the
    whole line costs after `discount_minor` and before `tax_minor`; both shares are fixed here.
    """

    line_id: str
    item_id: str
    sku: str
    quantity: int
    unit_price: str
    net_minor: int
    tax_minor: int = 0
    discount_minor: int = 0
    kind: LineKind = LineKind.GOODS


class Tender(State, frozen=True):
    """A part of the total and how it is paid. `token` stands for the card; never its number.

    A tender on account with `terms` (`NET30`) is invoiced as goods leave, and needs credit first;
    without terms it was agreed on elsewhere, and nobody here asks for it.
    """

    payment_id: str
    method: TenderMethod
    amount_minor: int
    token: str = ""
    terms: str = ""


class Destination(State, frozen=True):
    """Where the goods go. `sealed` is the address, encrypted with the customer's key.

    Only what routing needs is readable: the country (ISO 3166-1 alpha-2) and the postal code.
    """

    country: str
    postal_code: str = ""
    sealed: bytes = b""


class Source(State, frozen=True):
    """How much of an item one location could give when it was asked."""

    location_id: str
    available: int


class Refusal(State, frozen=True):
    """One reason why an order was not accepted: a stable code, and the field and value at fault."""

    code: str
    detail: str


class ReleasedLine(State, frozen=True):
    """Units of a line that a location must now be found for."""

    line_id: str
    item_id: str
    quantity: int
    sources: tuple[Source, ...]


class PlannedLine(State, frozen=True):
    """Units of a line that one fulfilment is to carry."""

    line_id: str
    item_id: str
    quantity: int


class ChargedLine(State, frozen=True):
    """Units of a line, with their own shares of its price and tax: what an invoice says of them."""

    line_id: str
    item_id: str
    sku: str
    quantity: int
    unit_price: str
    net_minor: int
    tax_minor: int


class Withdrawn(State, frozen=True):
    """Units that an open fulfilment was to carry and must not any more."""

    fulfilment_id: str
    quantity: int


class ChangeEnd(StrEnum):
    """Why a proposed change did not happen."""

    CUSTOMER = "customer"
    EXPIRED = "expired"
    PAYMENT = "payment"
    OUTDATED = "outdated"


class Reduction(State, frozen=True):
    """Units of a line that are not wanted any more."""

    line_id: str
    quantity: int


class ReducedLine(State, frozen=True):
    """Units of a line that are to be given up, and what they would have cost."""

    line_id: str
    item_id: str
    quantity: int
    net_minor: int
    tax_minor: int


class Preview(State, frozen=True):
    """What a change means for an order that was changed `revision` times before.

    `net_minor` and `tax_minor` are the differences, less than nothing where it gets cheaper.
    `authorize_minor` is not set aside yet, `release_minor` is and will not be taken.
    """

    revision: int
    reduced: tuple[ReducedLine, ...]
    net_minor: int
    tax_minor: int
    authorize_minor: int
    release_minor: int


class OrderPlaced(Event, frozen=True):
    """The customer has committed. The lines may come from a cart. `bill_to` may be unknown.

    `coupons` are the codes that its prices depend on, `pricing` what we would have asked for it.
    `sold_at` is the location at whose till the customer takes the goods along; empty: they are
    sent.
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


class OrderRejected(Event, frozen=True):
    """The order cannot be accepted as it stands; a corrected one may be placed under its id."""

    order_id: str
    channel: str
    external_ref: str
    reasons: tuple[Refusal, ...]
    cart_id: str = ""


class OrderHeld(Event, frozen=True):
    """A person must look before the blocked steps go on."""

    order_id: str
    hold_id: str
    kind: HoldKind
    blocks: tuple[Blocked, ...]
    reason: str


class HoldResolved(Event, frozen=True):
    """The hold no longer stands in the way."""

    order_id: str
    hold_id: str
    note: str


class HoldKept(Event, frozen=True):
    """A person has looked, and lets the hold stand."""

    order_id: str
    hold_id: str
    note: str


class LineReserved(Event, frozen=True):
    """Stock has set units aside; `sources` are the locations that could give them."""

    order_id: str
    line_id: str
    item_id: str
    quantity: int
    sources: tuple[Source, ...]


class LineBackordered(Event, frozen=True):
    """Units wait for supply, which should be there at `expected_at` (zero: nobody can say)."""

    order_id: str
    line_id: str
    item_id: str
    quantity: int
    expected_at: Instant = Instant(0)


class LineUnreserved(Event, frozen=True):
    """Units that were set aside or awaited are given back."""

    order_id: str
    line_id: str
    item_id: str
    quantity: int


class SurplusReleased(Event, frozen=True):
    """Units that stock still keeps for a line that no longer wants them are given back."""

    order_id: str
    line_id: str
    item_id: str
    quantity: int


class ReservationRetried(Event, frozen=True):
    """Units without stock are asked for again."""

    order_id: str
    channel: str
    on_shortage: OnShortage
    lines: tuple[PlannedLine, ...]


class TenderAuthorized(Event, frozen=True):
    """A part of the total is certain."""

    order_id: str
    payment_id: str
    amount_minor: int


class TenderRenewalRequested(Event, frozen=True):
    """`renewal` is to take the place of what is not charged to a tender, before `pay_by`.

    That is because it lapses soon, or because the customer has named another card.
    """

    order_id: str
    payment_id: str
    renewal: Tender
    currency: str
    pay_by: Instant


class TenderRenewed(Event, frozen=True):
    """What was not charged to a tender so far is charged to another, which is certain.

    `dropped` are other renewals of it that were asked for: nobody wants them any more.
    """

    order_id: str
    payment_id: str
    renewal_id: str
    dropped: tuple[str, ...] = ()


class TenderRenewalDeclined(Event, frozen=True):
    """A tender could not be renewed, and lapses if nobody does anything about it."""

    order_id: str
    payment_id: str
    renewal_id: str
    reason: CancellationReason


class CouponSettled(Event, frozen=True):
    """It is known whether the order may use a coupon."""

    order_id: str
    code: str
    granted: bool


class OrderReleased(Event, frozen=True):
    """Nothing stands in the way: these units may go to a warehouse, or over the counter."""

    order_id: str
    lines: tuple[ReleasedLine, ...]
    ship_to: Destination
    ship_by: Instant
    priority: int
    sold_at: str = ""


class FulfilmentPlanned(Event, frozen=True):
    """One location is to send these units together."""

    order_id: str
    fulfilment_id: str
    location_id: str
    lines: tuple[PlannedLine, ...]


class LineAllocated(Event, frozen=True):
    """Units are tied to a shelf."""

    order_id: str
    line_id: str
    item_id: str
    quantity: int
    fulfilment_id: str
    location_id: str


class AllocationCompleted(Event, frozen=True):
    """Every unit of a planned fulfilment is tied to a shelf: the warehouse may be asked.

    What was sold at a till is handed over at once.
    """

    order_id: str
    fulfilment_id: str
    location_id: str
    lines: tuple[PlannedLine, ...]
    ship_to: Destination
    ship_by: Instant
    priority: int
    sold_at: str = ""


class LineRerouted(Event, frozen=True):
    """Units leave a planned fulfilment and are ready to be released again.

    A `barred` location does not want them; else it may be asked again.
    """

    order_id: str
    line_id: str
    item_id: str
    quantity: int
    fulfilment_id: str
    location_id: str
    sources: tuple[Source, ...]
    barred: bool


class ReleaseRevoked(Event, frozen=True):
    """No location was found for released units: they are only reserved again."""

    order_id: str
    lines: tuple[PlannedLine, ...]


class LineShorted(Event, frozen=True):
    """Units that were tied to a shelf were not there."""

    order_id: str
    line_id: str
    item_id: str
    quantity: int
    fulfilment_id: str


class LineShipped(Event, frozen=True):
    """Units have left, with their shares of price and tax, and what they had cost."""

    order_id: str
    customer_id: str
    line_id: str
    item_id: str
    quantity: int
    net_minor: int
    tax_minor: int
    cost_minor: int
    currency: str
    fulfilment_id: str
    purpose: Purpose = Purpose.SALE
    cost_currency: str = ""


class ShipmentCharged(Event, frozen=True):
    """A whole fulfilment has left: this much is now due. `lines` are there to be invoiced.

    `sold_at` is the location at which it was handed over to the customer, if it was.
    """

    order_id: str
    customer_id: str
    fulfilment_id: str
    amount_minor: int
    currency: str
    tenders: tuple[Tender, ...]
    lines: tuple[ChargedLine, ...] = ()
    sold_at: str = ""


class ParcelDelivered(Event, frozen=True):
    """A fulfilment reached the customer, with these units."""

    order_id: str
    fulfilment_id: str
    lines: tuple[PlannedLine, ...]


class LineCancelled(Event, frozen=True):
    """Units will not be shipped. The quantities say what they were when it happened.

    `withdrawn` are the open fulfilments that the allocated units were in, `credit_minor` is the
    part of the amount that was to be invoiced.
    """

    order_id: str
    customer_id: str
    line_id: str
    item_id: str
    quantity: int
    net_minor: int
    tax_minor: int
    currency: str
    reason: CancellationReason
    cancellation_id: str
    unreserved: int = 0
    backordered: int = 0
    reserved: int = 0
    released: int = 0
    allocated: int = 0
    withdrawn: tuple[Withdrawn, ...] = ()
    credit_minor: int = 0


class OrderCancelled(Event, frozen=True):
    """Nothing of the order will be shipped."""

    order_id: str
    customer_id: str
    reason: CancellationReason
    payments: tuple[str, ...]
    coupons: tuple[str, ...] = ()


class LineReturned(Event, frozen=True):
    """Shipped units came back; the amounts are what the customer is owed for them."""

    order_id: str
    customer_id: str
    return_id: str
    line_id: str
    item_id: str
    quantity: int
    net_minor: int
    tax_minor: int
    cost_minor: int
    currency: str
    disposition: Disposition
    location_id: str
    kind: LineKind = LineKind.GOODS
    cost_currency: str = ""
    purpose: Purpose = Purpose.SALE


class ReturnAccepted(Event, frozen=True):
    """A whole return was booked: this much is owed back, out of these payments.

    `lines` are there to be credited, if the order was invoiced.
    """

    order_id: str
    customer_id: str
    return_id: str
    amount_minor: int
    currency: str
    tenders: tuple[Tender, ...]
    lines: tuple[ChargedLine, ...] = ()


class ChangeProposed(Event, frozen=True):
    """A change was priced and shown; nothing has changed. Without a country the address stays."""

    order_id: str
    change_id: str
    currency: str
    reductions: tuple[Reduction, ...]
    added: tuple[OrderLine, ...]
    ship_to: Destination
    preview: Preview
    proposed_at: Instant
    valid_until: Instant
    note: str


class ChangePaymentRequested(Event, frozen=True):
    """A change was confirmed, and happens once these tenders are certain."""

    order_id: str
    change_id: str
    currency: str
    tenders: tuple[Tender, ...]
    pay_by: Instant


class ChangePaymentSecured(Event, frozen=True):
    """One of several tenders that a change waits for is certain."""

    order_id: str
    change_id: str
    payment_id: str


class ChangeConfirmed(Event, frozen=True):
    """The order is another: it has the added lines, these tenders beside its own, this address.

    What is reduced is cancelled in the same step.
    """

    order_id: str
    customer_id: str
    change_id: str
    channel: str
    on_shortage: OnShortage
    currency: str
    added: tuple[OrderLine, ...]
    ship_to: Destination
    tenders: tuple[Tender, ...]
    preview: Preview


class ChangeDeclined(Event, frozen=True):
    """A proposed change will not happen, and the order is as it was.

    `payments` were asked for, and nothing is to be taken from them.
    """

    order_id: str
    change_id: str
    end: ChangeEnd
    detail: str
    payments: tuple[str, ...]


class CorrectionAccepted(Event, frozen=True):
    """An invoice charged too much: this much is owed back, by line.

    `declined_minor` was given back with returns, or corrected, before, and is not owed again.
    """

    order_id: str
    customer_id: str
    invoice_id: str
    correction_id: str
    amount_minor: int
    currency: str
    tenders: tuple[Tender, ...]
    lines: tuple[ChargedLine, ...]
    declined_minor: int = 0


class CorrectionDeclined(Event, frozen=True):
    """Nothing is left of what an invoice is said to have charged too much: it was given back."""

    order_id: str
    customer_id: str
    invoice_id: str
    correction_id: str
    amount_minor: int
    currency: str


class PromiseReviewed(Event, frozen=True):
    """A promised day is near or over, and so many units of goods have not left: here is why.

    `due_at` is the moment that was waited for: `ship_by`, or one before it.
    """

    order_id: str
    ship_by: Instant
    due_at: Instant
    at: Instant
    units: int
    obstacles: tuple[Obstacle, ...]


class FlagRequested(Event, frozen=True):
    """The order is special; a code must be issued for it."""

    order_id: str
    kind: FlagKind


class OrderFlagged(Event, frozen=True):
    """The order is special, and this code names it on every document."""

    order_id: str
    kind: FlagKind
    code: str


class OrderCompleted(Event, frozen=True):
    """Every unit is shipped or cancelled, and at least one is shipped."""

    order_id: str
    customer_id: str
    shipped_minor: int
    currency: str
    payments: tuple[str, ...]
    coupons: tuple[str, ...] = ()


OrderEvent = (
    OrderPlaced
    | OrderRejected
    | OrderHeld
    | HoldResolved
    | HoldKept
    | LineReserved
    | LineBackordered
    | LineUnreserved
    | SurplusReleased
    | ReservationRetried
    | TenderAuthorized
    | CouponSettled
    | OrderReleased
    | FulfilmentPlanned
    | LineAllocated
    | AllocationCompleted
    | LineRerouted
    | ReleaseRevoked
    | LineShorted
    | LineShipped
    | ShipmentCharged
    | ParcelDelivered
    | LineCancelled
    | OrderCancelled
    | LineReturned
    | ReturnAccepted
    | ChangeProposed
    | ChangePaymentRequested
    | ChangePaymentSecured
    | ChangeConfirmed
    | ChangeDeclined
    | CorrectionAccepted
    | CorrectionDeclined
    | PromiseReviewed
    | FlagRequested
    | OrderFlagged
    | OrderCompleted
    | TenderRenewalRequested
    | TenderRenewed
    | TenderRenewalDeclined
)
