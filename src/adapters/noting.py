"""What a running shop writes down of the messages that it has handled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import structlog

from oms_core.engine.cause import Answer, Cause, Verdict

NOTED_MAX = 20
"""Up to so many causes of a batch are noted one by one."""

log = structlog.get_logger("oms")


def note_all(source: str, causes: Sequence[Cause], answers: Sequence[Answer]) -> None:
    """Write one line for each cause; of many, only for what is parked, and one for the rest."""
    few = len(causes) <= NOTED_MAX
    for cause, answer in zip(causes, answers, strict=True):
        if few or answer.verdict is Verdict.PARKED:
            _note(source, cause, answer)
    if not few:
        events = sum(len(answer.recorded) for answer in answers)
        counts = Counter(answer.verdict.value for answer in answers)
        log.info("causes.handled", source=source, events=events, **counts)


def _note(source: str, cause: Cause, answer: Answer) -> None:
    """Write one line for each cause: a refusal is news, a parked one a warning."""
    write = log.warning if answer.verdict is Verdict.PARKED else log.info
    write(
        f"cause.{answer.verdict.value}",
        source=source,
        command=type(cause.command).__name__,
        cause_id=cause.cause_id,
        correlation_id=cause.correlation_id or cause.cause_id,
        actor=cause.actor,
        events=len(answer.recorded),
        **({"code": answer.code, "detail": answer.detail} if answer.code else {}),
    )
