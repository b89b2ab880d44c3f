"""P4 and P21: the process dies at any step, before or after any call and any append."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from adapters.payments.simulated import Fate
from oms_core.domain.fulfilment.commands import DeliverFulfilment, ShipFulfilment
from oms_core.domain.order.commands import CancelOrder, RecordReturn, ReturnLine
from oms_core.domain.order.events import (
    CancellationReason,
    Disposition,
    OnShortage,
    OrderCancelled,
    OrderCompleted,
)
from oms_core.domain.payment.events import AuthorizationSucceeded
from oms_core.domain.stock.events import StockShipped
from oms_core.kernel import Command
from tests.support.lab import Crash, Lab, gateways_money, open_authorizations, our_money, surviving
from tests.support.shop import checkout, placement, receipt, shopping

ORDER, PAYMENT = "web:1", "web:1/p1"
FIRST, SECOND = "web:1/f1.1", "web:1/f1.2"
PLACED = (
    receipt("MUG", 5, "LYON"),
    receipt("CUP", 5, "LEEDS"),
    placement(1, ("MUG", 2), ("CUP", 1)),
)
SALE = (*PLACED, ShipFulfilment(FIRST), ShipFulfilment(SECOND), DeliverFulfilment(FIRST))
RETURNED = RecordReturn(ORDER, "RMA-1", (ReturnLine("web:1/1", 1),), Disposition.RESTOCK, "LYON")
BY_CUSTOMER = CancelOrder(ORDER, CancellationReason.CUSTOMER)
STORIES: dict[str, tuple[Command, ...]] = {
    "sold": SALE,
    "sold and partly returned": (*SALE, RETURNED),
    "cancelled before anything left": (*PLACED, BY_CUSTOMER),
    "cancelled when one of two parcels had left": (*PLACED, ShipFulfilment(FIRST), BY_CUSTOMER),
    "sold out of a cart": (
        *PLACED[:2],
        *shopping("web:c1", ("MUG", 2), ("CUP", 1)),
        checkout("web:c1", 1, 3_000),
        *SALE[3:],
    ),
    "given up for want of stock": (
        receipt("MUG", 1),
        placement(1, ("MUG", 2), on_shortage=OnShortage.CANCEL),
    ),
}
FATES: dict[str, dict[str, Fate]] = {
    "all answers heard": {},
    "answers lost after the deed": dict.fromkeys(
        ("authorize", "capture", "void", "refund"), Fate.DONE_UNHEARD
    ),
    "requests lost on the way": dict.fromkeys(
        ("authorize", "capture", "void", "refund"), Fate.LOST
    ),
    "the card is declined": {"authorize": Fate.REFUSED},
}


def live(story: Sequence[Command], fates: dict[str, Fate], dies_at: int | None = None) -> Lab:
    """Let a story happen, go on after the one death in it, and wait for every answer."""
    lab = Lab(fates, dies_at)
    for _ in range(2):
        with surviving(lab):
            lab.take_in(story)
    return lab


@pytest.mark.parametrize("fates", FATES.values(), ids=FATES.keys())
@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_p21_a_process_that_dies_at_any_step_ends_with_the_same_history_as_one_that_does_not(
    story: Sequence[Command], fates: dict[str, Fate]
):
    undisturbed = live(story, fates)
    expected = settled(undisturbed)
    assert undisturbed.fuse.points >= 10
    for point in range(undisturbed.fuse.points):
        disturbed = live(story, fates, point)
        assert disturbed.fuse.points > point, "the process never died"
        assert settled(disturbed) == expected, f"it died at point {point}"


def settled(lab: Lab) -> dict[str, list[object]]:
    """Return each stream but for what a crash delays or spares: times, and notes of silence."""
    return {
        stream: [
            replace(event, expires_at=0, renew_at=0)
            if isinstance(event, AuthorizationSucceeded)
            else event
            for event in events
            if not type(event).__name__.endswith("Unknown")
        ]
        for stream, events in lab.streams().items()
    }


@pytest.mark.parametrize("fates", FATES.values(), ids=FATES.keys())
@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_p4_whoever_was_charged_has_the_goods_or_the_money_back(
    story: Sequence[Command], fates: dict[str, Fate]
):
    points = live(story, fates).fuse.points
    for point in range(points):
        lab = live(story, fates, point)
        events = lab.events()
        assert gateways_money(lab.gateway) == our_money(events), f"it died at point {point}"
        if any(isinstance(event, OrderCancelled) for event in events):
            assert gateways_money(lab.gateway) == {}
        charged = sum(a.captured_minor - a.refunded_minor for a in lab.gateway.accounts.values())
        shipped = sum(event.quantity for event in events if isinstance(event, StockShipped))
        returned = RETURNED in story and shipped > 0
        assert charged == 1_000 * (shipped - returned), f"it died at point {point}"
        if any(isinstance(event, OrderCancelled | OrderCompleted) for event in events):
            assert open_authorizations(lab.gateway, lab.now) == set()


def test_p4_a_page_that_was_booked_is_never_booked_again():
    lab = Lab()
    lab.take_in(PLACED[:-1])
    lab.ask(PLACED[-1])
    turn = lab.follower.turn(lab.now)
    assert turn is not None
    lab.engine.handle(turn.causes, [turn.position])
    before = lab.history()
    lab.open()
    assert lab.follower.turn(lab.now) is None or lab.history() == before
    assert lab.gateway.calls[f"{PAYMENT}:authorize:1"] == 1


def test_a_death_is_not_mistaken_for_a_fault_of_the_cause():
    lab = Lab(blows_at=0)
    with pytest.raises(Crash):
        lab.ask(PLACED[0])
    assert lab.history() == []
