"""What partners are told of orders (855, ORDRSP) and, by X12, of invoices (810). Each once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from adapters.edi.billing import TooFine, billing
from adapters.edi.book import EdiBook, Known
from adapters.edi.confirmation import confirmation
from adapters.edi.dialect import write_edifact, write_x12
from adapters.edi.edifact import response
from adapters.edi.ending import Ending, Outcome, ending
from adapters.edi.original import original
from adapters.edi.partners import Partner, Partners
from adapters.edi.purchase import day_of
from oms_core.domain.invoice.events import InvoiceDrafted, InvoiceIssued
from oms_core.kernel import Instant, Recorded

ORDERS, INVOICE = "850", "810"


def _confirmation(
    known: Known, ended: Ending, history: Sequence[Recorded], partner: Partner, today: str
) -> Sequence[Any]:
    said = original(known.content, known.document_id)
    return confirmation(said, ended, history, partner, today)


def _response(
    known: Known, ended: Ending, history: Sequence[Recorded], partner: Partner, today: str
) -> Sequence[Any]:
    said = response.original(known.content, known.document_id)
    return response.response(said, ended, history, partner, today)


class Confirming(NamedTuple):
    """How a kind of purchase order is answered: by what, its lines, and how they are written."""

    kind: str
    lines: Callable[[Known, Ending, Sequence[Recorded], Partner, str], Sequence[Any]]
    write: Callable[[str, Sequence[Any], Partners, Partner, int, Instant], str]


CONFIRMATIONS = {
    ORDERS: Confirming("855", _confirmation, write_x12),
    "ORDERS": Confirming("ORDRSP", _response, write_edifact),
}


class Log(Protocol):
    """Where the history of orders and invoices is read."""

    def stream(self, *streams: str) -> list[Recorded]:
        """Return all events of some streams, in the order of the log."""


class Told(NamedTuple):
    """What a partner was told now, or why it could not be."""

    partner: str
    kind: str
    subject: str
    order_id: str
    control: int | None
    problem: str = ""


class Answering:
    """What answers partners out of the log, and keeps each answer in the book."""

    def __init__(self, book: EdiBook, log: Log, partners: Partners, now: Instant) -> None:
        """Answer these partners; others are left alone."""
        self._book, self._log, self._partners, self._now = book, log, partners, now

    def endings(self) -> Iterator[tuple[Known, Ending, Sequence[Recorded]]]:
        """Yield every document with how it ended, and the history of its order."""
        for known in self._book.documents():
            cause = known.cause
            if cause is None:
                yield known, Ending(Outcome.FAULTY), ()
                continue
            history = self._log.stream(f"order:{known.order_id}")
            yield known, ending(cause, history), history

    def confirm(self) -> list[Told]:
        """Answer each purchase order that was placed or rejected, and has no answer yet."""
        told: list[Told] = []
        for known, ended, history in self.endings():
            partner = self._partners.partners.get(known.partner)
            how = CONFIRMATIONS.get(known.kind)
            decided = ended.outcome in (Outcome.PLACED, Outcome.REJECTED)
            if partner is None or how is None or not decided:
                continue
            lines = how.lines(known, ended, history, partner, day_of(self._now))
            control = self._send(known, how.kind, known.document_id, lines, how.write)
            if control is not None:
                told.append(Told(known.partner, how.kind, known.reference, known.order_id, control))
        return told

    def placed(self) -> dict[str, Known]:
        """Return the X12 purchase order that each order was placed with."""
        return {
            known.order_id: known
            for known, ended, _ in self.endings()
            if ended.outcome is Outcome.PLACED and known.kind == ORDERS
        }

    def bill(self, placed: dict[str, Known], invoices: Sequence[tuple[str, str]]) -> list[Told]:
        """Write an 810 for each of these invoices (id and order) that has none yet."""
        told: list[Told] = []
        for invoice_id, order_id in invoices:
            known = placed[order_id]
            if known.partner not in self._partners.partners:
                continue
            content, issued = _document(self._log.stream(f"invoice:{invoice_id}"))
            said = original(known.content, known.document_id)
            try:
                lines = billing(issued, content.content, said)
            except TooFine as error:
                told.append(Told(known.partner, INVOICE, issued.number, order_id, None, str(error)))
                continue
            control = self._send(known, INVOICE, invoice_id, lines, write_x12)
            if control is not None:
                told.append(Told(known.partner, INVOICE, issued.number, order_id, control))
        return told

    def _send(
        self,
        known: Known,
        kind: str,
        subject: str,
        lines: Sequence[Any],
        write: Callable[[str, Sequence[Any], Partners, Partner, int, Instant], str],
    ) -> int | None:
        partners, partner = self._partners, self._partners.partners[known.partner]
        with self._book.entering():
            return self._book.send(
                known.partner,
                kind,
                subject,
                lambda control: write(kind, lines, partners, partner, control, self._now),
            )


def _document(history: Sequence[Recorded]) -> tuple[InvoiceDrafted, InvoiceIssued]:
    drafted = next(each.event for each in history if isinstance(each.event, InvoiceDrafted))
    issued = next(each.event for each in history if isinstance(each.event, InvoiceIssued))
    return drafted, issued
