"""`oms kafka topics`: what is declared, and what a cluster has of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import RenderableType
from rich.text import Text

from adapters.cli.faults import Failed, Fault, Refused
from adapters.cli.kafka_route import NO_KAFKA
from adapters.cli.opening import settings_of
from adapters.cli.output import PLAIN, Common, Options, emit, table, titled
from adapters.kafka.names import TopicNames
from adapters.kafka.topic_plan import Action, Step, TopicAdmin, TopicsRefused, plan
from adapters.kafka.topics import UnusableDeclaration, read_declaration

Declared = Annotated[Path | None, Parameter(name="--topics")]

STYLES = {
    Action.CREATE: "green",
    Action.CONFIGURE: "yellow",
    Action.REFUSE: "red",
    Action.KEEP: "dim",
}
REPARTITION = (
    "Declare the number that there is (copy deploy/kafka/topics.yaml, and name it with --topics). "
    "To change it, stop everything, delete the topic and apply: for events, `oms relay` fills an "
    "emptied cluster from the log."
)


def show(*, topics: Declared = None, options: Common = PLAIN) -> None:
    """Compare the topics of a cluster with those that are declared, and change nothing.

    Each topic that is declared is to be created, configured, or kept as it is; one with another
    number of partitions is refused. What is not declared is left alone.

    **Examples**

        oms kafka topics plan
        OMS_KAFKA_PREFIX=oms.eu oms kafka topics plan --json

    **Next:** `oms kafka topics apply` does what is planned.

    Parameters
    ----------
    topics
        A declaration to use in the place of our own (`deploy/kafka/topics.yaml`).
    """
    _run(options, topics, done=False)


def apply(*, topics: Declared = None, options: Common = PLAIN) -> None:
    """Create the topics that are declared and missing, and give each the settings declared.

    It may be run at every deployment, before the new version starts: what is as it should be stays
    so. Nothing is deleted, and no topic gets more partitions, for its keys would move; such a topic
    is named, the others are seen to, and the exit code is 1.

    **Examples**

        oms kafka topics apply
        OMS_KAFKA_PREFIX=oms.eu oms kafka topics apply

    **Next:** `oms kafka schemas register`, then `oms relay`.

    Parameters
    ----------
    topics
        A declaration to use in the place of our own (`deploy/kafka/topics.yaml`).
    """
    refused = _run(options, topics, done=True)
    if refused:
        raise Failed(
            *(Fault(s.topic, f"{s.partitions} partitions", s.why, REPARTITION) for s in refused)
        )


def _run(options: Options, path: Path | None, *, done: bool) -> list[Step]:
    """Plan, do it if it is to be done, show it, and return what is refused."""
    settings = settings_of(options)
    if not settings.kafka_bootstrap:
        raise Refused(NO_KAFKA)
    prefix = settings.kafka_prefix
    try:
        declared = (read_declaration(path) if path else read_declaration()).topics(
            TopicNames(prefix)
        )
        admin = TopicAdmin(settings)
        steps = plan(declared, admin.found(declared))
        if done:
            admin.apply(steps)
        ours = {topic.name for topic in declared}
        others = sorted(n for n in admin.names() - ours if n.startswith(f"{prefix}."))
    except UnusableDeclaration as error:
        remedy = "See deploy/kafka/topics.yaml for a declaration with every field."
        raise Refused(Fault("topics", str(path), str(error), remedy)) from None
    except TopicsRefused as error:
        rule = f"Kafka says: {error}."
        remedy = "Check that the brokers run and that we may do this there, then try again."
        raise Failed(Fault("OMS_KAFKA_BOOTSTRAP", settings.kafka_bootstrap, rule, remedy)) from None
    data = {"prefix": prefix, "done": done, "steps": steps, "left_alone": others}
    if not (done and options.json and any(step.action is Action.REFUSE for step in steps)):
        emit(options, data, _render)
    return [step for step in steps if step.action is Action.REFUSE]


def _render(data: dict[str, Any]) -> RenderableType:
    steps: tuple[Step, ...] = data["steps"]
    made = table("topic", ">partitions", "action", "settings")
    for step in steps:
        if step.action is not Action.KEEP:
            action = Text(step.action.value, STYLES[step.action])
            made.add_row(step.topic, str(step.partitions), action, step.why or _settings(step))
    counts = Counter(step.action for step in steps)
    told = ", ".join(f"{counts[action]} {action.value}" for action in Action if counts[action])
    caption = (
        f"\n{len(data['left_alone'])} other topics begin with {data['prefix']}. and are left alone."
    )
    if counts[Action.KEEP] == len(steps):
        caption += "\nEverything is as declared. Next: `oms kafka schemas register`."
        return Text(f"Topics: {told}{caption}")
    caption += (
        f"\nNext: {'`oms kafka schemas register`' if data['done'] else '`oms kafka topics apply`'}."
    )
    return titled(f"Topics {'applied' if data['done'] else 'planned'}: {told}", made, caption)


def _settings(step: Step) -> str:
    if step.action is Action.CREATE:
        return ", ".join(f"{name}={value}" for name, value in step.becomes.items())
    return ", ".join(f"{name}: {step.was[name]} → {to}" for name, to in step.becomes.items())
