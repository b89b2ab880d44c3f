"""`oms run`: the shop at work, until it is asked to stop."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import RenderableType

from adapters.cli.amounts import whole
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, panel
from adapters.inflow import Batch
from adapters.postgres.inbox import Inbox
from adapters.postgres.lease import StoodBy
from adapters.running import Opening, run_shop
from adapters.serving import stopping, write_json_lines
from adapters.settings import Settings


class Taking:
    """What other processes send, as something that the loop takes in."""

    def __init__(self, inbox: Inbox) -> None:
        """Take from an inbox."""
        self._inbox = inbox

    def batch(self) -> Batch | None:
        """Return what waits in the inbox."""
        causes = self._inbox.take()
        return Batch(causes) if causes else None

    def rewind(self) -> None:
        """Do nothing: what was handled twice has changed nothing the second time."""


def run(
    *,
    standby: Annotated[bool, Parameter(negative="")] = False,
    options: Common = PLAIN,
) -> None:
    """Keep the shop running: payments, deadlines and read models, and what `oms send` hands in.

    It runs until Ctrl-C or SIGTERM, finishes what it has begun, and loses nothing when it is
    killed. Each message is one line of JSON beside the output. Only one engine runs at a time; with
    `--standby` this one waits, and takes over when the other ends, dies or stands still. The
    payment provider is a simulated one, unless OMS_STRIPE_KEY is set.

    With OMS_KAFKA_BOOTSTRAP it takes in what the channels of OMS_CHANNELS publish, and leaves the
    read models to `oms project`.

    **Examples**

        oms run
        oms run --standby
        oms run 2>> oms.log &

    **Next:** in another terminal, `oms send order.json` hands in an order, `oms status` shows the
    engine at work, `oms boards` what it did.

    Parameters
    ----------
    standby
        Wait while another engine runs, and take over from it.
    """
    write_json_lines()
    with opened(options) as shop, stopping() as stop, shop.connection() as connection:
        with shop.log() as log:
            before = log.head()
        inbound = [Taking(Inbox(connection, shop.settings.log_schema))]
        with suppress(StoodBy):
            run_shop(shop, stop, inbound, standby=standby, opening=_opening(shop.settings))
        with shop.log() as log:
            data = {"events_before": before, "events": log.head()}
    emit(options, data, _render)


def _opening(settings: Settings) -> Opening | None:
    """Return what opens the channels that publish by Kafka, if it is used."""
    if not settings.kafka_bootstrap:
        return None
    from adapters.receiving import receiving  # noqa: PLC0415  (Kafka's client may not be there)

    return receiving(settings)


def _render(data: dict[str, Any]) -> RenderableType:
    added = whole(data["events"] - data["events_before"])
    return panel("Stopped", [f"{added} events were added; there are {whole(data['events'])}."])
