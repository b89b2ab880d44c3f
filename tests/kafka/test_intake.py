"""What channels publish is taken in once, in order and in fair shares; each message is answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from adapters.intake import inbound, replies
from adapters.kafka.reading import Reader
from adapters.kafka.registry import ConfluentRegistry, RegistryUnavailable
from adapters.settings import Settings
from oms_core.domain.order.events import OrderPlaced, OrderRejected
from oms_core.engine import unit
from oms_core.engine.cause import SourcePosition
from oms_core.kernel import Instant
from tests.support.inbound_wire import order, receipt
from tests.support.kafka.cell import Cell
from tests.support.kafka.desk import Desk, desk_of

CHANNELS = ("web", "till", "edi")
SECOND = 1_000_000


@pytest.fixture
def settings(cell: Cell) -> Settings:
    """A cell with three channels."""
    return cell.settings.model_copy(update={"channels": CHANNELS})


@pytest.fixture
def registry(settings: Settings) -> Iterator[ConfluentRegistry]:
    """The real registry."""
    made = ConfluentRegistry(settings)
    yield made
    made.close()


@pytest.fixture
def desk(settings: Settings, registry: ConfluentRegistry) -> Iterator[Desk]:
    """The intake of the cell."""
    with desk_of(settings, registry) as opened:
        yield opened


def told(desk: Desk, channel: str = "web") -> list[tuple[str, str]]:
    """Return what a channel is told: the key and the kind of each outcome."""
    return [(reply.key, type(reply).__name__) for reply in desk.outcomes(channel)]


def test_each_message_has_the_outcome_that_it_deserves(desk: Desk):
    desk.send("edi", receipt("MUG", 100))
    desk.take_in_all()
    desk.send(
        "web",
        order("1"),
        order("1"),
        order("1", ("MUG", 2)),
        inbound.CancelOrder("1"),
        order("2", ("MUG", -1)),
        replace(order("3"), customer_id="a\x00b"),
        inbound.CancelOrder("4"),
    )
    desk.take_in_all()
    assert [type(reply) for reply in desk.outcomes("edi")] == [replies.Applied]
    assert sorted(told(desk)) == [
        ("1", "Applied"),
        ("1", "IntakeDuplicateIgnored"),
        ("1", "IntakeDuplicateIgnored"),
        ("1", "OrderPlaced"),
        ("2", "OrderRejected"),
        ("3", "OrderRejected"),
        ("4", "Refused"),
    ]
    first = [reply for reply in desk.outcomes("web") if reply.key == "1"]
    assert isinstance(first[0], replies.OrderPlaced)
    assert first[0].order_id == "web:1"
    same, other = first[1:3]
    assert isinstance(same, replies.IntakeDuplicateIgnored)
    assert isinstance(other, replies.IntakeDuplicateIgnored)
    assert (same.of, same.differing) == ("order:web:1", ())
    assert (other.of, other.differing) == ("order:web:1", ("lines", "tenders"))
    reasons = {
        reply.key: [reason.code for reason in reply.reasons]
        for reply in desk.outcomes("web")
        if isinstance(reply, replies.OrderRejected | replies.Refused)
    }
    assert reasons == {
        "2": ["line.quantity", "line.amount", "tender.amount"],
        "3": ["form.invalid"],
        "4": ["order.not_open"],
    }
    assert [r.stream for r in desk.events(OrderPlaced)] == ["order:web:1"]
    assert [r.stream for r in desk.events(OrderRejected)] == ["order:web:2"]


def test_messages_of_one_key_are_taken_in_their_order(desk: Desk):
    for number in range(20):
        desk.send("web", order(f"{number}"), inbound.CancelOrder(f"{number}"), order(f"{number}"))
    desk.take_in_all()
    by_key: dict[str, list[str]] = {}
    for key, kind in told(desk):
        by_key.setdefault(key, []).append(kind)
    expected = ["OrderPlaced", "Applied", "IntakeDuplicateIgnored"]
    assert by_key == {f"{number}": expected for number in range(20)}


def test_an_engine_that_starts_again_goes_on_where_the_log_says(
    settings: Settings, registry: ConfluentRegistry
):
    for start in (0, 10, 20):
        with desk_of(settings, registry) as desk:
            desk.send("web", *(order(f"{number}") for number in range(start, start + 10)))
            desk.take_in_all()
            assert Counter(kind for _, kind in told(desk)) == {"OrderPlaced": start + 10}


def test_a_batch_that_the_log_knows_already_changes_nothing_and_the_next_one_goes_on(desk: Desk):
    desk.send("web", order("1"))
    while not desk.intake.batch():
        desk.intake.wait(0.2)
    desk.intake.rewind()
    desk.take_in_all()
    (source,) = desk.post.ends
    desk.engine.handle([], [SourcePosition(source, 1, 2)])  # As another engine would have.
    desk.send("web", order("1"), order("1"))
    desk.take_in_all()
    assert [kind for _, kind in told(desk)] == ["OrderPlaced", "IntakeDuplicateIgnored"]


def test_a_flood_of_one_channel_leaves_the_others_their_share(
    settings: Settings, registry: ConfluentRegistry
):
    few = settings.model_copy(update={"kafka_in_flight": 30})
    with desk_of(few, registry) as desk:
        desk.send("web", *(order(f"{number}") for number in range(600)))
        desk.send("till", *(order(f"{number}") for number in range(30)))
        while not all(inlet.wait(0.2) for inlet in desk.intake._inlets[:2]):
            pass
        desk.take_in_all()
        placed = [r.stream.split(":")[1] for r in desk.events(OrderPlaced)]
        assert Counter(placed) == {"web": 600, "till": 30}
        last_of_till = len(placed) - placed[::-1].index("till")
        assert placed[:last_of_till].count("web") < 200


def test_a_channel_is_taken_no_faster_than_its_pace(
    settings: Settings, registry: ConfluentRegistry
):
    slow = settings.model_copy(update={"kafka_rates": {"web": 10.0}})
    now = [Instant(SECOND)]
    with desk_of(slow, registry, clock=lambda: now[0]) as desk:
        desk.send("web", *(order(f"{number}") for number in range(25)))
        desk.send("till", *(order(f"{number}") for number in range(25)))
        counts = []
        while len(counts) < 4:
            while desk.turn() or any(inlet.wait(0.3) for inlet in desk.intake._inlets):
                pass
            placed = [r.stream.split(":")[1] for r in desk.events(OrderPlaced)]
            if placed.count("till") < 25:
                continue
            counts.append(placed.count("web"))
            now[0] = Instant(now[0] + SECOND)
        assert counts == [10, 20, 25, 25]


class Flaky(Reader):
    """Reads with a registry that does not answer for a while."""

    fails = True

    def read(self, origin, wire):
        if self.fails and origin.channel == "web":
            raise RegistryUnavailable("schema 7", "The registry does not answer.", "Start it.")
        return super().read(origin, wire)


def test_a_registry_that_does_not_answer_holds_up_its_channel_and_parks_nothing(
    settings: Settings, registry: ConfluentRegistry
):
    now = [Instant(SECOND)]
    reader = Flaky(registry)
    with desk_of(settings, registry, reader, lambda: now[0]) as desk:
        desk.send("web", order("1"), order("2"))
        desk.send("till", order("1"))
        while not told(desk, "till"):
            desk.turn()
            desk.intake.wait(0.1)
        assert (told(desk), desk.parked()) == ([], [])
        reader.fails = False
        now[0] = Instant(now[0] + 10 * SECOND)
        desk.take_in_all()
        assert sorted(told(desk)) == [("1", "OrderPlaced"), ("2", "OrderPlaced")]


def test_a_message_that_breaks_our_code_is_parked_and_answered_when_it_is_mended(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patch:
        patch.setattr(unit.UnitOfWork, "_execute", lambda *_: 1 / 0)
        desk.send("web", order("1"))
        desk.take_in_all()
    desk.send("web", inbound.CancelOrder("1"), order("2"))
    desk.take_in_all()
    assert sorted(told(desk)) == [("1", "Parked"), ("1", "Parked"), ("2", "OrderPlaced")]
    desk.redrive()
    assert told(desk)[3:] == [("1", "OrderPlaced"), ("1", "Applied")]
