"""What a long-running process tells about itself, and to whom."""

from __future__ import annotations

import pytest

from adapters.settings import Settings, UnusableSetting
from adapters.telemetry import ALIVE_MICROS, Told, telemetry
from oms_core.kernel import Instant
from tests.support.asking import ask, samples
from tests.support.kafka.ports import free_ports

NOON = Instant(1_767_268_800_000_000)


class Watch:
    """A clock that is set by hand."""

    now = NOON

    def __call__(self) -> Instant:
        return self.now


@pytest.fixture
def settings() -> Settings:
    """Settings with a port that is free."""
    return Settings(http_port=free_ports(1)[0])


def test_figures_are_there_for_prometheus_under_their_names(settings: Settings):
    with telemetry(settings, "relay") as told:
        told.position(90)
        told.lag("relay", 7, 1.5)
        told.parked("intake", 2)
        told.batch(500, 0.02)
        told.batch(1, 40.0, "aborted")
        told.epoch(3)
        told.beat(ready=True)
        status, text = ask(settings.http_port, "/metrics")
    found = samples(text)
    assert status == 200
    assert {key: value for key, value in found.items() if key[0].startswith("oms_")}.items() >= {
        ("oms_up", "relay"): 1,
        ("oms_ready", "relay"): 1,
        ("oms_log_position", ""): 90,
        ("oms_lag_events", "relay"): 7,
        ("oms_lag_seconds", "relay"): 1.5,
        ("oms_parked", "intake"): 2,
        ("oms_messages_total", "done,relay"): 500,
        ("oms_messages_total", "aborted,relay"): 1,
        ("oms_batch_seconds_count", "relay"): 2,
        ("oms_epoch", "relay"): 3,
    }.items()


def test_a_process_is_not_ready_before_its_first_turn_but_alive(settings: Settings):
    with telemetry(settings, "relay") as told:
        assert ask(settings.http_port, "/readyz") == (503, "starting\n")
        assert ask(settings.http_port, "/healthz") == (200, "turned 0 s ago\n")
        told.beat(ready=False, why="the broker does not answer")
        assert ask(settings.http_port, "/readyz") == (503, "the broker does not answer\n")
        told.beat(ready=True, why="standing by")
        assert ask(settings.http_port, "/readyz?verbose") == (200, "standing by\n")
        assert ask(settings.http_port, "/") == (404, "Ask /metrics, /healthz or /readyz.\n")


def test_a_process_that_stands_still_is_neither_alive_nor_ready():
    watch = Watch()
    told = Told("relay", watch)
    told.beat(ready=True)
    watch.now = Instant(NOON + ALIVE_MICROS)
    assert told.alive().well
    assert told.ready() == (True, "ready")
    watch.now = Instant(NOON + ALIVE_MICROS + 1_000_000)
    assert told.alive() == (False, "turned 61 s ago")
    assert told.ready() == (False, "turned 61 s ago")
    told.beat(ready=True)
    assert told.ready().well


def test_nobody_is_answered_unless_a_port_is_set():
    with telemetry(Settings(), "relay") as told:
        told.batch(1, 0.1)
        assert b"oms_messages_total" in told.metrics()


def test_an_address_that_is_taken_is_refused_with_what_to_do(settings: Settings):
    with telemetry(settings, "relay"), pytest.raises(UnusableSetting) as refused:  # noqa: SIM117
        with telemetry(settings, "project"):
            pass
    assert refused.value.field == "OMS_HTTP_PORT"
    assert refused.value.value == f"127.0.0.1:{settings.http_port}"
    assert "in use" in refused.value.rule
    assert "OMS_HTTP_PORT" in refused.value.remedy


def test_the_address_is_free_again_when_the_process_ends(settings: Settings):
    for _ in range(2):
        with telemetry(settings, "relay") as told:
            told.beat(ready=True)
            assert ask(settings.http_port, "/readyz")[0] == 200
    assert ask(settings.http_port, "/readyz") == (0, "")
