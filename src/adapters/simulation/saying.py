"""What the people and partners of a simulated world say, for others to take in.

The world lives on a shop in memory. What it says that has a place in the contract of the inbound
topics can be published; those who work in the shop itself (warehouse, office) have other ways in.
Carts are kept by the shop too, and so are codes and gift cards: here everybody orders at once, and
pays by other means.
"""

from __future__ import annotations

from collections.abc import Iterator

from adapters.memory import memory_environment
from adapters.simulation.run import START
from adapters.simulation.world import World
from oms_core.engine.application import Engine
from oms_core.engine.cause import Cause
from oms_core.policies.config import EUROPE_AND_ASIA


def sayings(seed: int, orders: int) -> Iterator[Cause]:
    """Yield all that is said in a world of so many orders, in its order."""
    world = World(seed, orders, START, carts=False)
    engine = Engine(memory_environment(), clock=lambda: world.now, policies=EUROPE_AND_ASIA)
    while tick := world.next_tick():
        answers = engine.handle(tick.causes)
        yield from tick.causes
        world.hear([recorded for answer in answers for recorded in answer.recorded])
