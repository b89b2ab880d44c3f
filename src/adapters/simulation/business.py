"""Business customers: they ask for quotes, haggle, and order on terms, or do not."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import NamedTuple

from adapters.simulation.buying import Buyer, market_of
from adapters.simulation.catalogue import goods
from adapters.simulation.hearing import Ears
from adapters.simulation.markets import Market, exponent, price_in
from adapters.simulation.selling import TRADING_DAYS, Selling
from adapters.simulation.stage import DAY, HOUR, Stage
from oms_core.domain.account.commands import OpenAccount
from oms_core.domain.order.commands import PlaceOrder
from oms_core.domain.order.events import OrderPlaced
from oms_core.domain.quote import commands
from oms_core.domain.quote.events import Buyer as Asker
from oms_core.domain.quote.events import Offer, QuoteIssued, QuoteRequested, Tier, Wish
from oms_core.kernel import Instant
from oms_core.kernel.identity import account_of

CHANNEL = "b2b"
ORDERS_PER_QUOTE = 30
QUOTES_PER_FIRM = 5
LIMIT_EUROS = (Decimal(400), Decimal(900), Decimal(2_500))
TERMS = ("NET7", "NET7", "NET14", "NET30")
POPULAR = 60
UNITS = (4, 24)
DOZEN = 12
HAGGLED = 150
DECLINED = 120
SILENT = 100
VALID = 5 * DAY
LAST_DAYS = 7
"""Nobody asks for a quote in the last days: there would be no time to be late with paying."""


class Firm(NamedTuple):
    """A business customer, and how far it is trusted."""

    customer_id: str
    market: Market
    account_id: str
    limit_minor: int


class Business:
    """The business customers of one world, and the people who sell to them."""

    def __init__(self, stage: Stage, orders: int, selling: Selling) -> None:
        """Plan when they ask."""
        self._stage = stage
        self._selling = selling
        quotes = max(2, orders // ORDERS_PER_QUOTE)
        self._firms = [self._firm(number) for number in range(1, 2 + quotes // QUOTES_PER_FIRM)]
        self._opened: set[str] = set()
        self._asked: dict[str, tuple[Firm, tuple[Wish, ...]]] = {}
        for number in range(1, quotes + 1):
            day = stage.dice.randrange(TRADING_DAYS - LAST_DAYS) * DAY
            moment = stage.dice.randrange(8 * HOUR, 17 * HOUR)
            stage.at(stage.start + day + moment, partial(self._ask, number))
        self.ears: Ears = {
            QuoteRequested: self._requested,
            QuoteIssued: self._issued,
            OrderPlaced: self._placed,
        }

    def _firm(self, number: int) -> Firm:
        stage = self._stage
        market = market_of(stage)
        customer_id = f"B{stage.seed}-{number:03d}"
        limit = Decimal(price_in(market.currency, stage.dice.choice(LIMIT_EUROS)))
        limit_minor = int(limit.scaleb(exponent(market.currency)))
        return Firm(customer_id, market, account_of(customer_id, market.currency), limit_minor)

    def _ask(self, number: int) -> None:
        """Ask for the price of a few dozens; who asks for the first time gets an account."""
        stage, firm = self._stage, self._stage.dice.choice(self._firms)
        market = firm.market
        if firm.account_id not in self._opened:
            self._opened.add(firm.account_id)
            self._selling.customers[firm.customer_id] = Buyer(
                firm.customer_id, market, registered=False
            )
            account = OpenAccount(
                firm.account_id, firm.customer_id, market.currency, firm.limit_minor
            )
            stage.say(account, "staff:finance", firm.account_id)
        chosen = stage.dice.sample(goods()[:POPULAR], stage.dice.randint(1, 3))
        wishes = tuple(Wish(good.item_id, stage.dice.randint(*UNITS)) for good in chosen)
        quote_id = f"{stage.seed}Q{number:05d}"
        self._asked[quote_id] = (firm, wishes)
        asker = Asker(
            firm.customer_id, CHANNEL, market.currency, market.country, market.postal_code
        )
        request = commands.RequestQuote(quote_id, asker, wishes)
        stage.say(request, f"customer:{firm.customer_id}", quote_id)

    def _requested(self, event: QuoteRequested) -> None:
        if event.quote_id in self._asked:
            self._stage.later(HOUR, 8 * HOUR, partial(self._offer, event.quote_id, 1))

    def _offer(self, quote_id: str, version: int) -> None:
        """Offer list prices, and less by the dozen; a second offer is still cheaper."""
        stage, (firm, wishes) = self._stage, self._asked[quote_id]
        market, found = firm.market, {good.item_id: good for good in goods()}
        places = exponent(market.currency)
        offers = []
        for wish in wishes:
            full = Decimal(price_in(market.currency, found[wish.item_id].euros))
            less = (full * (96 - 3 * version) / 100).quantize(Decimal(1).scaleb(-places))
            tiers = (Tier(1, str(full)), Tier(DOZEN, str(less)))
            offers.append(Offer(wish.item_id, wish.item_id, tiers, market.tax_percent * 100))
        terms, until = stage.dice.choice(TERMS), Instant(stage.now + VALID)
        issue = commands.IssueQuote(quote_id, version, tuple(offers), terms, until, places)
        stage.say(issue, "staff:sales", quote_id)

    def _issued(self, event: QuoteIssued) -> None:
        if event.quote_id in self._asked:
            answer = partial(self._answer, event.quote_id, event.version)
            self._stage.later(HOUR, 3 * DAY, answer)

    def _answer(self, quote_id: str, version: int) -> None:
        """Take the offer, decline it, ask for a better one, or never answer."""
        stage, firm = self._stage, self._asked[quote_id][0]
        draw = stage.dice.randrange(1_000)
        if version == 1 and draw < HAGGLED:
            stage.later(HOUR, 8 * HOUR, partial(self._offer, quote_id, version + 1))
        elif draw < HAGGLED + DECLINED:
            decline = commands.DeclineQuote(quote_id, version, "bought elsewhere")
            stage.say(decline, f"customer:{firm.customer_id}", quote_id)
        elif draw >= HAGGLED + DECLINED + SILENT:
            accept = commands.AcceptQuote(quote_id, version, stage.now)
            stage.say(accept, f"customer:{firm.customer_id}", quote_id)

    def _placed(self, event: OrderPlaced) -> None:
        """Let everybody else treat it as any order."""
        if event.channel == CHANNEL and event.external_ref in self._asked:
            terms = (getattr(event, name) for name in PlaceOrder.__struct_fields__)
            self._stage.orders[event.order_id] = PlaceOrder(*terms)
