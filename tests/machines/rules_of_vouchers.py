"""What must hold of coupons and gift cards: added up by themselves, whichever channels ask."""

from __future__ import annotations

from collections import Counter, defaultdict

from oms_core.domain.coupon import events as used
from oms_core.domain.giftcard import events as given
from oms_core.domain.order import events as ordered
from oms_core.domain.order.state import Phase
from oms_core.domain.payment.events import Method
from oms_core.kernel import Command, Recorded
from projections.posting import Account, postings
from tests.machines.rules_of_goods import Rule, States

OVER = (Phase.CANCELLED, Phase.REJECTED)


class Coupons(Rule):
    """P22: no code is used more often than it may, in all or by a customer.

    An order that came to nothing gives its use back, once; one that was sent never does.
    """

    def __init__(self, states: States) -> None:
        """Begin without codes."""
        super().__init__(states)
        self.terms: dict[str, used.CouponIssued] = {}
        self.uses: dict[str, dict[str, str]] = defaultdict(dict)
        self.final: set[tuple[str, str]] = set()
        self.back: set[tuple[str, str]] = set()
        self.named: dict[str, tuple[str, ...]] = {}

    def see(self, recorded: Recorded, command: Command) -> None:
        """Look at one event."""
        del command
        self.count(recorded)

    def count(self, recorded: Recorded) -> None:
        """Count each use, and what comes back."""
        match recorded.event:
            case used.CouponIssued(code) as terms:
                assert code not in self.terms, f"P22: {code} is issued twice"
                self.terms[code] = terms
            case ordered.OrderPlaced(order_id, coupons=coupons):
                self.named[order_id] = coupons
            case used.CouponRedeemed(code, order_id, customer_id):
                self._redeemed(code, order_id, customer_id)
            case used.CouponReturned(code, order_id):
                taken = (code, order_id)
                assert self.uses[code].pop(order_id, ""), f"P22: {taken} was not used"
                assert taken not in self.final | self.back, f"P22: {taken} is given back again"
                self.back.add(taken)
            case used.RedemptionCompleted(code, order_id):
                assert order_id in self.uses[code], f"P22: {code} was not used by {order_id}"
                self.final.add((code, order_id))

    def _redeemed(self, code: str, order_id: str, customer_id: str) -> None:
        uses, terms = self.uses[code], self.terms[code]
        assert code in self.named[order_id], f"P22: {order_id} does not name {code}"
        assert order_id not in uses, f"P22: {order_id} uses {code} twice"
        assert (code, order_id) not in self.back, f"P22: {order_id} uses {code} again"
        uses[order_id] = customer_id
        most, each = terms.uses_max, terms.customer_uses_max
        assert not most or len(uses) <= most, f"P22: {code} is used {len(uses)} times"
        own = list(uses.values()).count(customer_id)
        assert not each or own <= each, f"P22: {customer_id} uses {code} {own} times"

    def rest(self) -> None:
        """Compare with the codes' own counts, and with what became of the orders."""
        for code, state in self.of("coupon").items():
            assert state.used == len(self.uses[code]), f"P22: {code} counts {state.used}"
        for code, uses in self.uses.items():
            for order_id in uses:
                phase = self.states[f"order:{order_id}"].phase
                assert phase not in OVER, f"P22: {code} is kept by {order_id}, which is {phase}"
                final = (code, order_id) in self.final
                assert final is (phase is Phase.COMPLETED), f"P22: {code} of {order_id}"


class GiftCards(Rule):
    """P22: no card is worth less than nothing, and no money on it is spent twice.

    What is owed on cards is in the ledger, to the last cent.
    """

    def __init__(self, states: States) -> None:
        """Begin without cards."""
        super().__init__(states)
        self.currency: dict[str, str] = {}
        self.left: Counter[str] = Counter()
        self.aside: Counter[tuple[str, str]] = Counter()
        self.spent: Counter[str] = Counter()
        self.back: Counter[str] = Counter()
        self.owed: Counter[str] = Counter()

    def see(self, recorded: Recorded, command: Command) -> None:
        """Look at one event."""
        del command
        self.count(recorded)

    def count(self, recorded: Recorded) -> None:
        """Add up what is on each card, what is set aside, spent, and back again."""
        for posting in postings(recorded.event):
            if posting.account is Account.GIFT_CARDS:
                self.owed[posting.currency] -= posting.amount_minor
        match recorded.event:
            case given.GiftCardIssued(card_id, amount, currency):
                assert card_id not in self.currency, f"P22: {card_id} is issued twice"
                self.currency[card_id] = currency
                self.left[card_id] += amount
            case given.GiftCardReserved(card_id, payment_id, amount_minor=amount):
                self.left[card_id] -= amount
                self.aside[card_id, payment_id] += amount
            case given.GiftCardRedeemed(card_id, payment_id, amount_minor=amount):
                self.aside[card_id, payment_id] -= amount
                self.spent[payment_id] += amount
            case given.GiftCardReleased(card_id, payment_id, amount_minor=amount):
                self.aside[card_id, payment_id] -= amount
                self.left[card_id] += amount
            case given.GiftCardCredited(card_id, payment_id, amount_minor=amount):
                self.left[card_id] += amount
                self.back[payment_id] += amount
            case given.GiftCardExpired(card_id, amount_minor=amount):
                self.left[card_id] -= amount
            case _:
                return
        assert min((*self.left.values(), *self.aside.values())) >= 0, f"P22: {recorded.id}"
        assert all(self.back[name] <= self.spent[name] for name in self.back), f"P22: {recorded.id}"

    def rest(self) -> None:
        """Compare with the cards, with the payments, and with the ledger."""
        owed: Counter[str] = Counter()
        for card_id, state in self.of("giftcard").items():
            if state.issued is None:
                continue
            aside = {name: n for (card, name), n in self.aside.items() if card == card_id and n}
            assert state.left_minor == self.left[card_id], f"P22: {card_id}"
            assert dict(state.reserved) == aside, f"P22: {card_id} sets {aside} aside"
            owed[state.issued.currency] += state.left_minor + sum(aside.values())
        assert owed == +self.owed, f"S21: {self.owed} is not what is on cards, {owed}"
        for payment_id, state in self.of("payment").items():
            if state.method is Method.GIFT_CARD:
                spent, back = self.spent[payment_id], self.back[payment_id]
                assert (state.captured_minor, state.refunded_minor) == (spent, back), (
                    f"P22: {payment_id} took {spent} and gave {back} back"
                )
