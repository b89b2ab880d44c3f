"""Calls the payment provider for what the log requests, and books its answers."""

from __future__ import annotations

from functools import partial

from adapters.follower import EventLog, Follower
from oms_core.effects.cashier import HEARD, Alert, Cashier

SOURCE = "effects:payments"


class PaymentFollower(Follower[Alert]):
    """Follows requests of payments; the same keys are asked for again after a crash."""

    def __init__(self, log: EventLog, position: int, cashier: Cashier) -> None:
        """Find the requests up to `position` that have no answer."""
        super().__init__(log, SOURCE, HEARD, position, cashier, partial(cashier.hear, asked=True))
