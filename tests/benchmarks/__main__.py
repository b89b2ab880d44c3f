"""Run the benchmarks: `python -m tests.benchmarks [--quick] [--only NAME] [...]`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from adapters.postgres.embedded import embedded_postgres
from tests.benchmarks import findings
from tests.benchmarks.against_rivals import placements
from tests.benchmarks.aging import aging
from tests.benchmarks.cells import cells
from tests.benchmarks.findings import Finding
from tests.benchmarks.messages import messages
from tests.benchmarks.overselling import overselling
from tests.benchmarks.priced import priced
from tests.benchmarks.projecting import projecting
from tests.benchmarks.reading import reading
from tests.benchmarks.relaying import relaying
from tests.benchmarks.stage import QUICK, Scale, Stage
from tests.benchmarks.streaming import streaming

BENCHES: Mapping[str, Callable[[Stage], Iterator[Finding]]] = {
    "placements": placements,
    "priced": priced,
    "overselling": overselling,
    "reading": reading,
    "messages": messages,
    "relay": relaying,
    "projecting": projecting,
    "streaming": streaming,
    "cells": cells,
    "aging": aging,
}


def main() -> int:
    """Run what was asked for, and show it; a missed bar is news, not a failure."""
    asked = _arguments()
    console, found = Console(width=120), list[Finding]()
    with TemporaryDirectory() as folder, embedded_postgres(Path(folder) / "data") as dsn:
        stage = Stage(dsn, Path(folder) / "data", _scale(asked))
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        settings = stage.settings()
        for name in asked.only or BENCHES:
            began, before = time.perf_counter(), len(found)
            found += BENCHES[name](stage)
            findings.show(found[before:], console)
            findings.save(found, asked.json, settings)
            console.print(f"{name}: {time.perf_counter() - began:.0f} s")
    console.print(f"PostgreSQL: {', '.join(f'{k} {v}' for k, v in settings.items())}")
    console.print(f"Figures are in {asked.json}.")
    missed = [finding.what for finding in found if finding.met is False]
    for what in missed:
        console.print(f"[red]Missed:[/] {what}")
    return 0


def _scale(asked: argparse.Namespace) -> Scale:
    scale = QUICK if asked.quick else Scale()
    return replace(scale, rounds=asked.rounds or scale.rounds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a little of each, to see it run")
    parser.add_argument("--rounds", type=int, help="of what is compared, instead of 5")
    parser.add_argument("--only", action="append", choices=list(BENCHES), help="may be repeated")
    parser.add_argument(
        "--json", type=Path, default=Path("build/bench.json"), help="where figures go"
    )
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
