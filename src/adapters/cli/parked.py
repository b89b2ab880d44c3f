"""`oms parked`: messages that could not be handled, kept with their error and in their order."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from adapters.bootstrap import Shop
from adapters.cli.amounts import moment
from adapters.cli.faults import Fault, Refused
from adapters.cli.following import follow
from adapters.cli.listing import Columns, listing
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, panel, to_json
from adapters.postgres.parking import ParkedCause, parked
from adapters.postgres.parking import redrive as redrive_causes
from adapters.postgres.queries import Row

COLUMNS: Columns = {
    ">place": lambda row: str(row["place"]),
    "stream": lambda row: row["stream"],
    "command": lambda row: row["command"],
    "parked (UTC)": lambda row: moment(row["parked_at"]),
    "error": lambda row: Text(row["error"], "red"),
}


def _row(entry: ParkedCause) -> Row:
    return {
        "place": entry.place,
        "stream": entry.stream,
        "command": type(entry.cause.command).__name__,
        "cause_id": entry.cause.cause_id,
        "actor": entry.cause.actor,
        "error": entry.error,
        "parked_at": entry.parked_at,
    }


def _entries(shop: Shop) -> list[ParkedCause]:
    with shop.connection() as connection:
        return parked(connection, shop.settings.log_schema)


def list_parked(*, options: Common = PLAIN) -> None:
    """List the messages that could not be handled, oldest first.

    Nothing is dropped: a message that a fault of the program or of its data stops is kept, and
    later messages for the same stream wait behind it. All the rest goes on.

    **Examples**

        oms parked list
        oms parked list --json

    **Next:** `oms parked show PLACE` shows one in full, `oms parked redrive` tries again.
    """
    with opened(options) as shop:
        rows = [_row(entry) for entry in _entries(shop)]
    emit(options, {"parked": rows, "found": len(rows)}, _render_list)


def _render_list(data: dict[str, Any]) -> RenderableType:
    if not data["parked"]:
        return Text("Nothing is parked: every message was handled.", style="green")
    hint = "\nNext: `oms parked show PLACE`, and `oms parked redrive` when the cause is mended."
    return Group(listing("Parked messages", data["parked"], COLUMNS), Text(hint, style="dim"))


def show(place: int, *, options: Common = PLAIN) -> None:
    """Show one parked message in full, with its error.

    **Examples**

        oms parked show 1

    **Next:** `oms parked redrive --stream STREAM` hands the messages of its stream in again.

    Parameters
    ----------
    place
        Its place in `oms parked list`.
    """
    with opened(options) as shop:
        found = [entry for entry in _entries(shop) if entry.place == place]
    if not found:
        remedy = "See `oms parked list` for the places that there are."
        raise Refused(Fault("place", str(place), "No parked message has this place.", remedy))
    data = {**_row(found[0]), "fields": found[0].cause.command}
    data["correlation_id"] = found[0].cause.correlation_id
    emit(options, data, _render_one)


def _render_one(data: dict[str, Any]) -> RenderableType:
    stream = data["stream"]
    return panel(
        f"Parked message {data['place']}",
        [
            Text(f"{data['command']} for {stream}, from {data['actor']} ({data['cause_id']})"),
            Text(f"parked {moment(data['parked_at'])} UTC"),
            Text(data["error"], "red"),
            Text(to_json(data["fields"])),
            Text(f"Next: `oms parked redrive --stream {stream}`", "dim"),
        ],
        style="yellow",
    )


def redrive(*, stream: str = "", options: Common = PLAIN) -> int:
    """Hand parked messages to the engine again, in their order.

    One that fails again stays parked with its new error, and so do the later ones of its stream.

    **Examples**

        oms parked redrive
        oms parked redrive --stream order:web:1001

    **Next:** `oms parked list` shows what is left.

    Parameters
    ----------
    stream
        Only the messages of this stream.
    """
    with opened(options) as shop:
        schema = shop.settings.log_schema
        if stream and all(entry.stream != stream for entry in _entries(shop)):
            remedy = "See `oms parked list` for the streams that have one."
            raise Refused(Fault("--stream", stream, "No message of this stream is parked.", remedy))
        with shop.engine() as engine, shop.connection() as connection:
            answers = redrive_causes(engine, connection, schema, stream)
        follow(shop)
        left = len(_entries(shop))
    data = {
        "redriven": [
            {
                "cause_id": a.cause_id,
                "verdict": a.verdict,
                "events": len(a.recorded),
                "detail": a.detail,
            }
            for a in answers
        ],
        "left": left,
    }
    emit(options, data, _render_redriven)
    return 1 if left else 0


def _render_redriven(data: dict[str, Any]) -> RenderableType:
    if not data["redriven"]:
        return Text("Nothing is parked: there was nothing to do.", style="green")
    columns: Columns = {
        "message": lambda row: row["cause_id"],
        "verdict": lambda row: row["verdict"],
        ">events": lambda row: str(row["events"]),
        "detail": lambda row: row["detail"],
    }
    left = f"{data['left']} still parked" if data["left"] else "nothing is parked any more"
    return listing("Handed in again", data["redriven"], columns, left)
