"""What can have happened to a quote."""

from __future__ import annotations

from oms_core.kernel import Event, Instant, State


class Wish(State, frozen=True):
    """How many units of an item the customer wants."""

    item_id: str
    quantity: int


class Tier(State, frozen=True):
    """The price of a unit, in major units, for whoever takes so many or more."""

    from_quantity: int
    unit_price: str


class Offer(State, frozen=True):
    """What we would sell an item for. `tax_bp` is its tax in hundredths of a percent of the net."""

    item_id: str
    sku: str
    tiers: tuple[Tier, ...]
    tax_bp: int = 0


class Buyer(State, frozen=True):
    """Who asks, through which channel, and where the goods would go.

    `sealed` is the address, encrypted with the customer's key.
    """

    customer_id: str
    channel: str
    currency: str
    country: str
    postal_code: str = ""
    sealed: bytes = b""


class PricedLine(State, frozen=True):
    """Units of an item at their price, and the tax on them, as they will be ordered."""

    item_id: str
    sku: str
    quantity: int
    unit_price: str
    net_minor: int
    tax_minor: int


class QuoteRequested(Event, frozen=True):
    """The customer wants to know what this would cost."""

    quote_id: str
    buyer: Buyer
    wishes: tuple[Wish, ...]


class QuoteIssued(Event, frozen=True):
    """This is what it would cost, until `valid_until`; earlier versions count for nothing.

    `exponent` is the currency's number of decimals (ISO 4217).
    """

    quote_id: str
    version: int
    offers: tuple[Offer, ...]
    terms: str
    valid_until: Instant
    exponent: int


class QuoteAccepted(Event, frozen=True):
    """The customer takes it: these lines, at these prices, on these terms."""

    quote_id: str
    version: int
    buyer: Buyer
    lines: tuple[PricedLine, ...]
    terms: str
    accepted_at: Instant


class QuoteDeclined(Event, frozen=True):
    """The customer does not take it."""

    quote_id: str
    version: int
    reason: str


class QuoteExpired(Event, frozen=True):
    """Nobody took it in time."""

    quote_id: str
    version: int


QuoteEvent = QuoteRequested | QuoteIssued | QuoteAccepted | QuoteDeclined | QuoteExpired
