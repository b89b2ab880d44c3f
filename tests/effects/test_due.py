"""What has lapsed is found in PostgreSQL whole, and a running shop says so to whom it concerns."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import psycopg
import pytest
from msgspec.structs import replace

from adapters.bootstrap import open_shop
from adapters.deadlines import EXPIRY, expiry
from adapters.inflow import Batch
from adapters.memory import memory_environment
from adapters.postgres.documents import Documents
from adapters.postgres.due import DEADLINES_MAX, due_deadlines
from adapters.postgres.projections import install
from adapters.postgres.tables import table_of
from adapters.running import Loop, run_shop
from adapters.settings import Settings
from oms_core.engine.application import Engine
from oms_core.engine.cause import Cause, SourcePosition, Verdict
from oms_core.kernel import Instant
from oms_core.processes.promising import PromiseBroken, PromiseEndangered, PromiseMade
from projections.deadline import Deadline
from projections.deadlines import blank, deadlines
from tests.deploy.documents import DEPLOY
from tests.projections.records import recorded
from tests.support.messages import sample
from tests.support.shop import placement, receipt

NOW = Instant(1_700_000_000_000_000)
PAST = Instant(1_767_600_000_000_000)
"""A Monday morning in January 2026."""

SECONDS_MAX = 30


@pytest.fixture
def connection(dsn: str, schema: str) -> Iterator[psycopg.Connection]:
    """A connection to an empty read model of deadlines."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        install(connection, [deadlines], schema)
        yield connection


@pytest.fixture
def kept(connection: psycopg.Connection, schema: str) -> Documents:
    """The deadlines of the read model."""
    return Documents(connection, table_of(deadlines, schema))


@pytest.fixture
def due(connection: psycopg.Connection, schema: str) -> Callable[[Instant], dict[str, Deadline]]:
    """What the read model says has lapsed."""
    return due_deadlines(connection, schema)


def lapsing(kind: str, due_at: int = NOW) -> Deadline:
    """Return a deadline of which every field is filled, each with something else."""
    return replace(sample(Deadline), kind=kind, due_at=Instant(due_at))


@pytest.mark.parametrize("kind", sorted(EXPIRY))
def test_what_has_lapsed_is_found_with_all_that_is_said_of_it(kept, due, kind):
    known = lapsing(kind)
    assert all(getattr(known, field) for field in known.__struct_fields__)
    kept.replace((), [("one", known), ("another", replace(known, order_id="web:9"))])
    found = due(NOW)
    assert found == {"another": replace(known, order_id="web:9"), "one": known}
    assert expiry(found["one"], NOW) == expiry(known, NOW)
    assert due(Instant(NOW - 1)) == {}


def test_what_lapsed_first_is_said_first_and_not_everything_at_once(kept, due):
    many = [(f"key-{n}", lapsing("cart", NOW - n)) for n in range(DEADLINES_MAX + 3)]
    kept.replace((), [*many, ("never", lapsing("reservation", 0))])
    assert list(due(NOW)) == [key for key, _ in reversed(many)][:DEADLINES_MAX]


def test_something_is_said_of_every_kind_of_deadline_that_an_event_begins():
    happened = [sample(event) for event in deadlines.keys]
    begun = [blank("", event) for event in happened]
    for event in happened:
        begun += deadlines.fold(recorded(event)).values()
    assert {each.kind for each in begun} == set(EXPIRY)


class Idle:
    """A provider of whom nothing is heard, and a follower with nothing to do."""

    def messages(self):
        return ()

    def turn(self, _):
        return None


def test_what_asking_did_not_end_is_asked_about_again_a_second_later_each_for_itself():
    lapsed = {f"promise:{n}": replace(lapsing("promise"), order_id=f"web:{n}") for n in (1, 2)}
    known, now, answers = ["promise:1"], [NOW], []
    with Engine(memory_environment(), clock=lambda: now[0]) as engine:
        loop = Loop(
            *(engine, Idle(), Idle(), None, lambda _: {key: lapsed[key] for key in known}),
            answered=answers.extend,
            clock=lambda: now[0],
        )

        def asked(micros: int) -> int:
            now[0], before = Instant(NOW + micros), len(answers)
            loop.turn()
            return len(answers) - before

        assert asked(0) == 1
        known.append("promise:2")
        assert [asked(at) for at in (100_000, 900_000, 1_000_000)] == [1, 0, 1]
        assert [asked(at) for at in (1_100_000, 2_000_000)] == [1, 1]
    assert {answer.verdict for answer in answers} == {Verdict.REJECTED}


class Intake:
    """Orders of long ago, and then the request to stop, as soon as nothing more is said of them."""

    def __init__(self, shop, stop: threading.Event) -> None:
        wanted = [placement(n, ("MUG", 1)) for n in (1, 2)]
        placed = [replace(order, placed_at=PAST) for order in wanted]
        self._causes = [
            Cause(c, f"m{n}", "channel:web") for n, c in enumerate((receipt("MUG", 2), *placed))
        ]
        self._shop, self._stop, self._taken = shop, stop, False
        self._gives_up = monotonic() + SECONDS_MAX

    def batch(self) -> Batch | None:
        if self._taken:
            if self._broken() or monotonic() > self._gives_up:
                self._stop.set()
            return None
        self._taken = True
        return Batch(self._causes, [SourcePosition("test", 0, len(self._causes))])

    def rewind(self) -> None:
        raise AssertionError("nobody else reads this source")

    def _broken(self) -> bool:
        with self._shop.connection() as connection:
            views = self._shop.settings.views_schema
            query = f"SELECT FROM {views}.promises WHERE standing = 'broken'"
            return connection.execute(query).rowcount == len(self._causes) - 1


def test_a_running_shop_says_of_every_promise_that_was_not_kept_that_it_was_not(
    dsn: str, schema: str, tmp_path: Path
):
    policies = DEPLOY / "policies" / "europe-and-asia.toml"
    views = f"{schema}_views"
    named = {"log_schema": schema, "views_schema": views, "policies": policies}
    stop = threading.Event()
    with open_shop(Settings(dsn=dsn, home=tmp_path, **named)) as shop:
        run_shop(shop, stop, [Intake(shop, stop)], seed=3)
        kinds = frozenset({PromiseMade, PromiseEndangered, PromiseBroken})
        with shop.log() as log:
            said = [type(r.event) for r in log.read(0, types=kinds)]
            broken = [r.event.order_id for r in log.read(0, types=frozenset({PromiseBroken}))]
        with shop.connection() as connection:
            asked = connection.execute(f"SELECT FROM {views}.deadlines WHERE kind = 'promise'")
            assert asked.rowcount == 0
    assert sorted(broken) == ["web:1", "web:2"]
    assert said == [PromiseMade, PromiseMade, PromiseBroken, PromiseBroken]
