"""What a file holds as a channel would publish it: supply, orders, and what was taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from adapters.intake.commands import Introductions, placing, settling
from adapters.intake.document import read_source
from adapters.intake.history import History
from adapters.intake.mapping import Mapping
from adapters.intake.plan import make_plan
from oms_core.engine.cause import Cause


def causes_of(file: Path, mapping: Mapping) -> Iterator[Cause]:
    """Yield what the file asks for, document by document in the order of time.

    Nobody says that parcels were sent: what is taken back is given up line by line.

    :raises UnreadableFile: if the file cannot be read.
    :raises MissingColumn: if the file lacks a column that the mapping names.
    """
    left = mapping.fulfilment.model_copy(update={"drive": "leave"})
    mapping = mapping.model_copy(update={"fulfilment": left})
    plan = make_plan(read_source(file, mapping), mapping, History())
    introductions = Introductions(plan)
    for entry in plan.entries:
        yield from placing(plan, [entry], introductions)
        yield from settling(plan, [entry], {})
