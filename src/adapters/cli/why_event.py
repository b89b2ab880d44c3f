"""`oms why event`: what led to an event, back to the message from outside; and what it led to."""

from __future__ import annotations

from typing import Any

import msgspec
from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from adapters.cli.amounts import moment, told, when
from adapters.cli.faults import Fault, Refused
from adapters.cli.forms import shown
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, panel, titled
from adapters.cli.parsing import event_name
from adapters.cli.tracing import Link, causes
from adapters.postgres.event_queries import Events
from oms_core.kernel import Recorded
from projections.ledger import describe
from projections.narration import STORIES

EFFECTS_SHOWN = 20


def event(name: str, *, options: Common = PLAIN) -> None:
    """Explain an event: what led to it, back to a person or a channel, and what it led to.

    **Examples**

        oms why event order:web:1001#5
        oms why event stock:MUG#12 --json

    **Next:** `oms show order ID` shows the whole life of the order that it belongs to.

    Parameters
    ----------
    name
        The stream, a #, and the event's place in the stream, as `oms show order` shows it.
    """
    stream, version = event_name("name", name)
    with opened(options) as shop, shop.connection() as connection:
        events = Events(connection, shop.settings.log_schema)
        start = events.find(stream, version)
        if start is None:
            raise _unknown(name, stream, events.versions(stream))
        chain = causes(events.find, start)
        effects = events.effects(start)
    data = {
        "event": _event(start),
        "causes": [_link(link) for link in chain[1:]],
        "effects": [_event(effect) for effect in effects],
    }
    emit(options, data, lambda _: _render(start, chain, effects))


def _unknown(name: str, stream: str, versions: int) -> Refused:
    rule = f"The stream {stream!r} has {versions} events." if versions else "No such stream exists."
    remedy = f"Use {stream}#1 to {stream}#{versions}." if versions else "See `oms show orders`."
    return Refused(Fault("name", name, rule, remedy))


def tell(recorded: Recorded) -> str:
    """Say what happened, in a sentence where there is one."""
    story = STORIES.get(type(recorded.event))
    return told(story(recorded.event)) if story else describe(recorded.event)


def _event(recorded: Recorded) -> dict[str, Any]:
    return {
        "event_id": recorded.id,
        "event": type(recorded.event).__name__,
        "position": recorded.position,
        "recorded_at": when(recorded.recorded_at),
        "occurred_at": when(recorded.occurred_at),
        "actor": recorded.actor,
        "causation_id": recorded.causation_id,
        "correlation_id": recorded.correlation_id,
        "summary": tell(recorded),
        "fields": recorded.event,
    }


def _link(link: Link) -> dict[str, Any]:
    return _event(link.recorded) if link.recorded else {"message": link.name}


def _line(recorded: Recorded) -> Text:
    return Text.assemble(
        (recorded.id, "cyan"), f"  {tell(recorded)}  ", (f"by {recorded.actor}", "dim")
    )


def chain_tree(chain: list[Link]) -> Tree:
    """Draw a chain of causes, the message from outside at the root."""
    outside = chain[-1]
    first = chain[-2].recorded if len(chain) > 1 else None
    who = f" from {first.actor}" if first else ""
    tree = branch = Tree(Text.assemble(("message ", "bold"), outside.name, (who, "yellow")))
    for link in reversed(chain[:-1]):
        if link.recorded is not None:
            branch = branch.add(_line(link.recorded))
    return tree


def _render(start: Recorded, chain: list[Link], effects: list[Recorded]) -> RenderableType:
    fields = [
        Text.assemble((f"{name}: ", "dim"), shown(msgspec.to_builtins(getattr(start.event, name))))
        for name in start.event.__struct_fields__
    ]
    times = f"occurred {moment(start.occurred_at)}, recorded {moment(start.recorded_at)} UTC"
    place = f"position {start.position:,} in the log; {times}; by {start.actor}"
    parts: list[RenderableType] = [
        panel(
            f"{start.id} {type(start.event).__name__}", [Text(tell(start), "bold"), place, *fields]
        ),
        titled("What led to it", chain_tree(chain)),
    ]
    if effects:
        tree = Tree(_line(start))
        for effect in effects[:EFFECTS_SHOWN]:
            tree.add(_line(effect))
        if more := len(effects) - EFFECTS_SHOWN:
            tree.add(f"and {more} more") if more > 0 else None
        parts.append(titled("What it led to", tree))
    return Group(*parts)
