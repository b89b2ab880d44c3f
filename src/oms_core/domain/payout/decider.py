"""The rule of a payout: it is booked once, as it is."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from oms_core.domain.payout import commands, events
from oms_core.kernel import Decider, Rejected, State, deciding, evolving
from oms_core.kernel.money import is_currency_code


class Payout(State, frozen=True):
    """What was booked: nothing yet, if there is no currency."""

    currency: str = ""
    net_minor: int = 0
    fee_minor: int = 0


class PayoutChanged(Rejected):
    """The payout is booked already, with another sum."""

    code = "payout.changed"
    remedy = "Compare the two files of the provider: one of them has not all of the payout."


class UnknownCurrency(Rejected):
    """A sum needs a currency."""

    code = "payout.currency"
    remedy = "Give the currency as an ISO 4217 code, such as EUR."


def book(command: commands.BookPayout, payout: Payout) -> Iterator[events.PayoutEvent]:
    """Book what has come, once."""
    if not is_currency_code(command.currency):
        raise UnknownCurrency(f"currency is {command.currency!r}.")
    sums = (command.currency, command.net_minor, command.fee_minor)
    if payout.currency:
        if sums != (payout.currency, payout.net_minor, payout.fee_minor):
            raise PayoutChanged(
                f"net_minor {command.net_minor} {command.currency} with fee_minor "
                f"{command.fee_minor} is booked as {payout.net_minor} {payout.currency} "
                f"with {payout.fee_minor}."
            )
        return
    yield events.PayoutBooked(
        command.payout_id,
        command.provider,
        command.reference,
        command.currency,
        command.net_minor,
        command.fee_minor,
        command.arrived_on,
    )


def booked(payout: Payout, event: events.PayoutBooked) -> Payout:
    """Remember the sums."""
    del payout
    return Payout(event.currency, event.net_minor, event.fee_minor)


payout = Decider(
    "payout",
    attrgetter("payout_id"),
    Payout(),
    deciding({commands.BookPayout: book}),
    evolving({events.PayoutBooked: booked}),
)
