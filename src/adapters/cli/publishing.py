"""`oms publish`: the documents of read models, to compacted topics for whoever subscribes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import RenderableType

from adapters.bootstrap import Shop
from adapters.cli.amounts import whole
from adapters.cli.faults import Fault, Refused
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, Options, emit, panel
from adapters.cli.rebuilding import views_named
from adapters.cli.relaying import publishing
from adapters.outflow import run_state, watched
from adapters.postgres.changes import Changes
from adapters.postgres.lease import StoodBy
from adapters.postgres.projections import install
from adapters.postgres.tables import table_of
from adapters.serving import stopping, write_json_lines
from oms_core.kernel import View
from projections.catalog import VIEWS

COUNTED_MAX = 1_000_000_000

NONE_CHOSEN = Fault(
    "view",
    "",
    "No read model is published yet.",
    f"Name those to publish, such as `oms publish orders inventory`: {', '.join(VIEWS)}.",
)


def publish(
    *views: str,
    once: Annotated[bool, Parameter(negative="")] = False,
    standby: Annotated[bool, Parameter(negative="")] = False,
    options: Common = PLAIN,
) -> None:
    """Publish read models to Kafka: for each document the last state, and a tombstone when it goes.

    A read model that is named is published from then on, by whichever process runs this command
    next, named or not: first all of its documents, then what changes. The topics are compacted:
    who reads one from its beginning has the read model. The last state of each document comes at
    least once; states in between may be passed over. A topic that was emptied is filled again.

    **Examples**

        oms publish orders inventory
        oms publish --standby
        oms publish --once --json

    **Next:** `oms kafka state stop orders` ends it for one read model.

    Parameters
    ----------
    views
        Names of read models to publish beside those that are.
    once
        Publish what has changed, and end.
    standby
        Wait while another process publishes, and take over from it.
    """
    chosen = views_named("view", views) if views else ()
    write_json_lines()
    with publishing(options) as shop:
        if not chosen and not _watched(shop):
            raise Refused(NONE_CHOSEN)
        published = 0
        with stopping() as stop, suppress(StoodBy):
            published = run_state(shop, stop, chosen, once=once, standby=standby)
    emit(options, {"published": published}, _stopped)


def fill(*views: str, options: Common = PLAIN) -> None:
    """Publish every document of a read model again, to a state topic that lost some.

    `oms publish` does it by itself for a topic that is empty.

    **Examples**

        oms kafka state fill orders

    **Next:** `oms publish` publishes them.

    Parameters
    ----------
    views
        Names of read models that are published; all of them, if none is named.
    """
    with _changes(options) as (shop, changes):
        published = watched(shop, changes)
        chosen = views_named("view", views) if views else tuple(published)
        _refuse_unpublished(chosen, published)
        for view in chosen:
            changes.note_all(table_of(view, shop.settings.views_schema))
        tables = [table_of(view, shop.settings.views_schema) for view in chosen]
        waiting = {table.name: changes.waiting([table], COUNTED_MAX) for table in tables}
        emit(options, {"waiting": waiting}, _waiting)


def stop(*views: str, options: Common = PLAIN) -> None:
    """Publish a read model no more. What is on its topic stays there, and grows old.

    **Examples**

        oms kafka state stop orders

    **Next:** `oms publish orders` takes it up again, and makes good what was missed.

    Parameters
    ----------
    views
        Names of read models that are published.
    """
    if not views:
        raise Refused(Fault("view", "", "No read model is named.", "Name those to stop."))
    chosen = views_named("view", views)
    with _changes(options) as (shop, changes):
        _refuse_unpublished(chosen, watched(shop, changes))
        for view in chosen:
            changes.unwatch(table_of(view, shop.settings.views_schema))
        emit(options, {"stopped": [view.name for view in chosen]}, _ended)


@contextmanager
def _changes(options: Options) -> Iterator[tuple[Shop, Changes]]:
    with opened(options) as shop, shop.connection() as connection:
        schema = shop.settings.views_schema
        install(connection, schema=schema)
        changes = Changes(connection, schema)
        changes.install()
        yield shop, changes


def _watched(shop: Shop) -> list[View[Any]]:
    with shop.connection() as connection:
        return watched(shop, Changes(connection, shop.settings.views_schema))


def _refuse_unpublished(chosen: tuple[View[Any], ...], published: list[View[Any]]) -> None:
    names = [view.name for view in published]
    remedy = f"Begin with `oms publish`; published are: {', '.join(names) or 'none'}."
    if faults := [
        Fault("view", view.name, "It is not published.", remedy)
        for view in chosen
        if view.name not in names
    ]:
        raise Refused(*faults)


def _stopped(data: dict[str, Any]) -> RenderableType:
    return panel("Stopped", [f"{whole(data['published'])} documents were published."])


def _waiting(data: dict[str, Any]) -> RenderableType:
    lines = [f"{view}: {whole(count)} documents" for view, count in data["waiting"].items()]
    return panel("To be published by `oms publish`", lines or ["nothing"])


def _ended(data: dict[str, Any]) -> RenderableType:
    return panel("Published no more", data["stopped"])
