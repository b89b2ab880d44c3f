"""Run it: `python -m tests.crashes [--rounds N] [--seed S] [--nodes 1|3] [--rate N]`."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from shutil import rmtree
from tempfile import mkdtemp
from time import sleep

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from adapters.settings import Settings
from tests.crashes.cast import ROLES, Actor, acting
from tests.crashes.feed import CHANNELS, Feed
from tests.crashes.mischief import MISCHIEF, Stage
from tests.crashes.verdict import STATED, Judge, Verdict, run_oms
from tests.support.kafka.cluster import running_cluster
from tests.support.kafka.registry import running_registry
from tests.support.postgres import killable_postgres
from tests.support.process import until

BETWEEN_SECONDS = (0.1, 1.2)
ANSWERED_SECONDS = 300.0
PATIENCE_SECONDS = 3.0
SESSION_MS = 3_000
LONGEST_TOLD = 10
LOOK_SECONDS = 1.0
PREPARATIONS = (
    ("kafka", "topics", "apply"),
    ("kafka", "schemas", "register"),
    ("init",),
    ("publish", *STATED, "--once"),
)


def main() -> int:
    """Hurt everything, count, and say what came of it: 0 if nothing did."""
    asked = _arguments()
    began, console = time.monotonic(), Console(width=110)
    with (
        _folder(keep=asked.keep) as folder,
        killable_postgres(Path(folder) / "postgres") as server,
        running_cluster(asked.nodes, Path(folder) / "kafka") as cluster,
        running_registry(Path(folder) / "registry") as registry_at,
    ):
        settings = Settings(
            dsn=server.dsn,
            kafka_bootstrap=cluster.bootstrap,
            kafka_registry=registry_at(),
        )
        env = _environment(settings, Path(folder) / "home")
        for tokens in PREPARATIONS:
            told = run_oms(env, *tokens)
            assert told.returncode == 0, told.stderr
        feed = Feed(settings, asked.rate, asked.seed)
        judge = Judge(settings, feed, env)
        feed.stock_up()
        with acting(env, Path(folder)) as actors:
            stage = Stage(actors, cluster, server, Random(asked.seed))
            feed.start()
            done = _rounds(stage, asked.rounds, console)
            feed.stop()
            until(partial(_is_answered, actors, judge, feed), ANSWERED_SECONDS, "outcomes")
        for role in ROLES:
            if role != "engine":
                told = run_oms(env, role_order(role), "--once")
                assert told.returncode == 0, told.stderr
        verdict = judge.judge()
    _show(console, done, verdict, feed, time.monotonic() - began)
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    asked.json.write_text(json.dumps({"rounds": done, **verdict._asdict()}, indent=2) + "\n")
    return int(verdict.faults > 0 or bool(feed.failed))


def _is_answered(actors: Sequence[Actor], judge: Judge, feed: Feed) -> bool:
    """Say whether every message has its outcome; whoever has ended meanwhile is started again."""
    for actor in actors:
        actor.begin_again()
    sleep(LOOK_SECONDS)
    return judge.answered() >= feed.sent.total()


@contextmanager
def _folder(*, keep: bool) -> Iterator[str]:
    """Make a folder for everything that is written."""
    name = mkdtemp(prefix="crashes-")
    try:
        yield name
    finally:
        if not keep:
            rmtree(name, ignore_errors=True)


def role_order(role: str) -> str:
    """Return the command of a role."""
    return ROLES[role][0]


def _rounds(stage: Stage, rounds: int, console: Console) -> Counter[str]:
    deeds: Mapping[str, Callable[[Stage], None]] = {name: deed for name, deed, _ in MISCHIEF}
    weights = [weight for _, _, weight in MISCHIEF]
    done: Counter[str] = Counter()
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Rounds", total=rounds)
        for _ in range(rounds):
            stage.pause(BETWEEN_SECONDS)
            (name,) = stage.random.choices(list(deeds), weights)
            progress.update(task, advance=1, description=name)
            deeds[name](stage)
            done[name] += 1
            for actor in stage.actors:
                actor.begin_again()
    return done


def _environment(settings: Settings, home: Path) -> dict[str, str]:
    home.mkdir()
    return {
        **os.environ,
        "OMS_DSN": settings.dsn,
        "OMS_HOME": str(home),
        "OMS_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "OMS_KAFKA_REGISTRY": settings.kafka_registry,
        "OMS_CHANNELS": ",".join(CHANNELS),
        "OMS_LEASE_PATIENCE_SECONDS": str(PATIENCE_SECONDS),
        "OMS_KAFKA_CONFIG": json.dumps({"session.timeout.ms": str(SESSION_MS)}),
    }


def _show(
    console: Console, done: Counter[str], verdict: Verdict, feed: Feed, seconds: float
) -> None:
    table = Table("what was done", "rounds", title=f"{done.total()} rounds in {seconds:.0f} s")
    for name, _, _ in MISCHIEF:
        table.add_row(name, str(done[name]))
    console.print(table)
    counts = Table("what was counted", "number")
    for name, count in verdict._asdict().items():
        counts.add_row(name.replace("_", " "), str(count))
    console.print(counts)
    for line in feed.failed[:LONGEST_TOLD]:
        console.print(f"[red]not taken by the brokers:[/] {line}")
    console.print("[green]Nothing is wrong." if not verdict.faults else "[red]Something is wrong.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crashes", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--nodes", type=int, choices=(1, 3), default=3)
    parser.add_argument("--rate", type=float, default=40.0, help="messages a second")
    parser.add_argument("--keep", action="store_true", help="keep the folder with all logs")
    parser.add_argument("--json", type=Path, default=Path("build/crashes.json"))
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
