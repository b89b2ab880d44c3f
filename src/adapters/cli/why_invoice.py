"""`oms why invoice`: an amount of an invoice, and the events that it is the sum of."""

from __future__ import annotations

from typing import Literal

from adapters.cli.faults import Fault, Refused
from adapters.cli.following import follow
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common
from adapters.cli.why import Number, explain
from adapters.postgres.queries import ReadModels
from projections.catalog import VIEWS

NAMED = "SELECT currency FROM {schema}.invoices WHERE invoice_id = %(invoice)s"


def invoice(
    invoice_id: str,
    *,
    field: Literal["open", "total", "net", "tax", "paid", "written-off"] = "open",
    limit: int = 15,
    options: Common = PLAIN,
) -> None:
    """Explain an amount of an invoice: the events that changed it, and their sum.

    **Examples**

        oms why invoice web:1001/f1.1
        oms why invoice web:1001/f1.1 --field paid

    **Next:** `oms why event NAME` walks from one of the events to what led to it.

    Parameters
    ----------
    invoice_id
        The invoice; `oms show invoices` has its id in the last column.
    field
        Which amount.
    limit
        How many of the latest events to list; all of them are added up.
    """
    with opened(options) as shop:
        follow(shop)
        with shop.connection() as connection, shop.log() as log:
            rows = ReadModels(connection, shop.settings.views_schema).ask(NAMED, invoice=invoice_id)
            if not rows:
                rule, remedy = "There is no such invoice.", "Look it up in `oms show invoices`."
                raise Refused(Fault("invoice", invoice_id, rule, remedy))
            name = f"{field.replace('-', '_')}_minor"
            title = f"{field.replace('-', ' ')} amount of {invoice_id}"
            wanted = Number(title, VIEWS["invoices"], invoice_id, name, rows[0]["currency"])
            explain(options, shop, wanted, lambda: log.stream(f"invoice:{invoice_id}"), limit)
