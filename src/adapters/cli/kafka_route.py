"""`oms kafka route`: messages of shared topics to the cells that they belong to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import RenderableType

from adapters.cli.amounts import whole
from adapters.cli.faults import Fault, Refused
from adapters.cli.opening import settings_of
from adapters.cli.output import PLAIN, Common, emit, panel
from adapters.clock import system_clock
from adapters.kafka.cells import CellTable, UnusableTable, read_table
from adapters.kafka.router import Router, asking
from adapters.serving import stopping, write_json_lines
from adapters.settings import Settings, UnusableSetting
from adapters.telemetry import Told, telemetry

MICROS = 1_000_000

NO_KAFKA = Fault(
    "OMS_KAFKA_BOOTSTRAP",
    "",
    "No Kafka is named.",
    "Set OMS_KAFKA_BOOTSTRAP to the brokers, as host:port; `make kafka-up` starts one here.",
)


def route(
    table: Path,
    *,
    channel: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    once: Annotated[bool, Parameter(negative="")] = False,
    options: Common = PLAIN,
) -> None:
    """Hand the messages of the shared inbound topics to the cells that their markets belong to.

    The table says which market belongs to which cell. A message names its market in the header
    `ce_market`; one that no cell takes goes to the dead letters of its topic, with the reason. Each
    message is handed on exactly once, in the order of its key. Start as many routers as you like.

    **Examples**

        oms kafka route deploy/kafka/cells.yaml --channel web --channel marketplace

    **Next:** run an engine for each cell: `OMS_KAFKA_PREFIX=oms.eu OMS_DSN=... oms run`.

    Parameters
    ----------
    table
        A YAML file with the cells, and the cell of each market.
    channel
        A channel whose messages to route; may be repeated.
    once
        End when nothing more has come for a moment.

    """
    settings = settings_of(options)
    if not settings.kafka_bootstrap:
        raise Refused(NO_KAFKA)
    if not channel:
        raise Refused(Fault("channel", "", "No channel is named.", "Name each with --channel."))
    cells = _read(table)
    write_json_lines()
    routed = 0
    with stopping() as stop, _told(settings) as told:
        router = Router(settings, cells, channel, asking(cells))
        try:
            while not stop.is_set():
                began = system_clock()
                count = router.turn()
                if count:
                    told.batch(count, (system_clock() - began) / MICROS)
                told.beat(ready=True)
                routed += count
                if once and routed and not count:
                    break
        finally:
            router.close()
    emit(options, {"routed": routed}, _render)


@contextmanager
def _told(settings: Settings) -> Iterator[Told]:
    try:
        with telemetry(settings, "route") as told:
            yield told
    except UnusableSetting as error:
        raise Refused(Fault(error.field, error.value, error.rule, error.remedy)) from None


def _read(path: Path) -> CellTable:
    try:
        return read_table(path)
    except UnusableTable as error:
        remedy = "See deploy/kafka/cells.yaml for a table with every field."
        raise Refused(Fault("table", str(path), str(error), remedy)) from None


def _render(data: dict[str, Any]) -> RenderableType:
    return panel("Stopped", [f"{whole(data['routed'])} messages were handed on."])
