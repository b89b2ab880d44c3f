"""Quotes: asked for, offered, revised, and taken, declined or left to lapse."""

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec.structs import replace

from oms_core.domain.quote.commands import (
    AcceptQuote,
    DeclineQuote,
    ExpireQuote,
    IssueQuote,
    RequestQuote,
)
from oms_core.domain.quote.decider import (
    QuoteClosed,
    QuoteLapsed,
    QuoteReused,
    SupersededVersion,
    UnknownQuote,
    UnusableRequest,
    quote,
)
from oms_core.domain.quote.events import (
    Buyer,
    Offer,
    PricedLine,
    QuoteAccepted,
    QuoteDeclined,
    QuoteExpired,
    QuoteIssued,
    QuoteRequested,
    Tier,
    Wish,
)
from oms_core.domain.quote.pricing import NotOffered, TotalOutOfRange, UnusableOffer, price
from oms_core.kernel import Instant
from oms_core.policies.terms import UnknownTerms
from tests.support.spec import Specification

given = Specification(quote)

BUYER = Buyer("C1", "b2b", "EUR", "FR", "69001", b"sealed")
WISHES = (Wish("MUG", 100), Wish("CAP", 10))
MUGS = Offer("MUG", "MUG-BLUE", (Tier(1, "10.00"), Tier(50, "9.125"), Tier(500, "8")), 2_000)
CAPS = Offer("CAP", "CAP-RED", (Tier(10, "2.50"),), 550)
TERMS = ((MUGS, CAPS), "NET30", Instant(9_000), 2)

request = RequestQuote("Q1", BUYER, WISHES)
issue = IssueQuote("Q1", 1, *TERMS)
revise = IssueQuote("Q1", 2, (MUGS,), "NET10", Instant(9_500), 2)
accept = AcceptQuote("Q1", 1, Instant(8_999))
decline = DeclineQuote("Q1", 1, "too dear")

REQUESTED = QuoteRequested("Q1", BUYER, WISHES)
ISSUED = QuoteIssued("Q1", 1, *TERMS)
REVISED = QuoteIssued("Q1", 2, (MUGS,), "NET10", Instant(9_500), 2)
LINES = (
    PricedLine("MUG", "MUG-BLUE", 100, "9.125", 91_250, 18_250),
    PricedLine("CAP", "CAP-RED", 10, "2.50", 2_500, 138),
)
ACCEPTED = QuoteAccepted("Q1", 1, BUYER, LINES, "NET30", Instant(8_999))
DECLINED = QuoteDeclined("Q1", 1, "too dear")
EXPIRED = QuoteExpired("Q1", 1)
OFFERED = (REQUESTED, ISSUED)


# Requested


def test_a_price_is_asked_for_once():
    given().when(request).then(REQUESTED)
    given(REQUESTED).when(request).then_nothing()
    given(REQUESTED).when(replace(request, wishes=WISHES[:1])).then_rejected(
        QuoteReused, "quote_id 'Q1' is taken."
    )


@pytest.mark.parametrize(
    "buyer",
    [
        {"customer_id": ""},
        {"channel": ""},
        {"channel": "b:b"},
        {"currency": "euro"},
        {"country": "France"},
        {"country": "fr"},
    ],
)
def test_an_order_can_be_made_of_a_request(buyer):
    given().when(replace(request, buyer=replace(BUYER, **buyer))).then_rejected(UnusableRequest)


@pytest.mark.parametrize("change", [{"quote_id": ""}, {"wishes": ()}, {"wishes": (Wish("A", 0),)}])
def test_a_request_has_a_name_and_wishes(change):
    given().when(replace(request, **change)).then_rejected(
        UnusableRequest, "buyer is 'C1' in 'FR' by 'b2b'."
    )


# Issued


def test_an_offer_is_made_once():
    given(REQUESTED).when(issue).then(ISSUED)
    given(*OFFERED).when(issue).then_nothing()


