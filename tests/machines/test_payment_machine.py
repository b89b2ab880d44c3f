"""A payment beside a cash box: whatever is asked and answered, the two agree."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from oms_core.domain.payment.commands import Outcome
from oms_core.domain.payment.decider import payment
from oms_core.kernel import Rejected
from tests.support.payment import (
    ASK,
    ASK_CASH,
    CLOSE,
    authorized,
    charge_back,
    expire,
    give_back,
    given_back,
    let_go,
    take,
    taken,
)
from tests.support.wandering import answer

LIMIT = 1000
amounts = st.sampled_from([1, 250, 500, 1000, 1001])
names = st.sampled_from("abc")
outcomes = st.sampled_from([Outcome.SUCCEEDED, Outcome.FAILED, Outcome.UNKNOWN])


class PaymentMachine(RuleBasedStateMachine):
    """Drives the decider beside boxes of coins: set aside, on the way in, ours, on the way out."""

    def __init__(self):
        super().__init__()
        self.state = payment.initial
        self.cash = self.closed = False
        self.aside = "no"  # Or asked, yes, going, gone.
        self.known: set[str] = set()
        self.coming: dict[str, int] = {}
        self.ours, self.left = 0, LIMIT
        self.leaving: dict[str, int] = {}
        self.owed: dict[str, int] = {}

    def tell(self, command):
        """Return whether the decider took the command, and what then happened."""
        said = answer(payment, command, self.state)
        if isinstance(said, Rejected):
            return False, ()
        for event in said:
            self.state = payment.evolve(self.state, event)
        return True, said

    @initialize(cash=st.booleans(), at_once=st.booleans())
    def ask(self, cash, at_once):
        self.cash = cash
        self.tell(ASK_CASH if cash else ASK)
        self.aside = "yes" if cash else "asked"
        if at_once:
            self.hear_of_the_authorization(Outcome.SUCCEEDED)

    @rule(outcome=st.sampled_from(Outcome))
    def hear_of_the_authorization(self, outcome):
        self.tell(authorized(outcome))
        if outcome is Outcome.SUCCEEDED and self.aside in {"asked", "declined", "late"}:
            self.aside = "yes"
            self.let_go_if_closed()
        elif outcome is Outcome.FAILED and self.aside == "asked":
            self.aside = "declined"

    @rule(name=names, amount=amounts)
    def take(self, name, amount):
        took, happened = self.tell(take(name, amount))
        if f"in {name}" in self.known:
            assert not happened
            assert took or self.coming[name] != amount
            return
        may = self.aside == "yes" and not self.closed and amount <= self.left
        assert took == may
        if may:
            self.known.add(f"in {name}")
            self.left -= amount
            if self.cash:
                self.ours += amount
            else:
                self.coming[name] = amount

    @rule(name=names, outcome=outcomes)
    def hear_of_money_coming_in(self, name, outcome):
        took, happened = self.tell(taken(name, outcome))
        assert took == (f"in {name}" in self.known)
        if outcome is Outcome.UNKNOWN or name not in self.coming:
            return
        amount = self.coming.pop(name)
        if outcome is Outcome.SUCCEEDED:
            self.ours += amount
        else:
            self.left += amount
        for refund, owed in sorted(self.owed.items()):
            if owed <= self.ours:
                self.ours -= owed
                self.leaving[refund] = self.owed.pop(refund)
            elif not self.coming:
                del self.owed[refund]
        self.let_go_if_closed()
        assert bool(self.owed) <= bool(self.coming)
        assert happened

    @rule(name=names, amount=amounts)
    def give_back(self, name, amount):
        took, happened = self.tell(give_back(name, amount))
        if f"out {name}" in self.known:
            assert not happened
            return
        free = self.ours - sum(self.owed.values())
        assert took == (amount <= free + sum(self.coming.values()))
        if took:
            self.known.add(f"out {name}")
            if amount > free:
                self.owed[name] = amount
            else:
                self.ours -= amount
                if not self.cash:
                    self.leaving[name] = amount

    @rule(name=names, outcome=outcomes)
    def hear_of_money_going_out(self, name, outcome):
        self.tell(given_back(name, outcome))
        if outcome is not Outcome.UNKNOWN and name in self.leaving:
            amount = self.leaving.pop(name)
            if outcome is Outcome.FAILED:
                self.ours += amount

    @rule(name=names, amount=amounts)
    def charge_back(self, name, amount):
        took, _ = self.tell(charge_back(name, amount))
        if f"bank {name}" not in self.known:
            assert took == (not self.cash and amount <= self.ours)
            if took:
                self.known.add(f"bank {name}")
                self.ours -= amount

    @rule()
    def close(self):
        self.tell(CLOSE)
        if not self.closed:
            self.closed = True
            self.let_go_if_closed()

    def let_go_if_closed(self):
        if self.closed and self.aside == "yes" and self.left and not self.coming:
            self.aside = "gone" if self.cash else "going"

    @rule(outcome=outcomes)
    def hear_of_letting_go(self, outcome):
        self.tell(let_go(outcome))
        if self.aside == "going" and outcome is not Outcome.UNKNOWN:
            self.aside = "gone" if outcome is Outcome.SUCCEEDED else "kept"

    @rule(now=st.sampled_from([4_999, 5_000, 8_999, 9_000]))
    def ring_the_alarm(self, now):
        self.tell(expire(now))
        if self.cash or self.coming:
            return
        if self.aside == "asked" and now >= 5_000:
            self.aside = "late"
        elif self.aside in {"yes", "kept"} and self.left and now >= 9_000:
            self.aside = "gone"

    @invariant()
    def the_boxes_agree(self):
        state = self.state
        assert state.refundable_minor == self.ours
        assert dict(state.captures) == self.coming
        assert dict(state.refunds) == self.leaving
        assert {name: owed.amount_minor for name, owed in state.deferred.items()} == self.owed
        assert bool(state.voiding) == (self.aside == "going")
        assert state.capturable_minor == (self.left if self.aside in {"yes", "kept"} else 0)
        assert state.closed == self.closed

    @invariant()
    def no_coin_is_made(self):
        assert self.left >= 0
        assert self.ours >= 0
        kept = self.ours + sum(self.coming.values()) + sum(self.leaving.values())
        assert kept + self.left <= LIMIT


PaymentMachine.TestCase.settings = settings(
    max_examples=4 * settings().max_examples, stateful_step_count=40
)
TestPayment = PaymentMachine.TestCase
