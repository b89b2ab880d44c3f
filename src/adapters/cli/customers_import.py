"""`oms customers import`: what a CRM says of customers, each record once."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from adapters.cli.amounts import whole
from adapters.cli.faults import Fault, Refused
from adapters.cli.following import follow
from adapters.cli.giving import hand
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, panel, table, titled
from adapters.clock import system_clock
from adapters.crm.importing import CustomerImport
from adapters.crm.record import UnreadableRecords, read_records
from adapters.postgres.privacy import vault_of

COUNTS = ("created", "updated", "unchanged", "handed_in", "consents_kept")
REJECTED_SHOWN = 20


def import_customers(
    file: Path, *, source: str = "crm", actor: str = "cli", options: Common = PLAIN
) -> int:
    """Take customers in from a CRM: a row of CSV, or a line of JSON, for each of its records.

    `external_ref` names the record there, `version` or `updated_at` tells its versions apart: the
    last one counts, and a file that comes again changes nothing. A record is of the customer that
    `customer_id` names, or of one of its own. There may be `name`, `email`, `phone`, `country`,
    `segments` (as `loyal;b2b`), and for consent `marketing`, `mail`, `language`, `consent_basis`
    and `consent_at`: what the customer has said here later stands. Contact data is sealed at once.

    **Examples**

        oms customers import customers.csv
        oms customers import changes.jsonl --source salesforce

    **Next:** `oms show customers` lists them; `oms customers feed FILE` tells the CRM of them.

    Parameters
    ----------
    file
        The file: .csv with a header, or .jsonl.
    source
        What we call the system that the records come from.
    actor
        Who is asking; it is kept with the events.
    """
    try:
        with opened(options) as shop, shop.log() as log, shop.connection() as connection:
            taking = CustomerImport(
                source,
                vault_of(shop.settings, connection),
                log,
                partial(hand, shop),
                system_clock(),
                f"user:{actor}",
            )
            found = taking.take(read_records(file))
            follow(shop)
    except UnreadableRecords as error:
        raise Refused(Fault("file", str(file), error.rule, error.remedy)) from None
    emit(options, found, _render)
    return Refused.exit_code if found.rejected else 0


def _render(found: Any) -> RenderableType:
    lines = [f"{name.replace('_', ' '):<14}{whole(getattr(found, name))}" for name in COUNTS]
    lines.append(f"rejected      {whole(len(found.rejected))}")
    parts: list[RenderableType] = [panel(f"{whole(found.rows)} records", lines)]
    if found.rejected:
        made = table(">row", "field", "value", "rule")
        for wrong in found.rejected[:REJECTED_SHOWN]:
            made.add_row(str(wrong.row), wrong.field, wrong.value, wrong.rule)
        parts.append(titled("Rejected", made, found.rejected[0].remedy))
    parts.append(Text("\nNext: `oms show customers`.", "dim"))
    return Group(*parts)
