"""Which seeds are lived through, and how a failing one is lived through again.

Environment: `OMS_SEEDS` names one seed (`17`) or a range of them (`1-1000`) in place of the usual.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


def seeds(usual: int) -> range:
    """Return the seeds to live through: those that the environment names, or the first few."""
    first, _, last = os.environ.get("OMS_SEEDS", f"1-{usual}").partition("-")
    return range(int(first), int(last or first) + 1)


@contextmanager
def replayable(seed: int, where: str) -> Iterator[None]:
    """Let a failure say how to see it again. `where` is the file of the test."""
    try:
        yield
    except BaseException as failure:
        again = f"OMS_SEEDS={seed} .venv/bin/python -m pytest {where}"
        failure.add_note(f"Live through it again with: {again}")
        raise
