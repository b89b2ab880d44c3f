"""`oms subscribe`: the documents of a read model as they change, from its state topic."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Annotated, Any

from confluent_kafka import KafkaException
from confluent_kafka.error import ConsumeError
from confluent_kafka.serialization import SerializationError
from cyclopts import Parameter
from rich.text import Text

from adapters.cli.faults import Failed, Fault, Refused
from adapters.cli.kafka_route import NO_KAFKA
from adapters.cli.opening import settings_of
from adapters.cli.output import PLAIN, Common, console, plain
from adapters.cli.rebuilding import views_named
from adapters.cli.relaying import NO_REGISTRY
from adapters.kafka.names import TopicNames
from adapters.kafka.subscription import Change, NoSuchTopic, changes
from adapters.serving import stopping, write_json_lines

UNSET: tuple[Any, ...] = (None, "", 0, False, [], {})


def subscribe(
    view: str,
    *,
    from_beginning: Annotated[bool, Parameter(negative="")] = False,
    once: Annotated[bool, Parameter(negative="")] = False,
    options: Common = PLAIN,
) -> None:
    """Print the documents of a read model as they change, until Ctrl-C or SIGTERM.

    It reads the state topic of the read model, as any team can with its own tools: the code behind
    it (`adapters/kafka/subscription.py`) uses nothing of ours. Each change is a line; with `--json`
    it is a JSON object with `key`, `position` and `document`, which is null for what is gone.

    **Examples**

        oms subscribe orders
        oms subscribe inventory_network --from-beginning --once
        oms subscribe customers --from-beginning --json | jq .document

    **Next:** `oms publish` is what fills the state topics.

    Parameters
    ----------
    view
        The name of a read model.
    from_beginning
        Begin with every document as it is, before what changes.
    once
        End when everything that is on the topic has been printed.
    """
    settings = settings_of(options)
    views_named("view", [view])
    if not settings.kafka_bootstrap or not settings.kafka_registry:
        raise Refused(NO_REGISTRY if settings.kafka_bootstrap else NO_KAFKA)
    topic = TopicNames(settings.kafka_prefix).state(view)
    show = _as_json if options.json else _as_text()
    write_json_lines()
    with stopping() as stop:
        try:
            for change in changes(settings, topic, stop, from_beginning=from_beginning, once=once):
                show(change)
        except NoSuchTopic:
            remedy = "Run `oms kafka topics apply`, then `oms publish`."
            raise Failed(Fault("topic", topic, "There is no such topic.", remedy)) from None
        except (KafkaException, ConsumeError) as error:
            rule = f"Kafka does not answer as it should: {error.args[0]}."
            remedy = "Check that the brokers run, and subscribe again."
            broker = settings.kafka_bootstrap
            raise Failed(Fault("OMS_KAFKA_BOOTSTRAP", broker, rule, remedy)) from None
        except SerializationError as error:
            remedy = "Check that OMS_KAFKA_REGISTRY is the registry that the publisher uses."
            raise Failed(Fault("document", topic, str(error), remedy)) from None


def _as_json(change: Change) -> None:
    sys.stdout.write(json.dumps(plain(change), ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _as_text() -> Callable[[Change], None]:
    """Return what prints a line: the key, then the fields that say something."""
    screen = console()

    def show(change: Change) -> None:
        line = Text.assemble((change.key, "bold cyan"), "  ")
        if change.document is None:
            line.append("gone", "red")
        else:
            line.append("  ".join(_field(*pair) for pair in change.document.items() if _says(pair)))
        screen.print(line, soft_wrap=True)

    return show


def _says(pair: tuple[str, Any]) -> bool:
    return pair[1] not in UNSET


def _field(name: str, value: Any) -> str:
    shown = value if isinstance(value, str) else json.dumps(plain(value), ensure_ascii=False)
    return f"{name}={shown}"
