"""A story that builds on itself, cut into batches, handled one by one or overlapping."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from oms_core.domain.fulfilment.commands import ShipFulfilment
from oms_core.domain.order.commands import CancelOrder
from oms_core.domain.order.events import CancellationReason, TenderMethod
from oms_core.domain.payment.commands import Outcome, ReportAuthorization
from oms_core.domain.stock.commands import AdjustStock
from oms_core.domain.stock.events import AdjustmentReason
from oms_core.engine.application import Engine
from oms_core.engine.cause import Answer, Cause, Letter, SourcePosition
from tests.support.shop import placement, receipt

ITEMS = ("MUG", "CUP", "HAT")


def story(seed: int, length: int) -> list[Cause]:
    """Causes that build on each other, over few items and orders."""
    dice = Random(seed)
    causes = [Cause(receipt(item, dice.randint(1, 40)), f"in-{item}", "dock") for item in ITEMS]
    for n in range(length):
        order = f"web:{dice.randrange(1 + n // 2)}"
        wanted = [(item, dice.randint(1, 3)) for item in dice.sample(ITEMS, dice.randint(1, 3))]
        method = dice.choice((TenderMethod.CARD, TenderMethod.CASH))
        command = dice.choice(
            (
                placement(n // 2, *wanted, method=method),
                placement(n // 2, *wanted, method=method),
                ReportAuthorization(f"{order}/p1", Outcome.SUCCEEDED, "ref"),
                CancelOrder(order, CancellationReason.CUSTOMER),
                ShipFulfilment(f"{order}/f1.1"),
                receipt(dice.choice(ITEMS), dice.randint(1, 9), document=f"R{n}"),
                AdjustStock(dice.choice(ITEMS), f"A{n}", "LYON", -3, AdjustmentReason.LOST),
            )
        )
        causes.append(Cause(command, f"m{n}", "web", trace="t" * (n % 2)))
    return causes


def cut(causes: Sequence[Cause], sizes: Sequence[int]) -> list[list[Cause]]:
    """Cut causes into batches of these sizes, again and again."""
    batches: list[list[Cause]] = []
    rest, turn = list(causes), 0
    while rest:
        size = sizes[turn % len(sizes)]
        batches.append(rest[:size])
        rest, turn = rest[size:], turn + 1
    return batches


def outcomes(answers: Sequence[Answer]) -> list[Letter]:
    """Say of each cause how it ended."""
    return [Letter("replies", a.cause_id.encode(), a.verdict.encode()) for a in answers]


def one_by_one(engine: Engine, batches: Sequence[Sequence[Cause]]) -> list[Answer]:
    """Handle each batch when the one before is in the log."""
    answers: list[Answer] = []
    read = 0
    for batch in batches:
        moved = [SourcePosition("topic", read, read + len(batch))]
        answers += engine.handle(batch, moved, outcomes)
        read += len(batch)
    return answers


def overlapping(engine: Engine, batches: Sequence[Sequence[Cause]]) -> list[Answer]:
    """Submit each batch that is not in the log yet, while the one before is being appended.

    What the coming ones need is foreseen for none, one or two of them in turn.
    """
    answers: list[Answer] = []
    foreseen, read, done = 0, 0, engine.store.source_position("topic")
    for number, batch in enumerate(batches):
        if read < done:
            read += len(batch)
            continue
        for coming in range(max(foreseen, number + 1), min(len(batches), number + number % 4)):
            engine.foresee(batches[coming])
            foreseen = coming + 1
        moved = [SourcePosition("topic", read, read + len(batch))]
        answers += engine.submit(batch, moved, outcomes)
        read += len(batch)
    return answers + engine.drain()
