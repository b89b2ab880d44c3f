"""Which topics a cell has: what is declared, as the topics that a cluster is to have.

The declaration is package data, so that an installed `oms` has it; `deploy/kafka/topics.yaml` leads
there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, NamedTuple

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, PositiveInt, ValidationError

from adapters.kafka.names import TopicNames, dead_letters

DECLARED = Path(__file__).with_name("topics.yaml")
PARTITIONS_MAX = 1_000


def _text(value: object) -> object:
    """Write a value as Kafka does; YAML has read numbers and truth out of it."""
    return str(value).lower() if isinstance(value, bool | int | float) else value


Config = Mapping[str, Annotated[str, BeforeValidator(_text)]]


class UnusableDeclaration(Exception):
    """The declaration of topics is not what it should be."""


class Topic(NamedTuple):
    """A topic; of its settings only those that are declared or were asked for."""

    name: str
    partitions: int
    config: Mapping[str, str]


class Kind(BaseModel):
    """Topics of one kind: their settings, and how many partitions the one of each name has."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    config: Config
    partitions: Mapping[str, PositiveInt]


class Declaration(BaseModel):
    """The topics of a cell, by kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    events: Kind
    state: Kind
    inbound: Kind
    outcomes: Kind
    checkpoint: Kind
    dead_letters: Kind

    def topics(self, names: TopicNames, partitions_max: int = PARTITIONS_MAX) -> tuple[Topic, ...]:
        """Return the topics of a cell, each with at most so many partitions."""
        return tuple(
            topic._replace(partitions=min(topic.partitions, partitions_max))
            for topic in self._topics(names)
        )

    def _topics(self, names: TopicNames) -> Iterator[Topic]:
        named = (
            (self.events, names.events),
            (self.state, names.state),
            (self.inbound, names.inbound),
            (self.outcomes, names.outcomes),
            (self.checkpoint, lambda _: names.checkpoint),
        )
        for kind, name_of in named:
            for name, partitions in kind.partitions.items():
                yield Topic(name_of(name), partitions, kind.config)
        letters = self.dead_letters
        for consumer, partitions in letters.partitions.items():
            for topic in self._read_by(consumer, names):
                yield Topic(dead_letters(topic, consumer), partitions, letters.config)

    def _read_by(self, consumer: str, names: TopicNames) -> list[str]:
        """Return what a consumer reads: projectors read events, the others what channels say."""
        if consumer == "projector":
            return [names.events(category) for category in self.events.partitions]
        return [names.inbound(channel) for channel in self.inbound.partitions]


def read_declaration(path: Path = DECLARED) -> Declaration:
    """Read the declaration of topics from a YAML file.

    :raises UnusableDeclaration: with every field that is wrong.
    """
    try:
        return Declaration.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UnusableDeclaration(f"{path}: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        wrongs = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise UnusableDeclaration("; ".join(wrongs)) from error
