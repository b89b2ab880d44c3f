"""What may be asked of a quote."""

from __future__ import annotations

from oms_core.domain.quote.events import Buyer, Offer, Wish
from oms_core.kernel import Command, Instant


class RequestQuote(Command, frozen=True):
    """Ask what something would cost."""

    quote_id: str
    buyer: Buyer
    wishes: tuple[Wish, ...]


class IssueQuote(Command, frozen=True):
    """Offer a price, or another price: `version` is one more than that of the last offer."""

    quote_id: str
    version: int
    offers: tuple[Offer, ...]
    terms: str
    valid_until: Instant
    exponent: int


class AcceptQuote(Command, frozen=True):
    """Take the offer; without `wishes`, as many units as were asked for."""

    quote_id: str
    version: int
    accepted_at: Instant
    wishes: tuple[Wish, ...] = ()


class DeclineQuote(Command, frozen=True):
    """Do not take the offer."""

    quote_id: str
    version: int
    reason: str


class ExpireQuote(Command, frozen=True):
    """Let the offer lapse if its time is over at `now`."""

    quote_id: str
    now: Instant


QuoteCommand = RequestQuote | IssueQuote | AcceptQuote | DeclineQuote | ExpireQuote
