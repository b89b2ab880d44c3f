"""`oms parked`: messages that could not be handled, kept with their error and in their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Group, RenderableType
from rich.text import Text

from adapters.bootstrap import Shop
from adapters.cli.amounts import moment
from adapters.cli.faults import Fault, Refused
from adapters.cli.following import follow
from adapters.cli.listing import Columns, listing
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, panel, to_json
from adapters.postgres.lease import EngineRunning
from adapters.postgres.parking import DISCARD, REDRIVE, Waiting, ask, do_as_asked, parked
from adapters.postgres.queries import Row
from adapters.redriving import reopening
from oms_core.engine.cause import Answer, Unread

COLUMNS: Columns = {
    ">place": lambda row: str(row["place"]),
    "stream": lambda row: row["stream"],
    "command": lambda row: row["command"],
    "parked (UTC)": lambda row: moment(row["parked_at"]),
    "error": lambda row: Text(row["error"], "red"),
}


def _row(entry: Waiting) -> Row:
    return {
        "place": entry.place,
        "stream": entry.stream,
        "command": entry.name or "(unread)",
        "cause_id": entry.cause.cause_id,
        "actor": "" if isinstance(entry.cause, Unread) else entry.cause.actor,
        "error": entry.error,
        "parked_at": entry.parked_at,
    }


def _entries(shop: Shop) -> list[Waiting]:
    with shop.connection() as connection:
        return parked(connection, shop.settings.log_schema)


def list_parked(*, options: Common = PLAIN) -> None:
    """List the messages that could not be handled, oldest first.

    Nothing is dropped: a message that a fault of the program or of its data stops is kept, and
    later messages for the same stream wait behind it. All the rest goes on. A message that came by
    Kafka and could not even be read is here as well; its stream is its channel and key.

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
    data = {**_row(found[0]), **_content(found[0])}
    emit(options, data, _render_one)


def _content(entry: Waiting) -> Row:
    if isinstance(entry.cause, Unread):
        return {"correlation_id": "", "fields": {"bytes": entry.cause.data}}
    return {"correlation_id": entry.cause.correlation_id, "fields": entry.cause.command}


def _render_one(data: dict[str, Any]) -> RenderableType:
    stream = data["stream"]
    who = f", from {data['actor']}" if data["actor"] else ""
    return panel(
        f"Parked message {data['place']}",
        [
            Text(f"{data['command']} for {stream}{who} ({data['cause_id']})"),
            Text(f"parked {moment(data['parked_at'])} UTC"),
            Text(data["error"], "red"),
            Text(to_json(data["fields"])),
            Text(f"Next: `oms parked redrive --stream {stream}`", "dim"),
        ],
        style="yellow",
    )


def redrive(
    *,
    stream: str = "",
    place: Annotated[int | None, Parameter(negative="")] = None,
    discard: str = "",
    options: Common = PLAIN,
) -> int:
    """Hand parked messages to the engine again, in their order.

    One that fails again stays parked with its new error, and so do the later ones of its stream.
    While `oms run` is at work, it does this, in between; else it is done here.

    **Examples**

        oms parked redrive
        oms parked redrive --stream order:web:1001
        oms parked redrive --stream inbound:web:1001
        oms parked redrive --place 7 --discard "sent again under 1002"

    **Next:** `oms parked list` shows what is left.

    Parameters
    ----------
    stream
        Only the messages of this stream.
    place
        Only the message in this place: the first of its stream, unless it is discarded.
    discard
        Never handle it, for this reason. A channel that sent it is told.
    """
    if discard and place is None:
        remedy = "Name it with --place; see `oms parked list`."
        raise Refused(Fault("--discard", discard, "One message is discarded at a time.", remedy))
    what = f"{DISCARD}{discard}" if discard else REDRIVE
    with opened(options) as shop, shop.connection() as connection:
        chosen = _chosen(_entries(shop), stream, place, in_turn=not discard)
        schema = shop.settings.log_schema
        ask(connection, [entry.place for entry in chosen], what, schema)
        answers = list[Answer]()
        try:
            with shop.engine() as engine, reopening(shop.settings) as again:
                while done := do_as_asked(engine, connection, schema, again):
                    answers += done
        except EngineRunning:
            emit(options, {"asked": len(chosen)}, _render_asked)
            return 0
        follow(shop)
        left = len(_entries(shop))
    emit(options, {"redriven": [_answer(answer) for answer in answers], "left": left}, _render_done)
    return 1 if left else 0


def _chosen(
    entries: Sequence[Waiting], stream: str, place: int | None, *, in_turn: bool
) -> list[Waiting]:
    """Return what was named.

    :raises Refused: if there is no such thing, or its turn has not come.
    """
    see = "See `oms parked list` for what there is."
    found = [e for e in entries if stream in ("", e.stream) and place in (None, e.place)]
    if stream and not found:
        rule = "No message of this stream is parked."
        raise Refused(Fault("--stream", stream, rule, see))
    if place is not None:
        if not found:
            raise Refused(Fault("--place", str(place), "No parked message has this place.", see))
        first = next(e.place for e in entries if e.stream == found[0].stream)
        if in_turn and first != place:
            rule = f"Message {first} of its stream comes before it."
            remedy = f"Redrive the stream, or discard message {first} with a reason."
            raise Refused(Fault("--place", str(place), rule, remedy))
    return found


def _answer(answer: Answer) -> Row:
    return {
        "cause_id": answer.cause_id,
        "verdict": answer.verdict,
        "events": len(answer.recorded),
        "detail": answer.detail,
    }


def _render_asked(data: dict[str, Any]) -> RenderableType:
    if not data["asked"]:
        return Text("Nothing is parked: there was nothing to do.", style="green")
    text = f"The engine that is running was asked to do it for {data['asked']} messages."
    return Text(f"{text}\nNext: `oms parked list` shows what is left.", style="green")


def _render_done(data: dict[str, Any]) -> RenderableType:
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
