"""What a payment's events add up to."""

from __future__ import annotations

from enum import StrEnum

from rpds import HashTrieMap, HashTrieSet

from oms_core.domain.payment.events import Method
from oms_core.kernel import Instant, State


class Standing(StrEnum):
    """How certain the amount is."""

    NONE = "none"
    REQUESTED = "requested"
    ACTION_REQUIRED = "action_required"
    UNKNOWN = "unknown"
    AUTHORIZED = "authorized"
    DECLINED = "declined"
    VOIDED = "voided"
    EXPIRED = "expired"


PENDING = frozenset({Standing.REQUESTED, Standing.ACTION_REQUIRED, Standing.UNKNOWN})


class Deferred(State, frozen=True):
    """A refund that waits for a capture."""

    amount_minor: int
    reason: str


class Payment(State, frozen=True):
    """One tender.

    What is asked for and not answered counts as taken already, so that two requests can never
    exceed what there is. `settled` names the intents that have an answer, `doubted` those whose
    answer did not come; a payment has few of them. `in_clearing` has what moved by a provider and
    is in no payout yet (negative if it went back), `paid_out` names what is.
    """

    standing: Standing = Standing.NONE
    order_id: str = ""
    method: Method = Method.CARD
    currency: str = ""
    provider_ref: str = ""
    authorized_minor: int = 0
    captured_minor: int = 0
    refunded_minor: int = 0
    charged_back_minor: int = 0
    captures: HashTrieMap[str, int] = HashTrieMap()
    refunds: HashTrieMap[str, int] = HashTrieMap()
    deferred: HashTrieMap[str, Deferred] = HashTrieMap()
    settled: HashTrieSet[str] = HashTrieSet()
    doubted: HashTrieSet[str] = HashTrieSet()
    voiding: str = ""
    expires_at: Instant = Instant(0)
    closed: bool = False
    in_clearing: HashTrieMap[str, int] = HashTrieMap()
    paid_out: HashTrieSet[str] = HashTrieSet()
    renew_at: Instant = Instant(0)

    @property
    def capturing_minor(self) -> int:
        """What is asked for and not answered."""
        return sum(self.captures.values())

    @property
    def capturable_minor(self) -> int:
        """What may still be taken."""
        if self.standing is not Standing.AUTHORIZED or self.voiding:
            return 0
        return self.authorized_minor - self.captured_minor - self.capturing_minor

    def refunding(self, refund_id: str) -> int:
        """Return what this refund is to give back, asked for or deferred; zero if there is none."""
        deferred = self.deferred.get(refund_id)
        return deferred.amount_minor if deferred else self.refunds.get(refund_id, 0)

    @property
    def refundable_minor(self) -> int:
        """What may still be given back out of what is ours."""
        refunding = sum(self.refunds.values())
        return self.captured_minor - self.refunded_minor - self.charged_back_minor - refunding