def test_another_offer_takes_the_place_of_the_last():
    given(*OFFERED).when(revise).then(REVISED)
    given(*OFFERED, DECLINED).when(revise).then(REVISED)
    given(*OFFERED, EXPIRED).when(revise).then(REVISED)


def test_two_who_offer_at_once_do_not_overwrite_each_other():
    mine = replace(issue, version=2)
    given(*OFFERED, REVISED).when(mine).then_rejected(
        SupersededVersion, "version 2 does not follow 2."
    )
    given(REQUESTED).when(mine).then_rejected(SupersededVersion, "version 2 does not follow 0.")


def test_nothing_is_offered_that_was_not_asked_for_or_is_sold():
    given().when(issue).then_rejected(UnknownQuote, "quote_id 'Q1' is not known.")
    given(*OFFERED, ACCEPTED).when(revise).then_rejected(QuoteClosed, "the quote is accepted.")


def test_an_offer_says_when_it_is_to_be_paid():
    given(REQUESTED).when(replace(issue, terms="soon")).then_rejected(
        UnknownTerms, "terms is 'soon'."
    )


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"offers": ()}, "there are 0 offers and the exponent is 2."),
        ({"exponent": 5}, "there are 2 offers and the exponent is 5."),
        ({"offers": (MUGS, MUGS)}, "item_id is one of ['MUG', 'MUG']."),
        ({"offers": (replace(MUGS, item_id=""),)}, "item_id is one of ['']."),
        ({"offers": (replace(MUGS, tiers=()),)}, "the tiers of 'MUG' begin at []."),
        (
            {"offers": (replace(MUGS, tiers=(Tier(0, "1"),)),)},
            "the tiers of 'MUG' begin at [0].",
        ),
        (
            {"offers": (replace(MUGS, tiers=(Tier(5, "1"), Tier(5, "2"))),)},
            "the tiers of 'MUG' begin at [5, 5].",
        ),
        ({"offers": (replace(MUGS, tax_bp=10_001),)}, "tax_bp of 'MUG' is 10001."),
        (
            {"offers": (replace(MUGS, tiers=(Tier(1, "-1"),)),)},
            "unit_price of 'MUG' is '-1'.",
        ),
        (
            {"offers": (replace(MUGS, tiers=(Tier(1, "1e9"),)),)},
            "unit_price of 'MUG' is '1e9'.",
        ),
    ],
)
def test_a_price_can_be_told_from_an_offer(change, detail):
    given(REQUESTED).when(replace(issue, **change)).then_rejected(UnusableOffer, detail)


# Accepted


def test_an_offer_is_taken_at_its_prices_and_on_its_terms():
    given(*OFFERED).when(accept).then(ACCEPTED)
    given(*OFFERED, ACCEPTED).when(accept).then_nothing()


def test_the_quantity_chooses_the_tier_for_all_its_units():
    for quantity, unit_price, net in (
        (1, "10.00", 1_000),
        (49, "10.00", 49_000),
        (500, "8", 400_000),
    ):
        (line,) = price((MUGS,), (Wish("MUG", quantity),), 2)
        assert (line.unit_price, line.net_minor) == (unit_price, net)


def test_other_quantities_may_be_taken_than_were_asked_for():
    line = PricedLine("MUG", "MUG-BLUE", 500, "8", 400_000, 80_000)
    given(*OFFERED).when(replace(accept, wishes=(Wish("MUG", 500),))).then(
        replace(ACCEPTED, lines=(line,))
    )


def test_an_offer_is_taken_for_good():
    given(*OFFERED, ACCEPTED).when(replace(accept, wishes=(Wish("MUG", 500),))).then_rejected(
        QuoteClosed, "the quote is accepted."
    )


