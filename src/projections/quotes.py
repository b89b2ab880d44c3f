"""Quotes: what was asked for, what was offered, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from oms_core.domain.quote import events
from oms_core.kernel import Event, Instant, Recorded, State
from projections.rules import Change, one, view


class Quote(State, frozen=True):
    """One quote. `state` is requested, issued, accepted, declined or expired.

    `version` is that of the latest offer, `valid_until` when it lapses. `total_minor` is what was
    accepted, `order_id` the order that it became.
    """

    quote_id: str
    state: str = "requested"
    customer_id: str = ""
    channel: str = ""
    country: str = ""
    currency: str = ""
    version: int = 0
    terms: str = ""
    items: int = 0
    units: int = 0
    total_minor: int = 0
    order_id: str = ""
    reason: str = ""
    requested_at: Instant = Instant(0)
    issued_at: Instant = Instant(0)
    valid_until: Instant = Instant(0)
    closed_at: Instant = Instant(0)


def blank(key: str, _: Any) -> Quote:
    """Return a quote that nothing is known of but its id."""
    return Quote(key)


def requested(quote: Quote, event: events.QuoteRequested, recorded: Recorded) -> Quote:
    """Wait for an offer."""
    buyer = event.buyer
    return replace(
        quote,
        state="requested",
        customer_id=buyer.customer_id,
        channel=buyer.channel,
        country=buyer.country,
        currency=buyer.currency,
        items=len(event.wishes),
        units=sum(wish.quantity for wish in event.wishes),
        requested_at=recorded.occurred_at,
    )


def issued(quote: Quote, event: events.QuoteIssued, recorded: Recorded) -> Quote:
    """Wait for the customer."""
    return replace(
        quote,
        state="issued",
        version=event.version,
        terms=event.terms,
        reason="",
        issued_at=recorded.occurred_at,
        valid_until=event.valid_until,
        closed_at=Instant(0),
    )


def accepted(quote: Quote, event: events.QuoteAccepted, recorded: Recorded) -> Quote:
    """Show the order that it is."""
    return replace(
        quote,
        state="accepted",
        items=len(event.lines),
        units=sum(line.quantity for line in event.lines),
        total_minor=sum(line.net_minor + line.tax_minor for line in event.lines),
        order_id=f"{event.buyer.channel}:{event.quote_id}",
        closed_at=recorded.occurred_at,
    )


def declined(quote: Quote, event: events.QuoteDeclined, recorded: Recorded) -> Quote:
    """Say why not."""
    return replace(quote, state="declined", reason=event.reason, closed_at=recorded.occurred_at)


def expired(quote: Quote, _: events.QuoteExpired, recorded: Recorded) -> Quote:
    """Say that nobody answered."""
    return replace(quote, state="expired", closed_at=recorded.occurred_at)


CHANGES: Mapping[type[Event], Change[Quote]] = {
    events.QuoteRequested: requested,
    events.QuoteIssued: issued,
    events.QuoteAccepted: accepted,
    events.QuoteDeclined: declined,
    events.QuoteExpired: expired,
}

quotes = view(
    "quotes",
    Quote,
    blank,
    {event: (one("quote_id"), change) for event, change in CHANGES.items()},
)
