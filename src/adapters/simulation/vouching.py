"""Coupons and gift cards: some orders bear a code, some are paid by card, and not all can be.

The code is for so many orders, whichever channel they come by, and once for each customer. A gift
card is sold before the order that it pays; some have too little on them, some end before the goods
leave. Each order has dice of its own, so that nobody else's fate hangs on them.
"""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from adapters.simulation.stage import DAY, Stage
from oms_core.domain.coupon.commands import IssueCoupon
from oms_core.domain.giftcard.commands import IssueGiftCard
from oms_core.domain.giftcard.events import Origin
from oms_core.domain.order.commands import PlaceOrder
from oms_core.domain.order.events import Tender, TenderMethod
from oms_core.kernel import Instant

CODE = "WELCOME"
ORDERS_PER_USE = 20
WITH_CODE = 120
WITH_CARD = 60
IN_PART = 400
WORTHS = (3, 7, 10)
"""How often a card has too little on it, just enough, or more."""

ENDS = 300
CARD_DAYS = 2


class Vouching:
    """Who issues the code and the cards, and knows which orders come with them."""

    def __init__(self, stage: Stage, orders: int) -> None:
        """Issue the code when the shop opens."""
        self._stage = stage
        self._uses_max = max(1, orders // ORDERS_PER_USE)
        stage.at(stage.start, self._issue)

    def _issue(self) -> None:
        code = f"{CODE}-{self._stage.seed}"
        self._stage.say(IssueCoupon(code, self._uses_max), "staff:marketing", code)

    def vouched(self, placed: PlaceOrder) -> PlaceOrder:
        """Return an order with the code that it bears, and the card that pays it, if any."""
        dice = Random(f"vouchers {placed.order_id}")  # noqa: S311  (a game, not a secret)
        if dice.randrange(1_000) < WITH_CODE:
            placed = replace(placed, coupons=(f"{CODE}-{self._stage.seed}",))
        (first, *rest) = placed.tenders
        if rest or first.method is not TenderMethod.CARD or dice.randrange(1_000) >= WITH_CARD:
            return placed
        return replace(placed, tenders=self._by_card(placed, first, dice))

    def _by_card(self, placed: PlaceOrder, tender: Tender, dice: Random) -> tuple[Tender, ...]:
        total = tender.amount_minor
        part = max(1, total // 2) if dice.randrange(1_000) < IN_PART else total
        worth = dice.choices((max(1, part - 1), part, part + part // 3), WORTHS)[0]
        ends = dice.randrange(1_000) < ENDS
        card_id = f"GIFT-{placed.external_ref}"
        expires_at = Instant(self._stage.now + CARD_DAYS * DAY if ends else 0)
        issue = IssueGiftCard(card_id, worth, placed.currency, Origin.SOLD, expires_at)
        self._stage.say(issue, f"channel:{placed.channel}", placed.order_id)
        by_card = replace(tender, method=TenderMethod.GIFT_CARD, amount_minor=part, token=card_id)
        if part == total:
            return (by_card,)
        other = replace(tender, payment_id=f"{placed.order_id}/p2", amount_minor=total - part)
        return (by_card, other)