def test_a_superseded_offer_cannot_be_taken():
    given(*OFFERED, REVISED).when(accept).then_rejected(SupersededVersion, "version 1 is not 2.")
    given(*OFFERED, REVISED).when(decline).then_rejected(SupersededVersion, "version 1 is not 2.")


def test_an_offer_cannot_be_taken_too_late_whether_or_not_an_alarm_has_rung():
    late = replace(accept, accepted_at=Instant(9_000))
    given(*OFFERED).when(late).then_rejected(QuoteLapsed, "accepted_at 9000 is not before 9000.")
    given(*OFFERED, EXPIRED).when(late).then_rejected(QuoteClosed, "the quote is expired.")


@pytest.mark.parametrize(("history", "standing"), [((), "none"), ((REQUESTED,), "requested")])
def test_what_was_not_offered_can_be_neither_taken_nor_declined(history, standing):
    detail = f"the quote is {standing}."
    given(*history).when(accept).then_rejected(QuoteClosed, detail)
    given(*history).when(decline).then_rejected(QuoteClosed, detail)


@pytest.mark.parametrize(
    ("wishes", "detail"),
    [
        ((Wish("CUP", 1),), "1 of 'CUP' have no price."),
        ((Wish("CAP", 9),), "9 of 'CAP' have no price."),
        ((Wish("MUG", 1), Wish("MUG", 1)), "1 of 'MUG' have no price."),
        ((Wish("MUG", 10**9 + 1),), "1000000001 of 'MUG' have no price."),
    ],
)
def test_only_what_was_offered_can_be_taken(wishes, detail):
    given(*OFFERED).when(replace(accept, wishes=wishes)).then_rejected(NotOffered, detail)


@pytest.mark.parametrize(
    ("unit_price", "units", "total"), [("0.001", 1, 0), ("10000000", 10**9, 11 * 10**17)]
)
def test_a_sale_costs_something_and_no_more_than_an_order_may(unit_price, units, total):
    offer = Offer("MUG", "MUG", (Tier(1, unit_price),), 1_000)
    offered = replace(ISSUED, offers=(offer,))
    given(REQUESTED, offered).when(replace(accept, wishes=(Wish("MUG", units),))).then_rejected(
        TotalOutOfRange, f"the total is {total}."
    )


@drawn(st.integers(1, 10**6), st.integers(0, 10_000), st.integers(1, 10**6))
def test_p11_a_line_is_rounded_once_and_its_tax_is_within_half_a_minor_unit(cents, tax_bp, units):
    offer = Offer("MUG", "MUG", (Tier(1, f"{cents / 1000:.3f}"),), tax_bp)
    try:
        (line,) = price((offer,), (Wish("MUG", units),), 2)
    except TotalOutOfRange:
        return
    assert abs(10 * line.net_minor - cents * units) <= 5
    assert abs(10_000 * line.tax_minor - line.net_minor * tax_bp) <= 5_000


# Declined and expired


def test_an_offer_is_declined_once():
    given(*OFFERED).when(decline).then(DECLINED)
    given(*OFFERED, DECLINED).when(decline).then_nothing()
    given(*OFFERED, DECLINED).when(accept).then_rejected(QuoteClosed, "the quote is declined.")
    given(*OFFERED, ACCEPTED).when(decline).then_rejected(QuoteClosed, "the quote is accepted.")


def test_p26_early_late_and_repeated_alarms_do_no_harm():
    given(*OFFERED).when(ExpireQuote("Q1", Instant(8_999))).then_nothing()
    for now in (9_000, 10**15):
        given(*OFFERED).when(ExpireQuote("Q1", Instant(now))).then(EXPIRED)
        for history in ((REQUESTED,), (*OFFERED, EXPIRED), (*OFFERED, ACCEPTED)):
            given(*history).when(ExpireQuote("Q1", Instant(now))).then_nothing()
    given().when(ExpireQuote("Q1", Instant(1))).then_rejected(
        UnknownQuote, "quote_id 'Q1' is not known."
    )
