"""Bars 1 to 3: placements spread over all items and on a hot one, their ceiling, and the rivals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from tests.benchmarks import function, plain_sql
from tests.benchmarks.ceiling import copy_again
from tests.benchmarks.findings import Finding, ratios
from tests.benchmarks.placing import SCHEMA, Run, place
from tests.benchmarks.stage import Stage
from tests.benchmarks.workload import MIXES, fill_shelves, orders

BENCH = "placements"
CLIENTS = (4, 8)
RIVALS: Mapping[str, Callable[[Stage, str, int, int], Run]] = {
    "psycopg": plain_sql.run,
    "function": function.run,
}
BARS = {
    ("psycopg", "spread"): 2.0,
    ("psycopg", "hot"): 3.0,
    ("function", "spread"): 0.9,
    ("function", "hot"): 1.4,
}

Runs = dict[str, list[Run]]


def placements(stage: Stage) -> Iterator[Finding]:
    """Measure all in turns, and compare."""
    runs: Runs = defaultdict(list)
    ceilings: list[float] = []
    for number in range(stage.scale.rounds):
        _round(stage, number, runs, ceilings)
    yield from _ours(runs, ceilings)
    yield from _rivals(runs)


def _round(stage: Stage, number: int, runs: Runs, ceilings: list[float]) -> None:
    count = stage.scale.orders
    for mix in MIXES:
        wanted = orders(mix, count, f"r{number}")
        with stage.fresh_shop(SCHEMA) as shop, shop.engine() as engine:
            fill_shelves(engine)
            with shop.log() as log:
                stocked = log.head()
            stage.settle()
            runs[mix].append(place(stage, engine, wanted))
            if mix == "spread":
                ceilings.append(copy_again(stage, SCHEMA, stocked))
    for mix in ("spread", "hot"):
        for name, rival in RIVALS.items():
            for clients in CLIENTS:
                runs[f"{name} {mix} {clients}"].append(rival(stage, mix, count, clients))


def _ours(runs: Runs, ceilings: list[float]) -> Iterator[Finding]:
    spread = _speeds(runs["spread"])
    events = [run.events_per_s for run in runs["spread"]]
    for mix in MIXES:
        bar = 4_000.0 if mix == "spread" else None
        yield _found(f"ours, {mix}", _speeds(runs[mix]), "orders/s", bar)
    yield _found("ours, spread", events, "events/s")
    yield _found("binary COPY of the same bytes", ceilings, "events/s")
    yield _found("ours : binary COPY", ratios(events, ceilings), "ratio", 0.25)
    for mix in list(MIXES)[1:]:
        bar = 0.9 if mix == "hot" else None
        yield _found(f"ours, {mix} : spread", ratios(_speeds(runs[mix]), spread), "ratio", bar)
    yield from _cpu("ours, spread", runs["spread"])
    yield from _cpu("ours, hot", runs["hot"])


def _rivals(runs: Runs) -> Iterator[Finding]:
    for name in RIVALS:
        for mix in ("spread", "hot"):
            by_clients = {n: runs[f"{name} {mix} {n}"] for n in CLIENTS}
            for clients, rivals in by_clients.items():
                what = f"{name}, {mix}, {clients} clients"
                yield _found(what, _speeds(rivals), "orders/s")
            best = [max(pair) for pair in zip(*map(_speeds, by_clients.values()), strict=True)]
            ratio = ratios(_speeds(runs[mix]), best)
            yield _found(f"ours : {name}, {mix}, the better", ratio, "ratio", BARS[name, mix])
            yield from _cpu(f"{name}, {mix}, {CLIENTS[0]} clients", by_clients[CLIENTS[0]])


def _cpu(what: str, runs: list[Run]) -> Iterator[Finding]:
    yield _found(f"{what}: CPU of the client", [run.client_us for run in runs], "µs/order")
    yield _found(f"{what}: CPU of PostgreSQL", [run.server_us for run in runs], "µs/order")


def _speeds(runs: list[Run]) -> list[float]:
    return [run.orders_per_s for run in runs]


def _found(what: str, values: list[float], unit: str, bar: float | None = None) -> Finding:
    return Finding(BENCH, what, tuple(values), unit, bar)
