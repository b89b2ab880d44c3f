"""To whom a notice goes, and what speaks against it at the moment when it is to be sent."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from msgspec.structs import replace

from oms_core.domain.customer import events
from oms_core.domain.customer.events import Channel
from oms_core.domain.notice.events import Kind, Why
from oms_core.kernel import Event, State

ADVERTISING = frozenset({Kind.CART_ABANDONED, Kind.REVIEW_REQUEST})
"""What may be sent with consent only: it is there to sell, not to carry out a contract."""

DEMANDED = frozenset({Kind.ORDER_PLACED, Kind.INVOICE_ISSUED, Kind.PAYMENT_REMINDER})
"""What is sent even to those who want no mail: confirmations, invoices, and claims."""

SPOKEN = ("en", "ko")
LANGUAGE_OF = {"KR": "ko", "KP": "ko"}


class Addressee(State, frozen=True):
    """What is known of a customer; of a guest, nothing but the name that we gave them."""

    customer_id: str
    country: str = ""
    sealed: bytes = b""
    erased: bool = False
    language: str = ""
    marketing: bool = False
    channel: Channel = Channel.EMAIL

    def speaks(self, country: str = "") -> str:
        """Return the language to write in: the chosen one, or else that of the country."""
        wanted = self.language or LANGUAGE_OF.get(self.country or country, SPOKEN[0])
        return wanted if wanted in SPOKEN else SPOKEN[0]


def addressee(customer_id: str, history: Iterable[Event]) -> Addressee:
    """Return what a customer's own events say, up to now."""
    return reduce(_know, history, Addressee(customer_id))


def _know(known: Addressee, event: Event) -> Addressee:
    match event:
        case events.CustomerRegistered(country=country, sealed=sealed):
            return replace(known, country=country, sealed=sealed)
        case events.ContactChanged(sealed=sealed):
            return replace(known, sealed=sealed)
        case events.PreferencesChanged():
            return replace(
                known,
                language=event.language,
                marketing=event.marketing,
                channel=event.channel,
            )
        case events.CustomerErased():
            return Addressee(known.customer_id, erased=True)
    return known


def objection(kind: Kind, known: Addressee) -> Why | None:
    """Return what forbids to write to a customer, if anything does.

    Nobody is written to who was erased. Who wants no mail gets what the law demands. Advertising
    needs consent, whoever it is.
    """
    if known.erased:
        return Why.ERASED
    if known.channel is Channel.NONE and kind not in DEMANDED:
        return Why.OPTED_OUT
    if kind in ADVERTISING and not known.marketing:
        return Why.NO_CONSENT
    return None
