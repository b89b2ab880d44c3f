"""Boards and alarms ask for figures that there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
from prometheus_client.parser import text_string_to_metric_families

from adapters.telemetry import Told
from tests.deploy.documents import DEPLOY, board, read

RULES = read(DEPLOY / "prometheus-rules.yml")["groups"][0]["rules"]
PROMETHEUS = read(DEPLOY / "prometheus.yml")
RUNBOOK = (DEPLOY / "runbook.md").read_text(encoding="utf-8")
PROCESSES = {"run", "relay", "project", "state"}


def figures() -> dict[str, set[str]]:
    """Return every figure that a process tells, with its labels."""
    told = Told("relay")
    told.position(1)
    told.lag("relay", 1, 1.0)
    told.parked("relay", 1)
    told.batch(1, 1.0)
    told.epoch(1)
    told.beat(ready=True)
    return {
        sample.name: set(sample.labels)
        for family in text_string_to_metric_families(told.metrics().decode())
        for sample in family.samples
    }


FIGURES = figures()


def expressions() -> Iterator[str]:
    """Yield every question of the board and of the alarms; its variables stand for something."""
    asked = [target["expr"] for panel in board()["panels"] for target in panel.get("targets", [])]
    asked += [note["expr"] for note in board()["annotations"]["list"]]
    asked += [rule["expr"] for rule in RULES]
    for text in asked:
        yield text.replace("$__rate_interval", "1m").replace("$job", "oms")


@pytest.mark.parametrize("text", sorted(set(expressions())))
def test_every_question_can_be_asked_and_is_about_figures_that_there_are(text: str):
    promql_parser.parse(text)
    asked = set(re.findall(r"\b(?:oms|process)_\w+(?=\{|\[| |\)|$)", text))
    assert asked
    assert asked <= set(FIGURES)
    labels = {name for found in FIGURES.values() for name in found}
    selected = set(re.findall(r'[{,](\w+)(?:=|!=|=~)"', text))
    assert selected <= labels | {"job"}


def test_the_board_shows_every_figure_of_ours():
    asked = " ".join(expressions())
    ours = {name.removesuffix("_created") for name in FIGURES if name.startswith("oms_")}
    shown = {name for name in ours if name.removesuffix("_sum") in asked}
    assert ours - shown == set()


def test_panels_have_numbers_of_their_own_and_do_not_cover_each_other():
    panels = board()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells


def test_every_panel_says_what_it_shows():
    assert [
        p["title"] for p in board()["panels"] if p["type"] != "row" and not p["description"]
    ] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alarm_leads_to_a_chapter_of_the_runbook(rule: dict[str, Any]):
    assert f"## {rule['annotations']['runbook']}\n" in RUNBOOK


def test_alarms_know_every_kind_of_process():
    named = set(re.findall(r'process="(\w+)"', " ".join(rule["expr"] for rule in RULES)))
    assert named == PROCESSES


def test_prometheus_asks_every_process_of_compose():
    (job,) = PROMETHEUS["scrape_configs"]
    (source,) = job["dns_sd_configs"]
    services = read(DEPLOY / "compose.yaml")["services"]
    ours = {n for n, s in services.items() if s["image"] == "oms" and n != "setup"}
    assert set(source["names"]) == ours
    assert source["port"] == 9464
