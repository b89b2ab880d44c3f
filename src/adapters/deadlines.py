"""Keeping time: what has lapsed is said to whom it concerns, who checks it and may know better."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush

from oms_core.domain.cart.commands import AbandonCart, ExpireCart
from oms_core.domain.giftcard.commands import ExpireGiftCard
from oms_core.domain.invoice.commands import IssueInvoice, RaiseDunning
from oms_core.domain.order.commands import ExpireChange, ReviewPromise
from oms_core.domain.payment.commands import ExpireAuthorization, RenewAuthorization
from oms_core.domain.quote.commands import ExpireQuote
from oms_core.domain.stock.commands import ExpireReservation, ExpireSoftReservation
from oms_core.kernel import Command, Instant, Recorded
from oms_core.kernel.calendar import date_of
from projections.deadline import Deadline
from projections.deadlines import deadlines


def expiry(deadline: Deadline, now: Instant) -> Command:  # noqa: PLR0911  (a table of kinds)
    """Return the command that says so. Early, late and repeated ones do no harm.

    Invoices go out, and customers are reminded, on the day that it is in UTC.
    """
    match deadline.kind:
        case "authorization":
            return ExpireAuthorization(deadline.payment_id, now)
        case "renewal":
            return RenewAuthorization(deadline.payment_id, now)
        case "soft_reservation":
            return ExpireSoftReservation(deadline.item_id, deadline.cart_id, now)
        case "quote":
            return ExpireQuote(deadline.document_id, now)
        case "gift_card":
            return ExpireGiftCard(deadline.document_id, now)
        case "abandonment":
            return AbandonCart(deadline.cart_id, now)
        case "cart":
            return ExpireCart(deadline.cart_id, now)
        case "change":
            return ExpireChange(deadline.order_id, deadline.document_id, now)
        case "promise":
            return ReviewPromise(deadline.order_id, deadline.limit_at, deadline.due_at, now)
        case "issue":
            return IssueInvoice(deadline.document_id, date_of(now))
        case "dunning":
            return RaiseDunning(deadline.document_id, date_of(now))
    return ExpireReservation(deadline.item_id, deadline.line_id, now)


class Timekeeper:
    """Knows every deadline of the events that it has heard."""

    def __init__(self) -> None:
        """Begin without deadlines."""
        self._documents: dict[str, Deadline] = {}
        self._agenda: list[tuple[Instant, str]] = []

    def hear(self, page: Iterable[Recorded]) -> None:
        """Take note of what begins and ends."""
        for recorded in page:
            keys = deadlines.keys.get(type(recorded.event))
            for key in keys(recorded) if keys else ():
                before = self._documents.get(key)
                document = deadlines.evolve(key, before, recorded)
                if document is None:
                    self._documents.pop(key, None)
                    continue
                self._documents[key] = document
                if document.due_at and (before is None or before.due_at != document.due_at):
                    heappush(self._agenda, (document.due_at, key))

    @property
    def next_due(self) -> Instant | None:
        """When the next deadline is; None if there is none."""
        agenda = self._agenda
        while agenda and not self._stands(*agenda[0]):
            heappop(agenda)
        return agenda[0][0] if agenda else None

    def due(self, now: Instant) -> tuple[Deadline, ...]:
        """Return what has lapsed by `now`, again and again until the log says that it ended."""
        lapsed: dict[str, Deadline] = {}
        while self._agenda and self._agenda[0][0] <= now:
            due_at, key = heappop(self._agenda)
            if self._stands(due_at, key):
                lapsed[key] = self._documents[key]
        for key, document in lapsed.items():
            heappush(self._agenda, (document.due_at, key))
        return tuple(lapsed.values())

    def _stands(self, due_at: Instant, key: str) -> bool:
        document = self._documents.get(key)
        return document is not None and document.due_at == due_at
