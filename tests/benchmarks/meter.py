"""Time and work: wall clock, the CPU of this process, of its children and of the server."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
MIB = 1 << 20


@dataclass(slots=True)
class Spent:
    """Seconds: by the clock, and of CPU by the client and by the server."""

    seconds: float = 0.0
    client: float = 0.0
    server: float = 0.0


@contextmanager
def metered(server_cpu: Callable[[], float]) -> Iterator[Spent]:
    """Measure a block; the client is this process."""
    spent = Spent()
    server, client, wall = server_cpu(), time.process_time(), time.perf_counter()
    yield spent
    spent.seconds = time.perf_counter() - wall
    spent.client = time.process_time() - client
    spent.server = server_cpu() - server


def tree_cpu(pid: int) -> float:
    """Return the CPU seconds of a process, of those it started, and of those that have left.

    Without `/proc` there is no such figure: 0.
    """
    try:
        children = (PROC / f"{pid}/task/{pid}/children").read_text().split()
        own = _cpu(pid, waited=True)
    except OSError:
        return 0.0
    return own + sum(_child_cpu(int(child)) for child in children)


def _child_cpu(pid: int) -> float:
    try:
        return _cpu(pid, waited=False)
    except OSError:
        return 0.0  # It has just left, and its parent has counted it.


def _cpu(pid: int, *, waited: bool) -> float:
    fields = (PROC / f"{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11 : 15 if waited else 13])) / TICKS_PER_SECOND


def children_cpu() -> float:
    """Return the CPU seconds of the child processes that have left."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def resident_mib() -> float:
    """Return the memory that this process holds now, in MiB; its peak where there is no `/proc`."""
    try:
        pages = int((PROC / "self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB
