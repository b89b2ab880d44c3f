"""`oms parked streams`: what read models leave out; `oms parked take-up`: let it flow again."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from adapters.cli.faults import Fault, Refused
from adapters.cli.listing import Columns, listing
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit
from adapters.postgres.projections import install
from adapters.postgres.taking_up import Waiting, take_up, waiting
from projections.catalog import STREAM_CLOSED, VIEWS

COLUMNS: Columns = {
    "read model": lambda row: row["view"],
    "stream": lambda row: row["stream"],
    ">version": lambda row: str(row["version"] or ""),
    "error": lambda row: Text(row["error"], "red"),
}


def streams(*, options: Common = PLAIN) -> None:
    """List the streams that read models leave out, and why.

    An event that a read model cannot take, or that came over Kafka and cannot be read, stops its
    stream in that read model, and nothing else.

    **Examples**

        oms parked streams
        oms parked streams --json

    **Next:** `oms parked take-up` when the cause is mended.
    """
    with opened(options) as shop, shop.connection() as connection:
        schema = shop.settings.views_schema
        install(connection, schema=schema)
        found = waiting(connection, schema)
    emit(options, {"streams": [one._asdict() for one in found]}, _render)


def _render(data: dict[str, Any]) -> RenderableType:
    if not data["streams"]:
        return Text("No read model leaves anything out.", style="green")
    hint = "\nNext: `oms parked take-up` when the cause is mended."
    return Group(listing("Streams that wait", data["streams"], COLUMNS), Text(hint, style="dim"))


def take_up_streams(*, stream: str = "", options: Common = PLAIN) -> int:
    """Take parked streams up again: their events once more, in order, from the log.

    What the projectors do meanwhile makes no difference. A stream that still fails stays parked.

    **Examples**

        oms parked take-up
        oms parked take-up --stream order:web:1001

    **Next:** `oms rebuild --check` shows that the read models are what the log says.

    Parameters
    ----------
    stream
        Only this stream; all that wait, if none is named.
    """
    with opened(options) as shop, shop.connection() as connection, shop.log() as log:
        schema = shop.settings.views_schema
        install(connection, schema=schema)
        chosen = [one for one in waiting(connection, schema) if stream in ("", one.stream)]
        if stream and not chosen:
            remedy = "See `oms parked streams` for those that wait."
            raise Refused(Fault("--stream", stream, "No read model leaves it out.", remedy))
        _refuse_across(chosen)
        rows = [
            {
                "view": one.view,
                "stream": one.stream,
                "error": take_up(connection, log, VIEWS[one.view], one.stream, schema),
            }
            for one in chosen
        ]
    emit(options, {"taken_up": rows}, _render_taken)
    return 1 if any(row["error"] for row in rows) else 0


def _refuse_across(chosen: list[Waiting]) -> None:
    """Refuse for views in which a document comes from many streams: their order counts."""
    across = sorted({one.view for one in chosen} - STREAM_CLOSED)
    rule = "Its rows come from many streams, so one cannot be taken up alone."
    faults = [Fault("view", view, rule, f"Run `oms rebuild {view}` first.") for view in across]
    if faults:
        raise Refused(*faults)


def _render_taken(data: dict[str, Any]) -> RenderableType:
    if not data["taken_up"]:
        return Text("No read model leaves anything out: there was nothing to do.", style="green")
    columns: Columns = {
        "read model": lambda row: row["view"],
        "stream": lambda row: row["stream"],
        "outcome": lambda row: (
            Text(row["error"], "red") if row["error"] else Text("flows", "green")
        ),
    }
    return listing("Taken up again", data["taken_up"], columns)
