"""`oms relay`: from the log to Kafka; `oms kafka republish`: again, for one that lost some."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import RenderableType

from adapters.bootstrap import Shop
from adapters.cli.amounts import whole
from adapters.cli.faults import Failed, Fault, Refused
from adapters.cli.kafka_route import NO_KAFKA
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, Options, emit, panel
from adapters.cli.rebuilding import counting
from adapters.kafka.registry import RegistryError
from adapters.kafka.resumption import Restart, Unpublishable
from adapters.kafka.transactions import Interrupted, Oversized, Superseded
from adapters.outflow import run_relay
from adapters.postgres.lease import StoodBy
from adapters.serving import stopping, write_json_lines

NO_REGISTRY = Fault(
    "OMS_KAFKA_REGISTRY",
    "",
    "No schema registry is named.",
    "Set OMS_KAFKA_REGISTRY to its URL; `make kafka-up` starts one here.",
)


def relay(
    *,
    once: Annotated[bool, Parameter(negative="")] = False,
    standby: Annotated[bool, Parameter(negative="")] = False,
    options: Common = PLAIN,
) -> None:
    r"""Publish the log to Kafka: every event in order, exactly once, and the answers to channels.

    It runs until Ctrl-C or SIGTERM. How far it has published is kept in Kafka, in the transaction
    of what was published: a killed relay goes on where it was, and an emptied cluster is filled
    again by itself. Consumers read committed records (`isolation.level=read_committed`). One relay
    runs at a time; with `--standby` this one waits, and takes over when the other ends, dies or
    stands still. While the broker is away it waits and tries again; nothing is lost.

    **Examples**

        oms relay
        oms relay --once
        oms relay --standby 2>> relay.log &

    **Next:** `kcat -C -t oms.order.events.v1 -f '%k %h\n'` shows keys and headers.

    Parameters
    ----------
    once
        Publish what there is, and end.
    standby
        Wait while another relay runs, and take over from it.
    """
    write_json_lines()
    with publishing(options) as shop:
        published = 0
        with stopping() as stop, suppress(StoodBy), ExitStack() as stack:
            tell = stack.enter_context(_counting(shop)) if once else _silent
            published = run_relay(shop, stop, once=once, standby=standby, tell=tell)
    emit(options, {"published": published}, _render)


def republish(
    *,
    from_: Annotated[int, Parameter(name="--from")],
    force: Annotated[bool, Parameter(negative="")] = False,
    options: Common = PLAIN,
) -> None:
    """Publish the log again from a position on, to a cluster that lost part of its topics.

    An emptied cluster needs no command: `oms relay` fills it. Topics that have later positions
    already would get them twice; that is refused unless it is meant. Consumers of ours drop what
    has a position that they know. Letters to channels are not published again.

    **Examples**

        oms kafka republish --from 1200
        oms kafka republish --from 1 --force

    **Next:** `oms relay` publishes what comes.

    Parameters
    ----------
    from_
        The first position to publish.
    force
        Repeat into topics that have later positions.
    """
    write_json_lines()
    restart = Restart(from_, force)
    with publishing(options) as shop, stopping() as stop, _counting(shop) as tell:
        published = run_relay(shop, stop, once=True, restart=restart, tell=tell)
    emit(options, {"published": published}, _render)


@contextmanager
def publishing(options: Options) -> Iterator[Shop]:
    """Open the shop to publish from it, with what can go wrong said in words.

    :raises Refused: if no Kafka is named, or the log and the cluster do not fit together.
    :raises Failed: if the broker or the registry cannot be reached, or a later process publishes.
    """
    with opened(options) as shop:
        settings = shop.settings
        if not settings.kafka_bootstrap or not settings.kafka_registry:
            raise Refused(NO_REGISTRY if settings.kafka_bootstrap else NO_KAFKA)
        try:
            yield shop
        except Unpublishable as error:
            raise Failed(Fault("kafka", error.code, error.rule, error.remedy)) from None
        except RegistryError as error:
            raise Failed(Fault("registry", error.subject, error.rule, error.remedy)) from None
        except Interrupted as error:
            rule = f"Kafka does not answer as it should: {error}."
            remedy = "Check that the brokers run, then start again: nothing is lost."
            raise Failed(
                Fault("OMS_KAFKA_BOOTSTRAP", settings.kafka_bootstrap, rule, remedy)
            ) from None
        except (Superseded, Oversized) as error:
            rule, _, remedy = str(error).partition(". ")
            raise Failed(Fault("kafka", "", f"{rule}.", remedy)) from None


def _counting(shop: Shop) -> AbstractContextManager[Callable[[int], None]]:
    with shop.log() as log:
        return counting("Publishing", log.head())


def _silent(position: int) -> None:
    del position


def _render(data: dict[str, Any]) -> RenderableType:
    return panel("Stopped", [f"{whole(data['published'])} messages were published."])
