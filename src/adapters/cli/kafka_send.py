"""`oms kafka send`, `simulate`, `import`: publish to the inbound topics, as channels do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from confluent_kafka import KafkaException
from cyclopts import Parameter
from rich.console import RenderableType

from adapters.cli.amounts import whole
from adapters.cli.faults import Failed, Fault, Refused
from adapters.cli.importing import mapping_of
from adapters.cli.kafka_route import NO_KAFKA
from adapters.cli.opening import settings_of
from adapters.cli.output import PLAIN, Common, Options, emit, panel
from adapters.cli.parsing import positive
from adapters.cli.sending import read_documents
from adapters.clock import system_clock
from adapters.intake.fault import MissingColumn, UnreadableFile
from adapters.intake.forms import Unfit, fill_in, shown
from adapters.intake.inbound import MESSAGES, Inbound
from adapters.intake.publishing import causes_of
from adapters.intake.retelling import channel_of, message_of
from adapters.kafka.publishing import Publisher
from adapters.kafka.registry import ConfluentRegistry, RegistryError
from adapters.simulation.saying import sayings
from oms_core.engine.cause import Cause

KINDS = {kind.__name__: kind for kind in MESSAGES}
CONTRACT = "schemas/inbound.avsc"


def send(file: str = "-", *, channel: str, options: Common = PLAIN) -> None:
    """Publish messages, written as JSON, to the inbound topic of a channel.

    Each message is an object with its name in the field `message` and its other fields as
    schemas/inbound.avsc has them. Every field that does not fit is named, and then nothing is sent.

    **Examples**

        echo '{"message": "CancelOrder", "external_ref": "1001"}' | oms kafka send --channel web
        oms kafka send orders.jsonl --channel marketplace

    **Next:** the outcome of each message is published to the channel's outcome topic.

    Parameters
    ----------
    file
        A file of JSON or JSON Lines; `-` reads the input.
    channel
        The channel that speaks.
    """
    messages = [*_messages(read_documents(file))]
    now = system_clock()
    with _publishing(options) as publisher:
        for message in messages:
            publisher.publish(channel, message, now)
    emit(options, {"published": len(messages), "left_out": {}}, _render)


def simulate(*, orders: int = 1_000, seed: int = 1, options: Common = PLAIN) -> None:
    """Publish what the channels and partners of a simulated world say.

    Orders, cancellations, payment notices, receipts and counts are published; what people of the
    shop itself say, such as that a parcel has left, has no place in these topics and is counted.

    **Examples**

        oms kafka simulate --orders 1000 --seed 7

    **Next:** `oms run` takes it in, if OMS_CHANNELS names web, marketplace, till, callcentre, edi.

    Parameters
    ----------
    orders
        How many orders arrive.
    seed
        Which world: each number is another one.
    """
    positive("--orders", orders)
    _publish(options, sayings(seed, orders))


def import_file(
    file: Path,
    *,
    mapping: Annotated[Path, Parameter(name=["--mapping", "-m"])],
    options: Common = PLAIN,
) -> None:
    """Publish the orders of a CSV, JSON Lines or Parquet file, with their supply and returns.

    The channel is the mapping's. Units that the file takes back are given up line by line: nobody
    has said that they were sent. Documents that are no orders are left out, as `oms import` tells.

    **Examples**

        oms kafka import lines.csv --mapping mapping.toml

    **Next:** `OMS_CHANNELS=retail,edi oms run` takes in what was published for those channels.

    Parameters
    ----------
    file
        The file: .csv, .jsonl or .parquet, one row for each order line.
    mapping
        A TOML file that says which column is what.
    """
    rules = mapping_of(mapping)
    try:
        _publish(options, causes_of(file, rules))
    except (UnreadableFile, MissingColumn) as error:
        fault = Fault("file", str(file), f"{error.detail} ({error.code})", error.remedy)
        raise Refused(fault) from None


def _publish(options: Options, causes: Iterable[Cause]) -> None:
    """Publish all that a channel or a partner can say, and count the rest."""
    published, left_out = 0, Counter[str]()
    with _publishing(options) as publisher:
        for cause in causes:
            message = message_of(cause.command)
            if message is None:
                left_out[type(cause.command).__name__] += 1
                continue
            channel = channel_of(cause.command)
            publisher.publish(channel, message, cause.occurred_at or None, cause.cause_id)
            published += 1
    emit(options, {"published": published, "left_out": dict(left_out)}, _render)


@contextmanager
def _publishing(options: Options) -> Iterator[Publisher]:
    """Open a publisher, and wait at the end until the brokers have everything.

    :raises Failed: if the brokers or the registry do not take it.
    """
    settings = settings_of(options)
    if not settings.kafka_bootstrap:
        raise Refused(NO_KAFKA)
    try:
        publisher = Publisher(settings, ConfluentRegistry(settings))
        yield publisher
        publisher.flush()
    except KafkaException as error:
        rule = f"Kafka says: {error.args[0].str()}."
        remedy = "See that the brokers run and that the topics were made, and publish it again."
        raise Failed(Fault("kafka", settings.kafka_bootstrap, rule, remedy)) from None
    except RegistryError as error:
        raise Failed(Fault("registry", error.subject, error.rule, error.remedy)) from None


def _messages(documents: Iterable[Any]) -> Iterator[Inbound]:
    """Make messages of documents.

    :raises Refused: with everything that is wrong with any of them.
    """
    made, faults = list[Any](), list[Fault]()
    for number, document in enumerate(documents, 1):
        fields = dict(document) if isinstance(document, dict) else {}
        kind = KINDS.get(str(fields.pop("message", "")))
        if kind is None:
            rule = "A message is an object whose field `message` is its name."
            remedy = f"Use one of {', '.join(KINDS)}."
            faults.append(Fault(f"{number}: message", shown(document), rule, remedy))
            continue
        try:
            made.append(fill_in(kind, fields, CONTRACT))
        except Unfit as unfit:
            faults += [Fault(f"{number}: {m.field}", *m[1:]) for m in unfit.misfits]
    if faults:
        raise Refused(*faults)
    yield from made


def _render(data: dict[str, Any]) -> RenderableType:
    lines = [f"{whole(data['published'])} messages were published."]
    if data["left_out"]:
        names = ", ".join(f"{whole(n)} {name}" for name, n in sorted(data["left_out"].items()))
        lines.append(f"Left out, because no channel can say it: {names}.")
    return panel("Published", lines, style="green")
