"""`oms project`: read models kept up to date from Kafka."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import RenderableType

from adapters.cli.amounts import whole
from adapters.cli.faults import Failed, Fault, Refused
from adapters.cli.kafka_route import NO_KAFKA
from adapters.cli.opening import opened, settings_of
from adapters.cli.output import PLAIN, Common, emit, panel, progress
from adapters.cli.rebuilding import views_named
from adapters.kafka.merged import Gap
from adapters.postgres.bookmarks import Fenced, Outgrown
from adapters.projecting import project as keep_projecting
from adapters.serving import stopping, write_json_lines


def project(
    *views: str,
    name: str = "main",
    once: Annotated[bool, Parameter(negative="")] = False,
    options: Common = PLAIN,
) -> None:
    """Keep read models up to date from the event topics, until Ctrl-C or SIGTERM.

    Start as many processes as you like. Read models of which each row comes from one stream are
    shared by partition; the others are kept by one process, and the rest stand by. Whenever one is
    killed or stopped, nothing is lost or doubled. Messages that cannot be read are shown on the
    dead-letter topics, and stop nothing but their own stream.

    **Examples**

        oms project
        oms project orders customers --once
        oms project 2>> projector.log &

    **Next:** `oms status` shows how far each read model is behind.

    Parameters
    ----------
    views
        Names of read models; all of them, if none is named.
    name
        Processes of one name share the work. A read model belongs to one name.
    once
        End when everything that is on the topics now has been taken in, as far as it is ours: what
        another process holds, or held until it died a moment ago, is that one's.
    """
    if not settings_of(options).kafka_bootstrap:
        raise Refused(NO_KAFKA)
    chosen = views_named("view", views)
    write_json_lines()
    with opened(options) as shop, stopping() as stop, progress() as bars:
        task = bars.add_task("Reading the topics", total=None, visible=once)
        try:
            taken = keep_projecting(
                shop,
                stop,
                chosen,
                name,
                once=once,
                progress=lambda done, total: bars.update(task, completed=done, total=total),
            )
        except (Outgrown, Fenced, Gap) as error:
            raise Failed(_fault(error)) from None
    emit(options, {"messages": taken, "views": [view.name for view in chosen]}, _render)


def _fault(error: Exception) -> Fault:
    match error:
        case Outgrown():
            remedy = "Run `oms rebuild`: it works the view out again from the log."
        case Gap():
            remedy = "See that the relay runs, and try again; what it has not published may come."
        case _:
            remedy = "Let one projector keep the view: stop the other, then try again."
    return Fault("view", "", str(error), remedy)


def _render(data: dict[str, Any]) -> RenderableType:
    return panel("Stopped", [f"{whole(data['messages'])} messages were taken in."])
