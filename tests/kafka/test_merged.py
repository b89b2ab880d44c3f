"""The event topics read as the one log that they came from."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from adapters.clock import system_clock
from adapters.kafka.arrivals import Sieve, event_topics
from adapters.kafka.merged import Gap, MergedLog
from adapters.kafka.names import TopicNames
from adapters.kafka.topic_plan import TopicAdmin, plan
from adapters.kafka.topics import read_declaration
from oms_core.engine.catalog import EVENTS
from oms_core.kernel import Instant
from projections.catalog import VIEWS
from projections.log import Unreadable
from tests.projections.histories import shop_history
from tests.support.kafka.cell import PARTITIONS
from tests.support.kafka.publishing import publishing

SHOP = shop_history(40)
EVERY_KIND = frozenset(EVENTS.values())
WAIT_SECONDS = 0.2
DEADLINE_MICROS = 60_000_000


@pytest.fixture
def publisher(cell):
    """A publisher to the cell's event topics."""
    with publishing(cell.settings) as opened:
        yield opened


@pytest.fixture
def junk():
    """What was found to be no event in its place."""
    return []


@pytest.fixture
def merged(cell, publisher, junk):
    """Opens logs that are merged of the cell's topics; all are closed after the test."""
    opened = []

    def of(kinds=EVERY_KIND, **settings):
        sieve = Sieve(publisher.codec, cell.settings.kafka_prefix, kinds)
        topics = event_topics(cell.settings.kafka_prefix)
        log = MergedLog(cell.settings, sieve, topics, junk.append, **settings)
        opened.append(log)
        return log

    yield of
    for log in opened:
        log.close()


def all_of(log, head, after=0, limit=100):
    """Return what a log holds up to a position, read in pages."""
    found, deadline = [], system_clock() + DEADLINE_MICROS
    while after < head:
        assert system_clock() < deadline, f"{after} of {head}"
        log.gather(WAIT_SECONDS)
        page = log.read(after, limit)
        found += page
        after = page[-1].position if len(page) == limit else max(after, log.head())
    return found


def test_what_comes_from_many_partitions_is_in_the_order_of_the_log(publisher, merged):
    for start in range(0, len(SHOP), 300):
        publisher.publish(SHOP[start : start + 300])
    log = merged()
    log.start(0)
    assert tuple(all_of(log, len(SHOP))) == SHOP


def test_topics_that_are_made_later_are_read(cell, publisher, merged):
    name = cell.names.events("order")
    wanted = [t for t in read_declaration().topics(cell.names, PARTITIONS) if t.name == name]
    admin = TopicAdmin(cell.settings)
    admin.delete([name])
    log = merged(patience_seconds=1)
    log.start(0)
    admin.apply(plan(wanted, {}))
    publisher.publish(SHOP)
    assert tuple(all_of(log, len(SHOP))) == SHOP


def test_repeats_are_dropped(publisher, merged):
    third = len(SHOP) // 3
    for start, end in ((0, 2 * third), (third, len(SHOP)), (0, third)):
        publisher.publish(SHOP[start:end])
    log = merged()
    log.start(0)
    assert tuple(all_of(log, len(SHOP))) == SHOP


def test_only_what_is_minded_is_decoded(publisher, merged):
    kinds = frozenset(VIEWS["skus"].keys)
    publisher.publish(SHOP)
    log = merged(kinds)
    log.start(0)
    found = all_of(log, len(SHOP))
    assert tuple(found) == tuple(r for r in SHOP if type(r.event) in kinds)
    assert log.head() == len(SHOP)


def test_a_log_begins_after_a_position_with_a_hint_and_without(publisher, merged):
    publisher.publish(SHOP)
    first, half = merged(), len(SHOP) // 2
    first.start(0)
    all_of(first, half)
    first.read(half, 1)
    hint = first.hint()
    assert hint.position == half
    assert sum(hint.starts.values()) > 0
    for given in (hint, None):
        log = merged()
        log.start(half, given)
        assert tuple(all_of(log, len(SHOP), half)) == SHOP[half:]


