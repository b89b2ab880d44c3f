"""Running a simulated world on a shop, and going on with it after a kill.

A tick is one batch and one transaction: what the world says, what the provider answered, how far
the payment requests were read, and the number of the tick. So the log always holds whole ticks, and
a killed run ends with the same bytes as one that was not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from adapters.bootstrap import Shop
from adapters.follower import EventLog
from adapters.payments.follower import SOURCE
from adapters.simulation.stage import SECOND
from adapters.simulation.tally import Summary
from adapters.simulation.world import World
from oms_core.effects.cashier import HEARD
from oms_core.engine.application import Engine
from oms_core.engine.cause import SourcePosition
from oms_core.kernel import Instant, Recorded

START = Instant(1_767_571_200_000_000)
"""2026-01-05T00:00:00Z, a Monday."""

Progress = Callable[[int, int], None]
"""Is told how many orders have arrived, and out of how many."""


class OtherOrders(Exception):
    """The seed was simulated with another number of orders: its names are taken."""


class OtherWorld(Exception):
    """The log was simulated by another version of the program, whose world went another way."""


class Run:
    """One world on one engine, whose clock must be `run.clock`."""

    def __init__(self, world: World) -> None:
        """Begin before the first tick."""
        self.world = world
        self.ticks = 0
        self.recorded = 0
        self._orders = world.tally.orders
        self._source = f"simulation:{world.stage.seed}"
        self._heard_to = 0
        self._read_to = 0

    def clock(self) -> Instant:
        """Return the time in the simulated world."""
        return self.world.now

    def begin(self, engine: Engine, log: EventLog) -> None:
        """Take over the payment requests of others, or hear again what the log holds of this world.

        :raises OtherOrders: if the seed was used for another number of orders.
        :raises OtherWorld: if another version of the program simulated what is in the log.
        """
        store = engine.store
        done = store.source_position(self._source)
        claimed = store.source_position(f"{self._source}:orders")
        if claimed not in (0, self._orders):
            raise OtherOrders(
                f"seed {self.world.stage.seed} was simulated with {claimed} orders. Name the same "
                "number to go on with it, or another seed to begin anew."
            )
        self._read_to, self._heard_to = store.source_position(SOURCE), log.head()
        if not done:
            after = self._read_to
            while page := log.read(after, types=HEARD):
                self.world.cashier.hear(page)
                after = page[-1].position
        past = _ticks(log, self.world.mark)
        held = next(past, None) if done else None
        while self.ticks < done:
            tick = self.world.next_tick()
            if tick is None:
                raise OtherWorld(
                    f"seed {self.world.stage.seed} was simulated by another version, which went "
                    "another way. Look at what it left, or name another seed to begin anew."
                )
            page, ours = (), held is not None and held[0].recorded_at == tick.now
            if held is not None and ours:
                page, held = held, next(past, None)
            self._heard(page)

    def step(self, engine: Engine) -> bool:
        """Let one tick happen; False if everything is at rest."""
        tick = self.world.next_tick()
        if tick is None:
            return False
        answers = engine.handle(tick.causes, self._positions())
        self._read_to = self._heard_to
        page = [recorded for answer in answers for recorded in answer.recorded]
        self._heard_to += len(page)
        self._heard(page)
        return True

    def _positions(self) -> Sequence[SourcePosition]:
        positions = [SourcePosition(self._source, self.ticks, self.ticks + 1)]
        if self._read_to != self._heard_to:
            positions.append(SourcePosition(SOURCE, self._read_to, self._heard_to))
        if not self.ticks:
            positions.append(SourcePosition(f"{self._source}:orders", 0, self._orders))
        return positions

    def _heard(self, page: Sequence[Recorded]) -> None:
        self.ticks += 1
        self.recorded += len(page)
        self.world.hear(page)

    @property
    def summary(self) -> Summary:
        """What became of the orders so far."""
        return self.world.tally.summary(self.recorded, self.ticks)


def _ticks(log: EventLog, mark: int) -> Iterator[Sequence[Recorded]]:
    """Yield the events of the world of this mark, tick by tick, but for ticks without any."""
    tick: list[Recorded] = []
    after = 0
    while page := log.read(after):
        after = page[-1].position
        for recorded in page:
            if recorded.recorded_at % SECOND != mark:
                continue
            if tick and tick[0].recorded_at != recorded.recorded_at:
                yield tick
                tick = []
            tick.append(recorded)
    if tick:
        yield tick


def simulate(
    shop: Shop,
    *,
    orders: int,
    seed: int,
    start: Instant = START,
    progress: Progress | None = None,
) -> Summary:
    """Simulate `orders` orders from end to end and return what became of them.

    A run that was killed goes on where it was. A run that came to its end changes nothing.

    :raises OtherOrders: if the seed was used for another number of orders.
    """
    run = Run(World(seed, orders, start))
    with shop.engine(run.clock, quiet=True) as engine, shop.log() as log:
        run.begin(engine, log)
        while run.step(engine):
            if progress is not None:
                progress(run.world.tally.arrived, orders)
    return run.summary
