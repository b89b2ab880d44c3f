"""The rules of a quote, and which command each of them answers."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import NoReturn

from msgspec.structs import replace

from oms_core.domain.quote import commands, events
from oms_core.domain.quote.pricing import price, require_usable
from oms_core.domain.quote.state import Quote, Standing
from oms_core.kernel import Decider, Rejected, deciding, evolving
from oms_core.kernel.money import is_currency_code
from oms_core.policies.terms import require_terms

Events = Iterator[events.QuoteEvent]
COUNTRY_LETTERS = 2


class UnknownQuote(Rejected):
    """Nobody has asked for this quote."""

    code = "quote.unknown"
    remedy = "Request the quote first."


class UnusableRequest(Rejected):
    """An order could not be made of the request."""

    code = "quote.unusable_request"
    remedy = (
        "Give a quote_id, a customer, a channel without a colon, ISO codes, and one wish or more."
    )


class QuoteReused(Rejected):
    """Something else was asked for under this id."""

    code = "quote.reused"
    remedy = "Give the new request an id of its own."


class QuoteClosed(Rejected):
    """There is no offer that can be taken or declined, or it was taken already."""

    code = "quote.closed"
    remedy = "Look the quote up: it may wait for an offer, or be declined, expired or accepted."


class SupersededVersion(Rejected):
    """Another offer is the latest."""

    code = "quote.superseded"
    remedy = "Look at the latest version, and name it."


class QuoteLapsed(Rejected):
    """The offer was valid until earlier."""

    code = "quote.lapsed"
    remedy = "Ask for a new version."


def request(command: commands.RequestQuote, quote: Quote) -> Events:
    """Note what the customer wants to know the price of, once."""
    buyer = command.buyer
    country = buyer.country
    if (
        not (command.quote_id and buyer.customer_id and buyer.channel and command.wishes)
        or ":" in buyer.channel
        or not is_currency_code(buyer.currency)
        or len(country) != COUNTRY_LETTERS
        or not (country.isascii() and country.isalpha() and country.isupper())
        or min(wish.quantity for wish in command.wishes) < 1
    ):
        raise UnusableRequest(
            f"buyer is {buyer.customer_id!r} in {country!r} by {buyer.channel!r}."
        )
    asked = events.QuoteRequested(command.quote_id, buyer, command.wishes)
    if quote.request is None:
        yield asked
    elif asked != quote.request:
        raise QuoteReused(f"quote_id {command.quote_id!r} is taken.")


def issue(command: commands.IssueQuote, quote: Quote) -> Events:
    """Make the first offer or another; who offers without knowing of the last is told so."""
    if quote.request is None:
        raise UnknownQuote(f"quote_id {command.quote_id!r} is not known.")
    require_terms(command.terms)
    require_usable(command.offers, command.exponent)
    issued = events.QuoteIssued(
        command.quote_id,
        command.version,
        command.offers,
        command.terms,
        command.valid_until,
        command.exponent,
    )
    if issued == quote.offer:
        return
    if quote.standing is Standing.ACCEPTED:
        raise QuoteClosed("the quote is accepted.")
    if command.version != quote.version + 1:
        raise SupersededVersion(f"version {command.version} does not follow {quote.version}.")
    yield issued


def accept(command: commands.AcceptQuote, quote: Quote) -> Events:
    """Take the latest offer while it is valid."""
    offer, asked = quote.offer, quote.request
    if offer is None or asked is None:
        _closed(quote)
    if command.version != offer.version:
        raise SupersededVersion(f"version {command.version} is not {offer.version}.")
    lines = price(offer.offers, command.wishes or asked.wishes, offer.exponent)
    if quote.accepted is not None and quote.accepted.lines == lines:
        return
    if quote.standing is not Standing.ISSUED:
        _closed(quote)
    if command.accepted_at >= offer.valid_until:
        raise QuoteLapsed(f"accepted_at {command.accepted_at} is not before {offer.valid_until}.")
    yield events.QuoteAccepted(
        command.quote_id,
        offer.version,
        asked.buyer,
        lines,
        offer.terms,
        command.accepted_at,
    )


def _closed(quote: Quote) -> NoReturn:
    raise QuoteClosed(f"the quote is {quote.standing}.")


def decline(command: commands.DeclineQuote, quote: Quote) -> Events:
    """Do not take the latest offer; another may follow."""
    if quote.offer is None:
        _closed(quote)
    if command.version != quote.version:
        raise SupersededVersion(f"version {command.version} is not {quote.version}.")
    if quote.standing is Standing.DECLINED:
        return
    if quote.standing is not Standing.ISSUED:
        _closed(quote)
    yield events.QuoteDeclined(command.quote_id, command.version, command.reason)


def expire(command: commands.ExpireQuote, quote: Quote) -> Events:
    """Let the offer lapse if its time is over; early, late and repeated alarms do no harm."""
    if quote.request is None:
        raise UnknownQuote(f"quote_id {command.quote_id!r} is not known.")
    offer = quote.offer
    if quote.standing is Standing.ISSUED and offer and offer.valid_until <= command.now:
        yield events.QuoteExpired(command.quote_id, offer.version)


def requested(quote: Quote, event: events.QuoteRequested) -> Quote:
    """Wait for an offer."""
    return replace(quote, standing=Standing.REQUESTED, request=event)


def issued(quote: Quote, event: events.QuoteIssued) -> Quote:
    """Wait for the customer."""
    return replace(quote, standing=Standing.ISSUED, offer=event)


def accepted(quote: Quote, event: events.QuoteAccepted) -> Quote:
    """Be an order."""
    return replace(quote, standing=Standing.ACCEPTED, accepted=event)


def declined(quote: Quote, event: events.QuoteDeclined) -> Quote:
    """Be nothing, unless there is another offer."""
    del event
    return replace(quote, standing=Standing.DECLINED)


def expired(quote: Quote, event: events.QuoteExpired) -> Quote:
    """Be nothing, unless there is another offer."""
    del event
    return replace(quote, standing=Standing.EXPIRED)


quote = Decider(
    "quote",
    attrgetter("quote_id"),
    Quote(),
    deciding(
        {
            commands.RequestQuote: request,
            commands.IssueQuote: issue,
            commands.AcceptQuote: accept,
            commands.DeclineQuote: decline,
            commands.ExpireQuote: expire,
        }
    ),
    evolving(
        {
            events.QuoteRequested: requested,
            events.QuoteIssued: issued,
            events.QuoteAccepted: accepted,
            events.QuoteDeclined: declined,
            events.QuoteExpired: expired,
        }
    ),
)
