"""From a number to the document: what the log says of it, and who the parties were on its day.

A copy that is made later is the same: what changed after the document was issued, be it an address,
a name or a rate, is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import LiteralString, NamedTuple

import msgspec

from adapters.documents.document import Document, Surroundings, Unwritable, document
from adapters.documents.party import Buyer, Seller, WrongParty, read_buyer, read_seller
from adapters.personal import Billing, from_json
from adapters.postgres.log import PostgresLog
from adapters.postgres.privacy import UnreadableError, Vault
from adapters.postgres.queries import ReadModels
from oms_core.domain.customer.events import ContactChanged, CustomerRegistered
from oms_core.domain.invoice.events import (
    Content,
    DocumentKind,
    InvoiceDrafted,
    InvoiceIssued,
    InvoiceVoided,
)
from oms_core.domain.order.events import OrderPlaced, ShipmentCharged
from oms_core.domain.product.events import ProductRegistered
from oms_core.effects.addressee import addressee
from oms_core.effects.persons import Records, records
from oms_core.kernel import Recorded
from oms_core.kernel.calendar import date_of

NAMED: LiteralString = """
SELECT invoice_id FROM {schema}.invoices WHERE number = %(name)s OR invoice_id = %(name)s
"""

PRECEDING: LiteralString = """
SELECT number FROM {schema}.invoices
WHERE kind = 'invoice' AND number <> '' AND state <> 'void' AND issued_on <= %(day)s
  AND (invoice_id = %(refers_to)s OR (%(of_order)s AND order_id = %(order)s))
ORDER BY number
"""


class Sources(NamedTuple):
    """Where a document is gathered from. `seller` is the seller's file; none has been named yet."""

    models: ReadModels
    log: PostgresLog
    vault: Vault
    seller: Path | None


def gather(sources: Sources, name: str) -> Document:
    """Return the document of a number or an id.

    :raises Unwritable: if there is none, it is not out or void, or something that it needs is not
        known.
    """
    rows = sources.models.ask(NAMED, name=name)
    if not rows:
        raise Unwritable(
            "number", name, "There is no such invoice.", "Look it up in `oms show invoices`."
        )
    invoice_id = rows[0]["invoice_id"]
    history = sources.log.stream(f"invoice:{invoice_id}")
    content, out = _issued(name, history)
    issued = out.event
    assert isinstance(issued, InvoiceIssued)
    order = sources.log.stream(f"order:{content.order_id}")
    around = Surroundings(
        _seller(sources.seller, date.fromisoformat(issued.issued_on)),
        _buyer(sources, content.customer_id, out.position),
        next(r.event.ship_to.country for r in order if isinstance(r.event, OrderPlaced)),
        _names(sources.log, {line.item_id for line in content.lines}),
        _delivered_on(invoice_id, order),
        _preceding(sources.models, content, issued.issued_on),
    )
    return document(content, issued, around)


def _issued(name: str, history: Iterable[Recorded]) -> tuple[Content, Recorded]:
    """Return what a document says, and the event by which it went out."""
    content, out = None, None
    for recorded in history:
        match recorded.event:
            case InvoiceDrafted(content=found):
                content = found
            case InvoiceIssued():
                out = recorded
            case InvoiceVoided(reason=reason):
                rule = f"The document is void: {reason}."
                remedy = "Another was drafted in its place; `oms show invoices` lists both."
                raise Unwritable("number", name, rule, remedy)
    if content is None or out is None:
        rule, remedy = "It is a draft: it has no number yet.", "Send `IssueInvoice` first."
        raise Unwritable("number", name, rule, remedy)
    return content, out


def _seller(file: Path | None, day: date) -> Seller:
    remedy = "deploy/documents/seller.toml shows every key; OMS_SELLER names your file."
    if file is None:
        rule = "Nobody has said in whose name invoices are issued."
        raise Unwritable("OMS_SELLER", "", rule, remedy)
    try:
        return read_seller(file, day)
    except WrongParty as error:
        raise Unwritable(error.field, error.value, error.rule, remedy) from None


def _buyer(sources: Sources, customer_id: str, position: int) -> Buyer:
    """Return who the customer was when the document went out, or is as far as is known since."""
    history = records(sources.log, customer_id)
    try:
        billing = _billing(sources.vault, history, position)
        buyer = read_buyer(msgspec.json.encode(billing).decode(), customer_id)
    except UnreadableError:
        rule, remedy = "The address cannot be read with this key.", "Check OMS_MASTER_KEY."
        raise Unwritable("customer", customer_id, rule, remedy) from None
    except WrongParty as error:
        remedy = f"Give the address: `oms address {history[-1][0]} FILE`."
        raise Unwritable(error.field, error.value, error.rule, remedy) from None
    if buyer.language:
        return buyer
    own = (r.event for r in history[0][1] if r.position <= position)
    return buyer.model_copy(update={"language": addressee(customer_id, own).speaks(buyer.country)})


def _billing(vault: Vault, history: Records, position: int) -> Billing:
    """Return the last address before a position, or else the first one after it.

    One of the customer's own goes before one of whom they turned out to be.
    """
    for customer_id, sealed in _sealed(history, position):
        text = vault.open(customer_id, sealed)
        if text is None:
            rule = "The customer was erased, and the address with it."
            remedy = "The copy that was sent is the document; it cannot be made again."
            raise Unwritable("customer", customer_id, rule, remedy)
        if billing := from_json(text).billing:
            return billing
    customer_id, survivor_id = history[0][0], history[-1][0]
    remedy = f"Give the address: `oms address {survivor_id} FILE`."
    raise Unwritable("customer", customer_id, "The customer's address is not known.", remedy)


def _sealed(history: Records, position: int) -> Iterator[tuple[str, bytes]]:
    """Yield what was sealed and for whom, that which counts first before the rest."""
    for customer_id, recorded in history:
        known = [
            (each.position, each.event.sealed)
            for each in recorded
            if isinstance(each.event, CustomerRegistered | ContactChanged) and each.event.sealed
        ]
        before = [sealed for at, sealed in known if at <= position]
        after = [sealed for at, sealed in known if at > position]
        yield from ((customer_id, sealed) for sealed in (*reversed(before), *after))


def _names(log: PostgresLog, items: Iterable[str]) -> dict[str, str]:
    streams = [f"product:{item_id}" for item_id in sorted(items)]
    events = [recorded.event for recorded in log.stream(*streams)]
    return {event.item_id: event.name for event in events if isinstance(event, ProductRegistered)}


def _delivered_on(invoice_id: str, order: Sequence[Recorded]) -> date | None:
    """Return when the parcel left; an invoice in the place of a void one has its id and a mark."""
    for recorded in order:
        match recorded.event:
            case ShipmentCharged(fulfilment_id=fulfilment_id) if invoice_id == fulfilment_id or (
                invoice_id.startswith(f"{fulfilment_id}~")
            ):
                return date.fromisoformat(date_of(recorded.occurred_at))
    return None


def _preceding(models: ReadModels, content: Content, day: str) -> tuple[str, ...]:
    """Return the numbers of what is corrected; a return is of any parcel of its order."""
    if content.kind is DocumentKind.INVOICE:
        return ()
    rows = models.ask(
        PRECEDING,
        day=day,
        refers_to=content.refers_to,
        of_order=content.kind is DocumentKind.CREDIT_NOTE,
        order=content.order_id,
    )
    return tuple(row["number"] for row in rows)
