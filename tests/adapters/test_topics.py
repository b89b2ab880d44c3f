"""The declaration of topics leaves nothing out, and the plan touches nothing that it need not."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.kafka.names import TopicNames, dead_letters
from adapters.kafka.topic_plan import Action, Step, plan
from adapters.kafka.topics import DECLARED, Topic, UnusableDeclaration, read_declaration
from adapters.settings import Settings
from oms_core.engine.catalog import BY_CATEGORY, catalog
from oms_core.policies.config import Policies
from projections.catalog import VIEWS
from tests.support.terminal import oms

NAMES = TopicNames("oms.eu")
DECLARATION = read_declaration()
TOPICS = {topic.name: topic for topic in DECLARATION.topics(NAMES)}
KEPT_FOR_EVER = {"cleanup.policy": "delete", "retention.ms": "-1"}
CATEGORIES = {*BY_CATEGORY, *(process.category for process in catalog(Policies()).processes)}


def test_every_category_of_the_catalog_has_its_topic_and_no_other_has():
    assert set(DECLARATION.events.partitions) == CATEGORIES


def test_events_are_kept_for_ever():
    assert {TOPICS[NAMES.events(c)].config == KEPT_FOR_EVER for c in CATEGORIES} == {True}


def test_every_view_has_its_compacted_topic_and_no_other_has():
    assert set(DECLARATION.state.partitions) == set(VIEWS)
    policies = {TOPICS[NAMES.state(view)].config["cleanup.policy"] for view in VIEWS}
    assert policies == {"compact"}


def test_every_channel_has_its_topics_as_many_partitions_in_as_out():
    channels = Settings().channels
    assert set(channels) == set(DECLARATION.inbound.partitions)
    for channel in channels:
        inbound, outcomes = TOPICS[NAMES.inbound(channel)], TOPICS[NAMES.outcomes(channel)]
        assert inbound.partitions == outcomes.partitions
        assert dead_letters(inbound.name, "intake") in TOPICS
        assert dead_letters(inbound.name, "route") in TOPICS


def test_what_projectors_set_aside_has_a_topic_beside_each_that_they_read():
    assert {dead_letters(NAMES.events(c), "projector") for c in CATEGORIES} <= set(TOPICS)


def test_the_checkpoint_of_the_relay_is_one_partition_compacted():
    checkpoint = TOPICS[NAMES.checkpoint]
    assert (checkpoint.partitions, checkpoint.config["cleanup.policy"]) == (1, "compact")


def test_every_topic_is_named_once_with_the_prefix_of_its_cell():
    topics = DECLARATION.topics(NAMES)
    assert len(TOPICS) == len(topics)
    assert all(topic.name.startswith("oms.eu.") for topic in topics)


def test_the_declaration_for_operators_is_the_one_that_is_installed():
    assert Path("deploy/kafka/topics.yaml").resolve() == DECLARED


def test_a_cluster_that_has_everything_is_left_as_it_is():
    assert {step.action for step in plan(TOPICS.values(), TOPICS)} == {Action.KEEP}


def test_what_is_missing_is_created_as_declared():
    wanted = Topic("oms.a", 3, {"retention.ms": "-1"})
    assert plan([wanted], {"oms.b": wanted}) == (
        Step(Action.CREATE, "oms.a", 3, {"retention.ms": "-1"}, {}),
    )


def test_only_settings_that_are_declared_and_differ_are_changed():
    wanted = Topic("oms.a", 3, {"retention.ms": "-1", "cleanup.policy": "delete"})
    found = Topic("oms.a", 3, {"retention.ms": "7", "cleanup.policy": "delete", "segment.ms": "9"})
    assert plan([wanted], {"oms.a": found}) == (
        Step(Action.CONFIGURE, "oms.a", 3, {"retention.ms": "-1"}, {"retention.ms": "7"}),
    )


@pytest.mark.parametrize("there", [2, 4])
def test_another_number_of_partitions_is_refused_and_the_settings_are_still_seen_to(there: int):
    wanted, found = Topic("oms.a", 3, {"retention.ms": "-1"}), Topic("oms.a", there, {})
    refused, configured = plan([wanted], {"oms.a": found})
    assert (refused.action, refused.partitions) == (Action.REFUSE, there)
    assert refused.why.startswith(f"It has {there} partitions, 3 are declared.")
    assert configured.action is Action.CONFIGURE


WHOLE = DECLARED.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            WHOLE.replace("    order: 12", "    order: 0"),
            "events.partitions.order: Input should be",
        ),
        (WHOLE + "\nmine: {}", "mine: Extra inputs"),
        ("events: {}", "events.config: Field required"),
        ("[", "expected the node content"),
    ],
)
def test_a_wrong_declaration_says_what_is_wrong(text: str, said: str, tmp_path: Path):
    path = tmp_path / "topics.yaml"
    path.write_text(text)
    with pytest.raises(UnusableDeclaration, match=said):
        read_declaration(path)


def test_without_kafka_topics_are_refused_with_what_to_do():
    told = oms("kafka", "topics", "plan")
    assert told.code == 2
    assert "OMS_KAFKA_BOOTSTRAP" in told.err
