"""`oms why stock` and `oms why ledger`: a number, and the events that it is the sum of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from rich.console import Group, RenderableType
from rich.text import Text

from adapters.bootstrap import Shop
from adapters.cli.amounts import moment, money, signed, when, whole
from adapters.cli.faults import Failed, Fault, Refused
from adapters.cli.following import follow
from adapters.cli.inventory import unknown_item
from adapters.cli.ledger import account_name
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, Options, emit, table, titled
from adapters.cli.parsing import positive
from adapters.cli.tracing import Step, number_fields, subtotals, trace
from adapters.postgres.queries import ReadModels
from oms_core.kernel import Recorded, View
from projections.catalog import VIEWS
from projections.ledger import describe

DEFAULT_FIELD = "on_hand"


class Number(NamedTuple):
    """A number that is to be explained: a field of a document of a view."""

    title: str
    view: View[Any]
    key: str
    field: str
    currency: str = ""

    def shown(self, value: int) -> str:
        """Write the number as people do."""
        return money(value, self.currency) if self.currency else whole(value)

    def changed(self, change: int) -> str:
        """Write a change of the number, with its sign."""
        if not self.currency:
            return signed(change)
        return f"{'+' if change > 0 else ''}{money(change, self.currency)}"


def stock(
    item: str,
    location: str | None = None,
    *,
    field: str = DEFAULT_FIELD,
    limit: int = 15,
    options: Common = PLAIN,
) -> None:
    """Explain a number of an item's stock: the events that changed it, and their sum.

    **Examples**

        oms why stock MUG
        oms why stock MUG --field reserved
        oms why stock MUG LYON --field allocated --limit 100

    **Next:** `oms why event NAME` walks from one of the events to what led to it.

    Parameters
    ----------
    item
        The item.
    location
        Its number at this location; of the whole network, if none is named.
    field
        Which number: on_hand, reserved, available_to_promise, backordered, sold and so on.
    limit
        How many of the latest events to list; all of them are added up.
    """
    view = VIEWS["inventory_network" if location is None else "inventory"]
    name = field.replace("-", "_")
    if name not in (fields := number_fields(view)):
        rule = "There is no such number in this read model."
        raise Refused(Fault("--field", field, rule, f"Use one of {', '.join(fields)}."))
    key = item if location is None else f"{item}@{location}"
    place = "in the network" if location is None else f"at {location}"
    currency = ""
    with opened(options) as shop:
        follow(shop)
        with shop.connection() as connection, shop.log() as log:
            rows = ReadModels(connection, shop.settings.views_schema).inventory(item=item).rows
            if not rows:
                raise unknown_item(item)
            if name.endswith("_minor"):
                currency = rows[0]["currency"]
            wanted = Number(f"{name} of {item} {place}", view, key, name, currency)
            explain(options, shop, wanted, lambda: log.stream(f"stock:{item}"), limit)


def ledger(account: str, currency: str, *, limit: int = 15, options: Common = PLAIN) -> None:
    """Explain the balance of an account: the events that were posted to it, and their sum.

    **Examples**

        oms why ledger receivables EUR
        oms why ledger inventory GBP --limit 100

    **Next:** `oms why event NAME` walks from one of the events to what led to it.

    Parameters
    ----------
    account
        Such as receivables, revenue, cash_clearing or inventory.
    currency
        Three letters.
    limit
        How many of the latest events to list; all of them are added up.
    """
    name, code, view = account_name(account).value, currency.upper(), VIEWS["trial_balance"]
    with opened(options) as shop:
        follow(shop)
        with shop.connection() as connection, shop.log() as log:
            balances = ReadModels(connection, shop.settings.views_schema).balances()
            known = sorted({row["currency"] for row in balances})
            if code not in known:
                rule = "Nothing was booked in this currency."
                remedy = f"Use one of {', '.join(known)}." if known else "See `oms show ledger`."
                raise Refused(Fault("currency", currency, rule, remedy))
            title = f"balance of {name.replace('_', ' ')} in {code}"
            wanted = Number(title, view, f"{name}|{code}", "balance_minor", code)
            kinds = frozenset(view.keys)
            explain(options, shop, wanted, lambda: _events(log.pages(types=kinds)), limit)


def _events(pages: Iterable[Iterable[Recorded]]) -> Iterator[Recorded]:
    for page in pages:
        yield from page


def explain(
    options: Options,
    shop: Shop,
    number: Number,
    log: Callable[[], Iterable[Recorded]],
    limit: int,
) -> None:
    """Add a number up from its events, compare it with what is shown, and print both.

    :raises Failed: if they differ.
    """
    positive("--limit", limit)
    live, position = _live(shop, number)
    past = (recorded for recorded in log() if recorded.position <= position)
    steps = list(trace(number.view, number.key, number.field, past))
    total = sum(step.change for step in steps)
    if total != live:
        rule = f"The events add up to {number.shown(total)}."
        remedy = f"Run `oms rebuild {number.view.name}`; the log is right."
        raise Failed(Fault(number.title, number.shown(live), rule, remedy))
    data = {
        "number": number.title,
        "shown": live,
        "sum_of_events": total,
        "equal": True,
        "currency": number.currency,
        "subtotals": subtotals(steps),
        "events": len(steps),
        "latest": [_step(step) for step in steps[-limit:]],
    }
    emit(options, data, lambda _: _render(number, data, steps[-limit:]))


def _live(shop: Shop, number: Number) -> tuple[int, int]:
    """Return what the read model shows, and the position of the log that it shows it as of."""
    with shop.connection() as connection, connection.transaction():
        models = ReadModels(connection, shop.settings.views_schema)
        return models.number(number.view.name, number.key, number.field)


def _step(step: Step) -> dict[str, Any]:
    recorded = step.recorded
    return {
        "event_id": recorded.id,
        "event": type(recorded.event).__name__,
        "position": recorded.position,
        "occurred_at": when(recorded.occurred_at),
        "actor": recorded.actor,
        "causation_id": recorded.causation_id,
        "change": step.change,
        "after": step.after,
    }


def _render(number: Number, data: dict[str, Any], latest: list[Step]) -> RenderableType:
    sums = table("event", ">times", ">change")
    for part in data["subtotals"]:
        sums.add_row(part.event, whole(part.times), number.changed(part.change))
    sums.add_section()
    sums.add_row(
        Text("sum, and what is shown", "bold green"),
        Text(whole(data["events"]), "bold"),
        Text(number.shown(data["sum_of_events"]), "bold green"),
    )
    count = f"the latest {len(latest)} of {whole(data['events'])}"
    title = f"The events ({count})" if len(latest) < data["events"] else "The events"
    events = table("event", "when (UTC)", "what", ">change", ">after", "because of")
    for step in latest:
        recorded = step.recorded
        events.add_row(
            recorded.id,
            moment(recorded.occurred_at)[5:],
            describe(recorded.event),
            Text(number.changed(step.change), "green" if step.change > 0 else "red"),
            number.shown(step.after),
            Text(recorded.causation_id, "dim"),
        )
    example = latest[-1].recorded.id if latest else "NAME"
    hint = f"\nNext: `oms why event {example}` walks back to what led to it."
    head = f"Why the {number.title} is {number.shown(data['shown'])}"
    return Group(titled(head, sums), titled(title, events, hint))
