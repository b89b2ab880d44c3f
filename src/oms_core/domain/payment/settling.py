"""The rule of payouts: what moved comes to our bank once, as what it was."""

from __future__ import annotations

from collections.abc import Iterator

from oms_core.domain.payment import commands, events
from oms_core.domain.payment.asking import require_known
from oms_core.domain.payment.state import Payment
from oms_core.kernel import Rejected


class UnknownMovement(Rejected):
    """No money has moved under this name."""

    code = "payment.unknown_movement"
    remedy = "Compare the provider's record with ours: money may have moved without us."


class MovementDiffers(Rejected):
    """Another amount has moved than the payout says."""

    code = "payment.movement_differs"
    remedy = "Clear the difference up with the provider; what differs is not booked."


def settle(command: commands.SettleMovement, payment: Payment) -> Iterator[events.PaymentEvent]:
    """Book that a movement is in a payout, once."""
    require_known(payment)
    intent = f"{command.movement}:{command.movement_id}"
    if intent in payment.paid_out:
        return
    amount = payment.in_clearing.get(intent)
    if amount is None:
        raise UnknownMovement(f"movement_id {command.movement_id!r} is no {command.movement} here.")
    if (command.amount_minor, command.currency) != (amount, payment.currency):
        raise MovementDiffers(
            f"amount_minor {command.amount_minor} {command.currency} is not the {amount} "
            f"{payment.currency} that moved."
        )
    if command.payout_currency == command.currency and command.paid_minor != amount:
        raise MovementDiffers(
            f"paid_minor {command.paid_minor} is not the {amount} {command.currency} that moved."
        )
    yield events.MovementSettled(
        command.payment_id,
        payment.order_id,
        command.movement,
        command.movement_id,
        command.amount_minor,
        command.currency,
        command.payout_id,
        command.transaction_id,
        command.paid_minor,
        command.payout_currency,
        command.fee_minor,
    )
