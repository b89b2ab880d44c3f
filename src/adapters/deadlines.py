"""Keeping time: what has lapsed is said to whom it concerns, who checks it and may know better."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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

EXPIRY: Mapping[str, Callable[[Deadline, Instant], Command]] = {
    "authorization": lambda each, now: ExpireAuthorization(each.payment_id, now),
    "renewal": lambda each, now: RenewAuthorization(each.payment_id, now),
    "reservation": lambda each, now: ExpireReservation(each.item_id, each.line_id, now),
    "soft_reservation": lambda each, now: ExpireSoftReservation(each.item_id, each.cart_id, now),
    "quote": lambda each, now: ExpireQuote(each.document_id, now),
    "gift_card": lambda each, now: ExpireGiftCard(each.document_id, now),
    "abandonment": lambda each, now: AbandonCart(each.cart_id, now),
    "cart": lambda each, now: ExpireCart(each.cart_id, now),
    "change": lambda each, now: ExpireChange(each.order_id, each.document_id, now),
    "promise": lambda each, now: ReviewPromise(each.order_id, each.limit_at, each.due_at, now),
    "issue": lambda each, now: IssueInvoice(each.document_id, date_of(now)),
    "dunning": lambda each, now: RaiseDunning(each.document_id, date_of(now)),
}
"""What is said of each kind of deadline when it has lapsed."""


def expiry(deadline: Deadline, now: Instant) -> Command:
    """Return the command that says so. Early, late and repeated ones do no harm.

    Invoices go out, and customers are reminded, on the day that it is in UTC.
    """
    return EXPIRY[deadline.kind](deadline, now)


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
