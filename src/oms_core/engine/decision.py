"""A batch of causes on its way: what was decided about it, and its append once that has begun."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from oms_core.engine.cause import Answer, Cause, Letter, Letters, Parked, SourcePosition
from oms_core.engine.mapper import Row, to_row
from oms_core.engine.store import Appending, LogStore
from oms_core.engine.unit import UnitOfWork


class Batch(NamedTuple):
    """Causes to be decided together, and what goes with them in the same transaction."""

    causes: Sequence[Cause]
    positions: tuple[SourcePosition, ...] = ()
    letters: Letters | None = None
    parked: Sequence[Parked] = ()


@dataclass(slots=True)
class Decision:
    """What was decided about a batch. Nothing of it is true until its append has ended well."""

    batch: Batch
    unit: UnitOfWork
    answers: list[Answer] = field(default_factory=list)
    unparked: tuple[int, ...] = ()
    rows: list[Row] = field(default_factory=list)
    posted: tuple[Letter, ...] = ()
    appending: Appending | None = None
    outdone: bool = False
    """Whether it had to be decided again, so that nothing can build on it."""

    parked: list[Parked] = field(init=False)

    def __post_init__(self) -> None:
        """Begin with what came parked; causes that cannot be handled are added."""
        self.parked = list(self.batch.parked)

    def add(self, answer: Answer) -> None:
        """Add what became of the next cause, and put it into bytes while it is at hand."""
        self.answers.append(answer)
        self.rows.extend(map(to_row, answer.recorded))

    def post(self) -> None:
        """Put into letters what became of the batch."""
        if self.batch.letters is not None:
            self.posted = tuple(self.batch.letters(self.answers))

    def begin(self, store: LogStore, epoch: int) -> None:
        """Begin to append all of it, if there is anything."""
        positions = self.batch.positions
        if self.rows or positions or self.parked or self.unparked or self.posted:
            self.appending = store.begin(
                self.rows,
                positions,
                epoch=epoch,
                parked=self.parked,
                unparked=self.unparked,
                letters=self.posted,
            )

    def push(self) -> None:
        """Go on with the append as far as it can without waiting."""
        if self.appending is not None:
            self.appending.push()

    def finish(self) -> None:
        """Wait for the append.

        :raises IntegrityError: if it was refused.
        :raises NotAppended: if the connection was lost.
        """
        if self.appending is not None:
            self.appending.finish()
