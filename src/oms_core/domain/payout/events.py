"""What can have happened to a payout. Amounts are minor units of its currency."""

from __future__ import annotations

from oms_core.kernel import Event


class PayoutBooked(Event, frozen=True):
    """The provider has sent `net_minor` to our bank; negative: it has taken it from there.

    `fee_minor` is what it kept for other than single movements, such as a monthly fee. The fees of
    movements are part of those. `reference` is the provider's own name of the payout, `arrived_on`
    an ISO date or empty.
    """

    payout_id: str
    provider: str
    reference: str
    currency: str
    net_minor: int
    fee_minor: int
    arrived_on: str = ""


PayoutEvent = PayoutBooked
