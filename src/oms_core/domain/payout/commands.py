"""What may be asked of a payout."""

from __future__ import annotations

from oms_core.kernel import Command


class BookPayout(Command, frozen=True):
    """Book a payout. Amounts are minor units; `PayoutBooked` says what they mean."""

    payout_id: str
    provider: str
    reference: str
    currency: str
    net_minor: int
    fee_minor: int
    arrived_on: str = ""


PayoutCommand = BookPayout
