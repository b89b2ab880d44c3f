"""What is done to them, and how they come back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from time import sleep

from tests.crashes.cast import Actor
from tests.support.kafka.cluster import Cluster
from tests.support.postgres import Server

FROZEN_SECONDS = (4.0, 7.0)
"""Longer than a lease's patience and a group's session, as they are set here."""

DEAD_SECONDS = (0.0, 1.5)


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that can be hurt."""

    actors: Sequence[Actor]
    cluster: Cluster
    server: Server
    random: Random

    def one(self, role: str) -> Actor:
        """Choose one of those that do the same."""
        return self.random.choice([actor for actor in self.actors if actor.role == role])

    def pause(self, between: tuple[float, float]) -> None:
        """Let a random time go by."""
        sleep(self.random.uniform(*between))


def killing(role: str) -> Callable[[Stage], None]:
    """Kill a process of ours."""

    def kill(stage: Stage) -> None:
        actor = stage.one(role)
        actor.kill()
        stage.pause(DEAD_SECONDS)
        actor.begin_again()

    return kill


def freezing(role: str) -> Callable[[Stage], None]:
    """Let a process of ours stand still until another has taken over, and then go on."""

    def freeze(stage: Stage) -> None:
        actor = stage.one(role)
        if not actor.has_ended:
            actor.command.freeze()
            stage.pause(FROZEN_SECONDS)
            actor.command.thaw()

    return freeze


def kill_broker(stage: Stage) -> None:
    """Kill one of the brokers; the others go on."""
    node = stage.cluster.nodes[stage.random.choice(list(stage.cluster.nodes))]
    node.kill()
    stage.pause(DEAD_SECONDS)
    node.start()
    stage.cluster.await_whole()


def kill_postgres(stage: Stage) -> None:
    """Kill the database under everybody."""
    stage.server.kill()
    stage.pause(DEAD_SECONDS)
    stage.server.start()


MISCHIEF: Sequence[tuple[str, Callable[[Stage], None], int]] = (
    ("SIGKILL engine", killing("engine"), 5),
    ("SIGKILL relay", killing("relay"), 5),
    ("SIGKILL projector", killing("projector"), 5),
    ("SIGKILL publisher", killing("publisher"), 2),
    ("SIGKILL broker", kill_broker, 3),
    ("SIGKILL PostgreSQL", kill_postgres, 3),
    ("SIGSTOP engine", freezing("engine"), 3),
    ("SIGSTOP relay", freezing("relay"), 3),
    ("SIGSTOP projector", freezing("projector"), 3),
    ("SIGSTOP publisher", freezing("publisher"), 1),
)
"""What can be done, and how often it is, in relation to the rest."""
