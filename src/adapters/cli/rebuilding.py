"""`oms rebuild`: read models worked out again from the log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import RenderableType
from rich.text import Text

from adapters.cli.amounts import ago, whole
from adapters.cli.faults import Failed, Fault, Refused
from adapters.cli.following import follow
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, panel, progress
from adapters.postgres import rebuild as rebuilds
from oms_core.kernel import View
from projections.catalog import VIEWS

KEYS_SHOWN = 5


def views_named(field: str, names: Sequence[str]) -> tuple[View[Any], ...]:
    """Return views by name; all of them for no names.

    :raises Refused: if there is no such view.
    """
    rule, remedy = "There is no such read model.", f"Use one of {', '.join(VIEWS)}."
    if faults := [Fault(field, name, rule, remedy) for name in names if name not in VIEWS]:
        raise Refused(*faults)
    return tuple(VIEWS[name] for name in names) or tuple(VIEWS.values())


@contextmanager
def counting(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show how far the log has been read."""
    with progress() as bars:
        task = bars.add_task(label, total=total)
        yield lambda position: bars.update(task, completed=position)


def rebuild(
    *views: str,
    check: Annotated[bool, Parameter(negative="")] = False,
    options: Common = PLAIN,
) -> None:
    """Work read models out again from the log: beside the old ones, then in their place.

    Readers see the old ones until the new ones are complete. With `--check` nothing is replaced:
    the new ones are compared with the live ones, row by row and byte for byte, and then dropped.

    **Examples**

        oms rebuild --check
        oms rebuild
        oms rebuild inventory_network trial_balance

    **Next:** `oms boards` shows the result, `oms audit verify` checks the log itself.

    Parameters
    ----------
    views
        Names of read models; all of them, if none is named.
    check
        Compare with the live read models and change nothing.
    """
    chosen = views_named("view", views)
    with opened(options) as shop:
        follow(shop)
        schema = shop.settings.views_schema
        with shop.log() as log, shop.connection() as connection:
            head, start = log.head(), time.perf_counter()
            differences: list[rebuilds.Difference] = []
            with counting("Working out again", head) as tell:
                if check:
                    differences = rebuilds.compare(connection, log, chosen, schema, tell)
                else:
                    rebuilds.rebuild(connection, log, chosen, schema, tell)
            seconds = time.perf_counter() - start
    if differences:
        raise Failed(*map(_fault, differences))
    data = {
        "views": [view.name for view in chosen],
        "events": head,
        "seconds": round(seconds, 3),
        "replaced": not check,
        "differences": 0,
    }
    emit(options, data, _render)


def _fault(difference: rebuilds.Difference) -> Fault:
    shown = ", ".join(difference.keys[:KEYS_SHOWN])
    more = len(difference.keys) - KEYS_SHOWN
    return Fault(
        difference.view,
        shown + (f" and {more} more" if more > 0 else ""),
        "The live rows are not what the log says.",
        f"Run `oms rebuild {difference.view}`; and find out who writes to the table.",
    )


def _render(data: dict[str, Any]) -> RenderableType:
    rate = data["events"] / data["seconds"] if data["seconds"] else 0
    title = "Rebuilt" if data["replaced"] else "The live read models are what the log says"
    what = "worked out again and put in place" if data["replaced"] else "equal, byte for byte"
    return panel(
        title,
        [
            Text(f"{', '.join(data['views'])}"),
            Text(
                f"{what}: {whole(data['events'])} events in {ago(data['seconds'])}, "
                f"{rate:,.0f} events/s",
                "green",
            ),
        ],
        style="green",
    )
