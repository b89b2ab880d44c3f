"""Channels side by side: what one sells others cannot, and races and repeats change nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import permutations
from random import Random
from threading import Thread

import pytest

from adapters.intake import inbound, replies
from adapters.intake.translation import command_of
from adapters.kafka.registry import ConfluentRegistry
from adapters.settings import Settings
from oms_core.domain.fulfilment.commands import ShipFulfilment
from oms_core.domain.fulfilment.events import FulfilmentRequested
from oms_core.domain.order.events import OnShortage, OrderPlaced, TenderMethod
from oms_core.domain.payment import events as paid
from oms_core.domain.payment.commands import Outcome
from oms_core.domain.stock.commands import SetRingFence
from oms_core.domain.stock.events import ReservationDeclined, StockReceived, StockReserved
from oms_core.engine.cause import Cause
from tests.support.inbound_wire import order, receipt
from tests.support.kafka.cell import Cell
from tests.support.kafka.desk import Desk, Post, desk_of

CHANNELS = ("web", "marketplace", "till", "edi")
SELLING = CHANNELS[:3]
UNITS, FENCED = 100, 30
ORDERS_EACH = 60


@pytest.fixture
def settings(cell: Cell) -> Settings:
    """A cell whose channels are taken in a few messages at a time, so that they interleave."""
    return cell.settings.model_copy(update={"channels": CHANNELS, "kafka_in_flight": 12})


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


def at_once(settings: Settings, registry: ConfluentRegistry, sent: dict[str, list]) -> list[Post]:
    """Let each channel send what it has to say, all at the same time."""
    posts = {channel: Post(settings, registry) for channel in sent}
    threads = [
        Thread(target=posts[channel].send, args=(channel, *messages))
        for channel, messages in sent.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(posts.values())


def test_s17_what_one_channel_sells_no_other_can_and_a_ring_fence_is_never_exceeded(
    desk: Desk, settings: Settings, registry: ConfluentRegistry
):
    desk.send("edi", receipt("MUG", UNITS))
    desk.take_in_all()
    desk.ask(SetRingFence("MUG", "marketplace", FENCED))
    sent = {
        channel: [
            order(f"{number}", ("MUG", 1), on_shortage=OnShortage.CANCEL)
            for number in range(ORDERS_EACH)
        ]
        for channel in SELLING
    }
    for post in at_once(settings, registry, sent):
        desk.post.ends.update(post.ends)
    desk.take_in_all()
    free, sold, offered = 0, Counter[str](), dict[str, list[int]]()
    for recorded in desk.events(StockReceived, StockReserved, ReservationDeclined):
        match recorded.event:
            case StockReceived(quantity=units):
                free += units
            case StockReserved(line_id=line_id, quantity=units):
                channel = line_id.partition(":")[0]
                sold[channel] += units
                left = max(0, FENCED - sold["marketplace"])
                assert sum(sold.values()) <= free
                assert sold["web"] + sold["till"] + left <= free
            case ReservationDeclined(line_id=line_id, available=available):
                channel = line_id.partition(":")[0]
                others = sum(sold.values()) - sold["marketplace"]
                left = 0 if channel == "marketplace" else max(0, FENCED - sold["marketplace"])
                offered.setdefault(channel, []).append(available)
                assert available == free - others - sold["marketplace"] - left
    assert sum(sold.values()) == UNITS
    assert sold["marketplace"] >= FENCED
    assert all(sold[channel] for channel in SELLING)
    assert offered.keys() & {"web", "till"}
    assert {type(r) for c in SELLING for r in desk.outcomes(c)} == {replies.OrderPlaced}


@pytest.mark.parametrize("seed", range(3))
def test_p5_an_order_is_created_once_whoever_is_first_the_webhook_or_the_browser(
    desk: Desk, settings: Settings, registry: ConfluentRegistry, seed: int
):
    """The browser's callback and the provider's webhook both place the order, and confirm it.

    They come by two clients at once and by the shop's own door, again and again, in any order.
    """
    dice = Random(seed)
    references = [f"{seed}{number:02d}" for number in range(15)]
    browser, webhook = [], []
    for reference in references:
        notice = inbound.PaymentNotice(
            f"web:{reference}/p1:authorize:1", Outcome.SUCCEEDED, f"auth-{reference}"
        )
        browser += [order(reference)] * dice.randint(1, 2)
        webhook += [*[order(reference)] * dice.randint(0, 2), *[notice] * dice.randint(1, 3)]
    dice.shuffle(browser)
    dice.shuffle(webhook)
    posts = [Post(settings, registry) for _ in range(2)]
    threads = [
        Thread(target=post.send, args=("web", *messages))
        for post, messages in zip(posts, (browser, webhook), strict=True)
    ]
    for thread in threads:
        thread.start()
    door = [command_of(order(reference), "web") for reference in references[::2]]
    for number, command in enumerate(door):
        desk.engine.handle([Cause(command, f"http:{number}", "channel:web")])
        desk.turn()
    for thread in threads:
        thread.join()
    for post in posts:
        desk.post.ends.update({k: max(v, desk.post.ends.get(k, 0)) for k, v in post.ends.items()})
    desk.take_in_all()
    late = [m for m in webhook if isinstance(m, inbound.PaymentNotice)]
    desk.send("web", *late)  # A provider sends a webhook again until it is taken.
    desk.take_in_all()
    kinds = (OrderPlaced, paid.AuthorizationRequested, paid.AuthorizationSucceeded)
    happened = Counter((type(r.event), r.stream) for r in desk.events(*kinds))
    expected = [(OrderPlaced, f"order:web:{reference}") for reference in references]
    for reference in references:
        expected += [(kind, f"payment:web:{reference}/p1") for kind in kinds[1:]]
    assert happened == Counter(expected)
    placed = [r.key for r in desk.outcomes("web") if isinstance(r, replies.OrderPlaced)]
    assert len(placed) == len(set(placed))


def test_p20_webhooks_doubled_and_in_any_order_without_a_key_of_their_own_come_to_the_same(
    desk: Desk,
):
    """Each order gets the notices of one payment in another order, doubled; one gets them once."""
    ways = [*permutations(range(4))]
    references = [f"{number}" for number in range(len(ways) + 1)]
    desk.send("edi", receipt("MUG", 1_000))
    desk.take_in_all()
    desk.send("web", *(order(reference, method=TenderMethod.CARD) for reference in references))
    desk.take_in_all()
    desk.send("web", *(_authorized(reference) for reference in references))
    desk.take_in_all()
    parcels = {r.event.order_id: r.event for r in desk.events(FulfilmentRequested)}
    desk.ask(*(ShipFulfilment(parcel.fulfilment_id) for parcel in parcels.values()))
    for reference, way in zip(references, [*ways, (1,)], strict=True):
        intent = parcels[f"web:{reference}"].fulfilment_id
        notices = [
            _authorized(reference),
            inbound.PaymentNotice(f"web:{reference}/p1:capture:{intent}", Outcome.SUCCEEDED),
            inbound.PaymentNotice(f"web:{reference}/p1:capture:{intent}", Outcome.SUCCEEDED),
            inbound.PaymentNotice(f"web:{reference}/p1:authorize:1", Outcome.UNKNOWN),
        ]
        desk.send("web", *(notices[place] for place in way))
    desk.take_in_all()
    histories = {}
    for recorded in desk.events():
        if recorded.stream.startswith("payment:"):
            name = type(recorded.event).__name__
            histories.setdefault(recorded.stream, []).append(name)
    once = histories.pop(f"payment:web:{references[-1]}/p1")
    assert once == [
        "AuthorizationRequested",
        "AuthorizationSucceeded",
        "CaptureRequested",
        "PaymentClosed",
        "CaptureSucceeded",
    ]
    assert list(histories.values()) == [once] * len(ways)
    kinds = Counter(type(r).__name__ for r in desk.outcomes("web") if "/p1" in r.key)
    assert kinds == {
        "Applied": 2 * len(references),
        "IntakeDuplicateIgnored": 3 * len(ways),
    }


def _authorized(reference: str) -> inbound.PaymentNotice:
    key = f"web:{reference}/p1:authorize:1"
    return inbound.PaymentNotice(key, Outcome.SUCCEEDED, f"auth-{reference}")
