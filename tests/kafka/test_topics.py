"""Topics in a real cluster come to be as they are declared."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient

from adapters.kafka.names import TopicNames
from adapters.kafka.topic_plan import Action, TopicAdmin, TopicsRefused, plan
from adapters.kafka.topics import DECLARED, Topic, read_declaration
from adapters.settings import Settings
from tests.support.kafka.cell import Cell
from tests.support.terminal import oms

UNREACHABLE = "127.0.0.1:1"


@pytest.fixture
def smaller(tmp_path: Path) -> Path:
    """Our declaration, with the numbers of partitions that a test's cell has."""
    path = tmp_path / "topics.yaml"
    path.write_text(re.sub(r": 12\b", ": 3", DECLARED.read_text(encoding="utf-8")))
    return path


@pytest.fixture(autouse=True)
def environment(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the cell is, for the command line."""
    for name, value in cell.env.items():
        monkeypatch.setenv(name, value)


def run(*tokens: str) -> tuple[int, dict[str, Any]]:
    told = oms("kafka", "topics", *tokens, "--json")
    return told.code, told.data


def actions(data: dict[str, Any]) -> set[str]:
    return {step["action"] for step in data["steps"]}


def test_applying_again_changes_nothing(smaller: Path):
    code, data = run("apply", "--topics", str(smaller))
    assert (code, actions(data), data["left_alone"]) == (0, {"keep"}, [])


def test_a_missing_topic_is_planned_then_created_and_a_setting_is_put_right(
    cell: Cell, smaller: Path
):
    admin, lost, bent = TopicAdmin(cell.settings), cell.names.events("order"), cell.names.checkpoint
    admin.delete([lost])
    other = Topic(bent, 1, {"cleanup.policy": "delete"})
    admin.apply(plan([other], admin.found([other])))
    for command in ("plan", "apply"):
        code, data = run(command, "--topics", str(smaller))
        changes = {s["topic"]: s["action"] for s in data["steps"] if s["action"] != "keep"}
        assert (code, changes) == (0, {lost: "create", bent: "configure"})
    declared = read_declaration(smaller).topics(cell.names)
    found = admin.found(declared)
    assert found == {topic.name: topic for topic in declared}


def test_a_topic_with_other_partitions_is_named_and_left_and_so_is_what_is_not_declared(cell: Cell):
    settings, names = cell.settings, cell.names
    admin = TopicAdmin(settings)
    mine = Topic(f"{settings.kafka_prefix}.mine", 1, {})
    admin.apply(plan([mine], {}))
    code, planned = run("plan")
    assert code == 0
    assert planned["left_alone"] == [mine.name]
    code, told = run("apply")
    faults = {fault["field"]: fault for fault in told["errors"]}
    assert code == 1
    assert names.events("order") in faults
    assert "3 partitions, 12 are declared" in faults[names.events("order")]["rule"]
    client = AdminClient({"bootstrap.servers": settings.kafka_bootstrap})
    there = client.list_topics(timeout=10).topics
    assert len(there[names.events("order")].partitions) == 3
    admin.delete([mine.name])


def test_two_that_create_the_same_topics_at_once_both_succeed(cell: Cell):
    names = TopicNames(f"{cell.settings.kafka_prefix}.twice")
    wanted = read_declaration().topics(names, 1)
    steps = plan(wanted, {})
    TopicAdmin(cell.settings).apply(steps)
    TopicAdmin(cell.settings).apply(steps)
    admin = TopicAdmin(cell.settings)
    assert {s.action for s in plan(wanted, admin.found(wanted))} == {Action.KEEP}
    admin.delete([topic.name for topic in wanted])


def test_a_cluster_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("adapters.kafka.topic_plan.ASK_SECONDS", 0.5)
    with pytest.raises(TopicsRefused):
        TopicAdmin(Settings(kafka_bootstrap=UNREACHABLE, kafka_config={"log_level": "0"})).names()
