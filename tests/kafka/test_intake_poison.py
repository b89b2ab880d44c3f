"""Poison of every kind waits with what comes after it, and goes on in order; all the rest flows."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from adapters.intake import inbound, replies
from adapters.kafka.names import dead_letters
from adapters.kafka.reading import Reader
from adapters.kafka.registry import ConfluentRegistry
from adapters.kafka.unread import Origin
from adapters.kafka.wire import Undecodable, Wire
from adapters.settings import Settings
from oms_core.engine.cause import Cause
from tests.support.inbound_wire import Sender, order
from tests.support.kafka.cell import Cell
from tests.support.kafka.desk import Desk, desk_of
from tests.support.poison import poisons, wrongs

HEALTHY = 30
WAITS = "message.waits"


@pytest.fixture
def settings(cell: Cell) -> Settings:
    """A cell with one channel."""
    return cell.settings.model_copy(update={"channels": ("web",)})


@pytest.fixture
def registry(settings: Settings) -> Iterator[ConfluentRegistry]:
    """The real registry."""
    made = ConfluentRegistry(settings)
    yield made
    made.close()


class NewerReader(Reader):
    """A version that knows what the poison was: an order under the key that it came by."""

    def read(self, origin: Origin, wire: Wire) -> Cause:
        try:
            return super().read(origin, wire)
        except Undecodable:
            return super().read(origin, mended(wire))


def mended(wire: Wire) -> Wire:
    good = SENDERS[0].wire(order(wire.key.decode()))
    return wire._replace(value=good.value, headers=[])


SENDERS: list[Sender] = []


@pytest.fixture
def sent(settings: Settings, registry: ConfluentRegistry) -> dict[str, str]:
    """Every kind of poison, with an order and its cancellation behind it and healthy ones between.

    Its code by the key that it came by.
    """
    SENDERS[:] = [Sender(registry)]
    topic = f"{settings.kafka_prefix}.web.inbound.v1"
    codes: dict[str, str] = {}
    with desk_of(settings, registry) as desk:
        desk.send("web", *(order(f"before-{number}") for number in range(HEALTHY)))
        for kind, code, make in poisons(registry):
            key = kind.replace(" ", "-")
            codes[key] = code
            desk.post.send_raw(make(topic, key))
            desk.send("web", order(key), inbound.CancelOrder(key))
        desk.send("web", *(order(f"after-{number}") for number in range(HEALTHY)))
        desk.take_in_all()
        healthy = [r for r in desk.outcomes("web") if r.key.startswith(("before-", "after-"))]
        assert [type(reply) for reply in healthy] == [replies.OrderPlaced] * HEALTHY * 2
        check_parked(desk, codes)
        check_dead_letters(desk, codes)
    assert len(codes) >= 20
    return codes


def check_parked(desk: Desk, codes: dict[str, str]) -> None:
    errors: dict[str, list[str]] = {}
    for entry in desk.parked():
        key = entry.stream.removeprefix("inbound:web:")
        errors.setdefault(key, []).append(entry.error.partition(":")[0])
    assert errors == {key: [code, WAITS, WAITS] for key, code in codes.items()}
    told = [r for r in desk.outcomes("web") if r.key in codes]
    assert {type(reply) for reply in told} == {replies.Parked}
    assert len(told) == 3 * len(codes)


def check_dead_letters(desk: Desk, codes: dict[str, str]) -> None:
    topic = f"{desk.shop.settings.kafka_prefix}.web.inbound.v1"
    shown = desk.letters(dead_letters(topic, "intake"))
    first = {}
    for letter in shown:
        headers = dict(letter.headers)
        assert headers["oms_source_topic"] == topic.encode()
        assert headers["oms_source_partition"].isdigit()
        assert headers["oms_source_offset"].isdigit()
        assert headers["oms_error_detail"]
        first.setdefault(letter.key.decode(), headers["oms_error_code"].decode())
    assert (first, len(shown)) == (codes, 3 * len(codes))


def by_key(desk: Desk, before: int) -> dict[str, str]:
    """Return the outcomes after so many, in order, by the key of what they answer."""
    found: dict[str, list[str]] = {}
    for reply in desk.outcomes("web")[before:]:
        found.setdefault(reply.key, []).append(type(reply).__name__)
    return {key: " ".join(names) for key, names in found.items()}


def test_poison_that_a_newer_version_can_read_goes_on_in_its_order(
    sent: dict[str, str], settings: Settings, registry: ConfluentRegistry
):
    with desk_of(settings, registry, NewerReader(registry)) as desk:
        before = len(desk.outcomes("web"))
        desk.redrive()
        assert desk.parked() == []
        expected = "OrderPlaced IntakeDuplicateIgnored Applied"
        assert by_key(desk, before) == dict.fromkeys(sent, expected)
        desk.send("web", *(inbound.CancelOrder(key) for key in sent))
        desk.take_in_all()
        assert desk.parked() == []


def test_poison_that_is_given_up_lets_what_waits_behind_it_go_on(
    sent: dict[str, str], settings: Settings, registry: ConfluentRegistry
):
    with desk_of(settings, registry) as desk:
        before = len(desk.outcomes("web"))
        for key in sent:
            desk.discard(f"inbound:web:{key}", "sent again under another key")
        desk.redrive()
        assert desk.parked() == []
        assert by_key(desk, before) == dict.fromkeys(sent, "Refused OrderPlaced Applied")


def test_a_message_without_a_key_holds_up_no_other(settings: Settings, registry: ConfluentRegistry):
    good = Sender(registry).wire(order("1"), f"{settings.kafka_prefix}.web.inbound.v1")
    with desk_of(settings, registry) as desk:
        desk.post.send_raw(*(good._replace(key=b"") for _ in range(3)), good)
        desk.take_in_all()
        errors = [entry.error.partition(":")[0] for entry in desk.parked()]
        assert errors == ["key.missing"] * 3
        assert len({entry.stream for entry in desk.parked()}) == 3
        assert [type(r) for r in desk.outcomes("web") if r.key == "1"] == [replies.OrderPlaced]


def test_a_key_that_is_no_text_parks_its_own_messages_only(
    settings: Settings, registry: ConfluentRegistry
):
    good = Sender(registry).wire(order("1"), f"{settings.kafka_prefix}.web.inbound.v1")
    with desk_of(settings, registry) as desk:
        desk.post.send_raw(good._replace(key=b"\xff\x00"), good._replace(key=b"\xff\x00"), good)
        desk.take_in_all()
        assert [(entry.stream, entry.error.partition(":")[0]) for entry in desk.parked()] == [
            ("inbound:web:0xff00", "key.mismatch"),
            ("inbound:web:0xff00", WAITS),
        ]
        assert [type(r) for r in desk.outcomes("web") if r.key == "1"] == [replies.OrderPlaced]


def test_what_can_be_read_and_is_wrong_is_rejected_with_its_own_error_and_holds_up_nothing(
    settings: Settings, registry: ConfluentRegistry
):
    topic = f"{settings.kafka_prefix}.web.inbound.v1"
    with desk_of(settings, registry) as desk:
        expected = {}
        for _, code, wire in wrongs():
            expected[wire.key.decode()] = code
            desk.post.send_raw(wire._replace(topic=topic))
        desk.send("web", *(order(key) for key in expected))
        desk.take_in_all()
        assert desk.parked() == []
        codes = {
            reply.key: reply.reasons[0].code
            for reply in desk.outcomes("web")
            if isinstance(reply, replies.OrderRejected)
        }
        assert codes == expected
        placed = {r.key for r in desk.outcomes("web") if isinstance(r, replies.OrderPlaced)}
        assert placed == set(expected)


@pytest.mark.skipif(shutil.which("kcat") is None, reason="kcat is not installed")
def test_a_header_whose_name_is_no_text_is_poison_too_and_its_message_goes_on_without_it(
    settings: Settings, registry: ConfluentRegistry
):
    topic = f"{settings.kafka_prefix}.web.inbound.v1"
    good = Sender(registry).wire(order("1"), topic)
    with desk_of(settings, registry) as desk:
        desk.send("web", *(order(f"before-{number}") for number in range(100)))
        desk.take_in_all()
        told = len(desk.outcomes("web"))
        at = desk.post.ends.get(f"{topic}[0]", 0)
        to = ["-b", settings.kafka_bootstrap, "-t", topic, "-p", "0", "-k", "1", "-D", "|"]
        command = ["kcat", "-P", *to, "-H", b"\xff\xfe=1"]
        subprocess.run(command, input=good.value, check=True)
        desk.post.ends[f"{topic}[0]"] = at + 1
        desk.take_in_all()
        assert [e.error.partition(":")[0] for e in desk.parked()] == ["header.name_not_utf8"]
        desk.redrive()
        kinds = [type(reply) for reply in desk.outcomes("web")[told:]]
        assert kinds == [replies.Parked, replies.OrderPlaced]
