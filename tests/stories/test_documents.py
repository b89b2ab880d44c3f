"""Legal documents: what was issued stays as it is, and numbers have no gap, whatever goes wrong."""

from __future__ import annotations

from itertools import count

import msgspec
import pytest
from msgspec.structs import replace

from oms_core.domain.account.commands import OpenAccount
from oms_core.domain.fulfilment.commands import ShipFulfilment
from oms_core.domain.invoice.commands import IssueInvoice, VoidInvoice
from oms_core.domain.invoice.events import InvoiceDrafted, InvoiceIssued, InvoiceVoided
from oms_core.domain.order.commands import PlaceOrder
from oms_core.domain.order.events import LineShipped, Tender, TenderMethod
from oms_core.domain.series.events import NumberAssigned
from oms_core.engine.store import Fenced
from oms_core.kernel import Command
from oms_core.kernel.calendar import midnight, read_date
from oms_core.policies.config import EUROPE_AND_ASIA
from tests.support.lab import START, Lab, engine_on, surviving
from tests.support.shop import ask, must, placement, receipt

OTHER = replace(EUROPE_AND_ASIA, invoice_series="NEW-DE-INV", dunning_days=(1,), blocking_level=1)


def on_terms(number: int, units: int = 3) -> PlaceOrder:
    """Order some mugs at 10.00 and 20 % tax each, to be invoiced."""
    wish = placement(number, ("MUG", units))
    (line,) = wish.lines
    line = replace(line, tax_minor=line.net_minor // 5 + 1)
    total = line.net_minor + line.tax_minor
    tender = Tender(f"{wish.order_id}/p1", TenderMethod.ACCOUNT, total, terms="NET30")
    return replace(wish, lines=(line,), tenders=(tender,))


def shipped(number: int) -> tuple[Command, ...]:
    """Return all that leads to a draft of an invoice."""
    return (on_terms(number), ShipFulfilment(f"web:{number}/f1.1"))


def issue(number: int, day: str = "2026-01-31") -> IssueInvoice:
    """Send the invoice of an order out."""
    return IssueInvoice(f"web:{number}/f1.1", day)


OPENING = (receipt("MUG", 50), OpenAccount("C1|EUR", "C1", "EUR", 10**9))
BUSY = (
    *OPENING,
    *shipped(1),
    issue(1, "no date"),
    issue(1),
    issue(1),
    *shipped(2),
    *shipped(3),
    issue(7),
    issue(3),
    VoidInvoice("web:1/f1.1", "wrong address"),
    issue(2),
    IssueInvoice("web:1/f1.1~2", "2026-02-01"),
)
"""Three orders are invoiced; some of what is asked is refused, and one invoice is void."""


def numbers(lab: Lab) -> list[tuple[int, str]]:
    """Return the numbers that were assigned, and the documents that bear them."""
    given = [event for event in lab.events() if isinstance(event, NumberAssigned)]
    borne = {e.number: e.invoice_id for e in lab.events() if isinstance(e, InvoiceIssued)}
    assert borne == {event.text: event.document_id for event in given}
    return [(event.number, event.document_id) for event in given]


EXPECTED = [(1, "web:1/f1.1"), (2, "web:3/f1.1"), (3, "web:2/f1.1"), (4, "web:1/f1.1~2")]


def test_p25_refused_issues_take_no_number_and_a_void_one_keeps_its_own():
    lab = Lab()
    lab.take_in(BUSY)
    assert numbers(lab) == EXPECTED
    (void,) = (event for event in lab.events() if isinstance(event, InvoiceVoided))
    assert void.number == "OMS-FR-INV-2026-000001"


def test_p25_numbers_have_no_gap_wherever_the_process_dies():
    for blows_at in count():
        lab = Lab(blows_at=blows_at)
        with surviving(lab):
            lab.take_in(BUSY)
        lab.take_in(BUSY)
        assert numbers(lab) == EXPECTED, blows_at
        if lab.fuse.points <= blows_at:
            break
    assert blows_at == 2 * len(BUSY)


def test_p25_two_issuers_at_once_never_give_the_same_number():
    lab = Lab()
    lab.ask(*OPENING, *shipped(1), *shipped(2), issue(1))
    second = engine_on(lab.disk, lambda: START)
    with pytest.raises(Fenced):
        lab.ask(issue(2))
    must(second, issue(2))
    assert numbers(lab) == [(1, "web:1/f1.1"), (2, "web:2/f1.1")]


def test_p25_every_year_has_a_series_of_its_own():
    lab = Lab()
    lab.ask(*OPENING, *shipped(1), *shipped(2), issue(1, "2026-12-31"), issue(2, "2027-01-01"))
    issued = [event for event in lab.events() if isinstance(event, InvoiceIssued)]
    assert [event.number for event in issued] == [
        "OMS-FR-INV-2026-000001",
        "OMS-FR-INV-2027-000001",
    ]


def test_p14_no_later_choice_of_the_shop_changes_a_document():
    lab = Lab()
    lab.ask(*OPENING, *shipped(1), *shipped(2), issue(1))
    before = [msgspec.msgpack.encode(recorded) for recorded in lab.history()]
    engine = engine_on(lab.disk, lambda: START, OTHER)
    must(engine, issue(2))
    ask(engine, issue(1))
    after = [msgspec.msgpack.encode(recorded) for recorded in lab.history()]
    assert after[: len(before)] == before
    issued = [event for event in lab.events() if isinstance(event, InvoiceIssued)]
    week_late = midnight(read_date("2026-03-09", "due_on"))
    assert [(e.number, e.due_on, e.dun_at) for e in issued] == [
        ("OMS-FR-INV-2026-000001", "2026-03-02", week_late),
        ("OMS-FR-INV-2026-000002", "2026-03-02", week_late),
    ]


@pytest.mark.parametrize("units", [1, 2, 3, 7])
def test_p14_an_invoice_says_of_each_line_what_the_order_agreed_on_to_the_minor_unit(units):
    lab = Lab()
    lab.ask(*OPENING, on_terms(1, units), ShipFulfilment("web:1/f1.1"))
    (draft,) = (event for event in lab.events() if isinstance(event, InvoiceDrafted))
    (left,) = (event for event in lab.events() if isinstance(event, LineShipped))
    (line,), agreed = draft.content.lines, on_terms(1, units).lines[0]
    assert (line.quantity, line.net_minor, line.tax_minor, line.unit_price, line.sku) == (
        agreed.quantity,
        agreed.net_minor,
        agreed.tax_minor,
        agreed.unit_price,
        agreed.sku,
    )
    assert (line.net_minor, line.tax_minor) == (left.net_minor, left.tax_minor)