def test_a_gap_that_does_not_fill_is_told_and_not_passed(publisher, merged):
    half, now = len(SHOP) // 2, [Instant(1_000_000)]
    publisher.publish((*SHOP[:half], *SHOP[half + 2 :]))
    log = merged(clock=lambda: now[0], patience_seconds=5)
    log.start(0)
    all_of(log, half)
    log.gather(WAIT_SECONDS)
    now[0] = Instant(now[0] + 6_000_000)
    with pytest.raises(Gap, match=f"positions {half + 1} to {half + 2} .* republish --from") as gap:
        log.gather(WAIT_SECONDS)
    assert (gap.value.first, gap.value.last) == (half + 1, half + 2)
    assert log.head() == half
    publisher.publish(SHOP[half : half + 2])
    assert tuple(all_of(log, len(SHOP), half)) == SHOP[half:]


def test_a_hint_that_leads_astray_is_not_followed_for_long(publisher, merged):
    now = [Instant(1_000_000)]
    publisher.publish(SHOP)
    log = merged(clock=lambda: now[0], patience_seconds=5)
    log.start(0)
    all_of(log, len(SHOP))
    log.read(len(SHOP), 1)
    wrong = log.hint()._replace(position=0)
    wrong = wrong._replace(starts={place: start // 2 for place, start in wrong.starts.items()})
    log = merged(clock=lambda: now[0], patience_seconds=5)
    log.start(0, wrong)
    for _ in range(5):
        log.gather(WAIT_SECONDS)
    now[0] = Instant(now[0] + 6_000_000)
    assert tuple(all_of(log, len(SHOP))) == SHOP


def test_little_is_buffered_when_partitions_run_ahead(publisher, merged, monkeypatch):
    monkeypatch.setattr("adapters.kafka.merged.BUFFERED_MAX", 100)
    monkeypatch.setattr("adapters.kafka.merged.BATCH_MESSAGES", 50)
    for start in range(0, len(SHOP), 200):
        publisher.publish(SHOP[start : start + 200])
    log = merged()
    log.start(0)
    assert tuple(all_of(log, len(SHOP))) == SHOP


def test_an_event_that_cannot_be_read_keeps_its_place(publisher, merged, junk):
    wires = [publisher.codec.encode(recorded) for recorded in SHOP]
    broken = len(SHOP) // 2
    wires[broken] = wires[broken]._replace(value=wires[broken].value[:7])
    publisher.send(wires)
    log = merged()
    log.start(0)
    found = all_of(log, len(SHOP))
    lost = found.pop(broken)
    assert lost.id == SHOP[broken].id
    assert isinstance(lost.event, Unreadable)
    assert lost.event.name == type(SHOP[broken].event).__name__
    assert tuple(found) == (*SHOP[:broken], *SHOP[broken + 1 :])
    assert junk == []


def test_junk_is_set_aside_and_holds_nothing_up(publisher, merged, junk):
    good = publisher.codec.encode(SHOP[0])
    publisher.publish(SHOP[:50])
    publisher.send(
        [
            good._replace(headers=[]),
            good._replace(key=b"\xff"),
            good._replace(
                headers=[(n, b"x" if n == "ce_position" else v) for n, v in good.headers]
            ),
            good._replace(value=b"x" * 900_000, headers=[("ce_type", b"\xff\xfe")]),
        ]
    )
    publisher.publish(SHOP[50:])
    log = merged()
    log.start(0)
    assert tuple(all_of(log, len(SHOP))) == SHOP
    assert sorted(found.code for found in junk) == [
        "header.not_a_number",
        "key.mismatch",
        "key.mismatch",
        "key.mismatch",
    ]


@pytest.mark.skipif(shutil.which("kcat") is None, reason="kcat is not installed")
def test_a_header_whose_name_is_no_text_is_junk_too(cell, publisher, merged, junk):
    publisher.publish(SHOP[:50])
    topic = TopicNames(cell.settings.kafka_prefix).events("order")
    to = ["-b", cell.settings.kafka_bootstrap, "-t", topic, "-k", "order:x", "-D", "|"]
    subprocess.run(["kcat", "-P", *to, "-H", b"\xff\xfe=1"], input=b"x", check=True)
    publisher.publish(SHOP[50:])
    log = merged()
    log.start(0)
    assert tuple(all_of(log, len(SHOP))) == SHOP
    assert [found.code for found in junk] == ["header.name_not_utf8"]
