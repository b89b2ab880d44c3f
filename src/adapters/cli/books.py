"""`oms audit books`: adds every figure up again from the movements alone."""

from __future__ import annotations

from typing import Any

from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier
from rich.console import RenderableType

from adapters.bootstrap import Shop
from adapters.cli.amounts import whole
from adapters.cli.faults import Failed, Fault
from adapters.cli.following import follow
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, panel, progress
from projections.books import Books, Finding, Totals

FINDINGS_SHOWN = 10


def books(*, options: Common = PLAIN) -> None:
    """Add every figure up again from the movements alone, and compare it with what is shown.

    It reads the whole log another way than the read models do, and asks what must hold of it at
    every event: each promised unit ends once, no closed order keeps any, nothing is less than zero
    on a shelf, given back is at most captured is at most authorized, and every event balances in
    every currency. Then it compares the sums with the inventory and the trial balance.

    **Examples**

        oms audit books
        oms audit books --json

    **Next:** `oms why event NAME` for the event that a finding names.
    """
    with opened(options) as shop:
        follow(shop)
        added, events = _added_up(shop)
        findings = [*added.findings, *_differences(shop, added)]
    if findings:
        raise Failed(*map(_fault, findings[:FINDINGS_SHOWN]))
    report = {
        "ok": True,
        "events": events,
        "items": len(list(added.items())),
        "units_promised": added.promised.total(),
        "units_ended": dict(added.ended),
        "units_open": added.units_open,
        "balance_by_currency": _by_currency(added),
    }
    emit(options, report, _render)


def _added_up(shop: Shop) -> tuple[Books, int]:
    added, events = Books(), 0
    with shop.log() as log, progress() as bars:
        task = bars.add_task("Adding up the log", total=log.head())
        for page in log.pages():
            for recorded in page:
                added.add(recorded)
            events += len(page)
            bars.update(task, completed=events)
    added.close()
    return added, events


def _differences(shop: Shop, added: Books) -> list[Finding]:
    """Compare the sums with what the read models show."""
    schema = Identifier(shop.settings.views_schema)
    stock = SQL("SELECT key, on_hand, reserved, allocated, soft_reserved FROM {}.inventory_network")
    ledger = SQL("SELECT account, currency, balance_minor FROM {}.trial_balance")
    with shop.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        levels = {
            row["key"]: Totals(*(row[field] for field in Totals._fields))
            for row in cursor.execute(stock.format(schema))
        }
        balances = {
            (row["account"], row["currency"]): row["balance_minor"]
            for row in cursor.execute(ledger.format(schema))
        }
    nothing = Totals(0, 0, 0, 0)
    sums = dict(added.items())
    found = [
        Finding("stock equals its movements", "", f"{item}: {levels.get(item)}, not {sums[item]}")
        for item in sums
        if levels.get(item, nothing) != sums[item]
    ]
    found += [
        Finding(
            "the ledger equals its postings", "", f"{account}: {balances.get(account)}, not {n}"
        )
        for account, n in added.balances.items()
        if balances.get(account, 0) != n
    ]
    return found


def _by_currency(added: Books) -> dict[str, int]:
    sums: dict[str, int] = {}
    for (_, currency), balance in sorted(added.balances.items()):
        sums[currency] = sums.get(currency, 0) + balance
    return sums


def _fault(finding: Finding) -> Fault:
    return Fault(
        finding.rule,
        finding.event,
        f"{finding.detail}.",
        "`oms why event NAME` shows what led to an event; `oms rebuild` works the views out again.",
    )


def _render(report: dict[str, Any]) -> RenderableType:
    ended = ", ".join(f"{whole(n)} {name}" for name, n in sorted(report["units_ended"].items()))
    units = f"{whole(report['units_promised'])} units promised: {ended or 'none ended'}"
    zero = ", ".join(f"{currency} {n}" for currency, n in report["balance_by_currency"].items())
    return panel(
        "Every figure is the sum of its movements",
        [
            f"{whole(report['events'])} events, {whole(report['items'])} items",
            f"{units}, {whole(report['units_open'])} open",
            f"debits less credits: {zero or 'nothing posted'}",
        ],
        style="green",
    )
