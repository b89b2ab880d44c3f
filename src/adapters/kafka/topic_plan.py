"""From the topics that a cluster has to those that are declared: a plan first, then the deed.

What is not declared is left alone: topics of others, and settings that somebody has made. Nothing
is ever deleted, and no topic gets more partitions: every topic has keys, and they would move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from enum import StrEnum
from threading import Event as Flag
from typing import Any, NamedTuple

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
    TopicMetadata,
)
from confluent_kafka.cimpl import NewTopic

from adapters.clock import system_clock
from adapters.kafka import configuration
from adapters.kafka.topics import Topic
from adapters.settings import Settings

ASK_SECONDS = 30.0
POLL_SECONDS = 0.05
REPLICATION = -1
"""As many copies as the brokers make by themselves."""


class Action(StrEnum):
    """What is to be done about a topic."""

    CREATE = "create"
    CONFIGURE = "configure"
    REFUSE = "refuse"
    KEEP = "keep"


class Step(NamedTuple):
    """One thing to be done: the topic as it is to be, and of its settings those that change."""

    action: Action
    topic: str
    partitions: int
    becomes: Mapping[str, str]
    was: Mapping[str, str]
    why: str = ""


class TopicsRefused(Exception):
    """The cluster does not answer, or does not do what it is asked."""


def plan(wanted: Iterable[Topic], found: Mapping[str, Topic]) -> tuple[Step, ...]:
    """Return what leads from the topics found to those wanted, in the order of these."""
    return tuple(step for topic in wanted for step in _steps(topic, found.get(topic.name)))


def _steps(wanted: Topic, found: Topic | None) -> Iterator[Step]:
    if found is None:
        yield Step(Action.CREATE, wanted.name, wanted.partitions, wanted.config, {})
        return
    changed = {k: v for k, v in wanted.config.items() if found.config.get(k) != v}
    if found.partitions != wanted.partitions:
        why = (
            f"It has {found.partitions} partitions, {wanted.partitions} are declared. Its keys "
            "would move to other partitions, so that what is in order would no longer be."
        )
        yield Step(Action.REFUSE, wanted.name, found.partitions, {}, {}, why)
    if changed:
        was = {name: found.config.get(name, "") for name in changed}
        yield Step(Action.CONFIGURE, wanted.name, found.partitions, changed, was)
    if not changed and found.partitions == wanted.partitions:
        yield Step(Action.KEEP, wanted.name, wanted.partitions, {}, {})


class TopicAdmin:
    """What looks after the topics of a cluster."""

    def __init__(self, settings: Settings) -> None:
        """Know the cluster; nothing is asked yet."""
        self._admin = AdminClient(configuration.connection(settings))

    def names(self) -> frozenset[str]:
        """Return the names of all topics.

        :raises TopicsRefused: if no broker answers.
        """
        return frozenset(self._there())

    def found(self, wanted: Sequence[Topic]) -> Mapping[str, Topic]:
        """Return those of the topics that are there, by name, with the settings that are wanted.

        :raises TopicsRefused: if the cluster does not answer.
        """
        there = self._there()
        asked = [t for t in wanted if t.name in there]
        try:
            resources = [ConfigResource(ResourceType.TOPIC, t.name) for t in asked]
            futures = self._admin.describe_configs(resources) if resources else {}
            configs = {at.name: future.result(ASK_SECONDS) for at, future in futures.items()}
        except (KafkaException, TimeoutError) as error:
            raise TopicsRefused(_told(error)) from error
        return {
            t.name: Topic(
                t.name,
                len(there[t.name].partitions),
                {k: configs[t.name][k].value for k in t.config if k in configs[t.name]},
            )
            for t in asked
        }

    def apply(self, steps: Iterable[Step]) -> None:
        """Create and configure as planned; what is refused is left as it is.

        A topic that somebody else creates at the same time is taken as it is.

        :raises TopicsRefused: if the cluster does not do it.
        """
        steps = tuple(steps)
        self._create([step for step in steps if step.action is Action.CREATE])
        self._configure([step for step in steps if step.action is Action.CONFIGURE])

    def delete(self, names: Sequence[str]) -> None:
        """Delete topics with all that is in them: for the cells of tests.

        :raises TopicsRefused: if the cluster does not do it.
        """
        gone = KafkaError.UNKNOWN_TOPIC_OR_PART
        _await(self._admin.delete_topics(list(names)), fine=gone)
        self._watch(lambda there: not any(name in there for name in names))

    def _create(self, steps: Sequence[Step]) -> None:
        if steps:
            new = [
                NewTopic(s.topic, s.partitions, REPLICATION, config=dict(s.becomes)) for s in steps
            ]
            made = self._admin.create_topics(new, operation_timeout=ASK_SECONDS)
            _await(made, fine=KafkaError.TOPIC_ALREADY_EXISTS)
            self._watch(lambda there: all(_is_led(there.get(s.topic)) for s in steps))

    def _configure(self, steps: Sequence[Step]) -> None:
        if steps:
            setting = AlterConfigOpType.SET
            resources = [
                ConfigResource(
                    ResourceType.TOPIC,
                    step.topic,
                    incremental_configs=[
                        ConfigEntry(name, value, incremental_operation=setting)
                        for name, value in step.becomes.items()
                    ],
                )
                for step in steps
            ]
            _await(self._admin.incremental_alter_configs(resources))

    def _watch(self, seen: Callable[[Mapping[str, TopicMetadata]], bool]) -> None:
        """Wait until the brokers show what the controller has done: they learn of it later.

        :raises TopicsRefused: if they do not.
        """
        until = system_clock() + int(ASK_SECONDS * 1_000_000)
        while not seen(self._there()):
            if system_clock() > until:
                raise TopicsRefused(f"brokers do not show after {ASK_SECONDS:.0f} s what was done")
            Flag().wait(POLL_SECONDS)

    def _there(self) -> Mapping[str, TopicMetadata]:
        try:
            return self._admin.list_topics(timeout=ASK_SECONDS).topics
        except KafkaException as error:
            raise TopicsRefused(_told(error)) from error


def _is_led(topic: TopicMetadata | None) -> bool:
    """Say whether every partition of a topic can be written to."""
    return topic is not None and all(p.leader >= 0 for p in topic.partitions.values())


def _await(futures: Mapping[Any, Future[Any]], fine: int | None = None) -> None:
    """Wait until everything is done.

    :raises TopicsRefused: with the first thing that is not.
    """
    for asked, future in futures.items():
        try:
            future.result(ASK_SECONDS)
        except (KafkaException, TimeoutError) as error:
            if not isinstance(error, KafkaException) or error.args[0].code() != fine:
                raise TopicsRefused(f"{asked}: {_told(error)}") from error


def _told(error: KafkaException | TimeoutError) -> str:
    if isinstance(error, KafkaException):
        return str(error.args[0].str())
    return f"no answer within {ASK_SECONDS:.0f} s"
