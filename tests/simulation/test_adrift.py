"""Whatever message or alarm comes twice, late or never, every order ends or has an owner."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest
from msgspec.structs import replace

from adapters.simulation.run import START
from adapters.simulation.stage import DAY
from oms_core.domain.order.state import Phase
from oms_core.engine.catalog import BY_CATEGORY
from tests.simulation.adrift import Adrift
from tests.simulation.invariants import check_all, check_owners, states
from tests.simulation.ownership import Owner, Shop, care
from tests.simulation.vouchers import check_vouchers
from tests.support.seeds import replayable, seeds

ORDERS = 80
DAYS_MAX = 120
"""By then everything has been said that ever will be."""

FEW = range(1, 7)
FATES = {"never", "twice", "late", "again, late", "overtaken"}


@cache
def lived(seed: int) -> Adrift:
    """Live through one world; the few that several tests look at are kept."""
    return live(seed)


def live(seed: int) -> Adrift:
    """Live through one world."""
    world = Adrift(seed, ORDERS)
    world.run()
    return world


@pytest.mark.parametrize("seed", seeds(50))
def test_every_order_ends_or_has_an_owner_whatever_goes_astray(seed: int):
    with replayable(seed, "tests/simulation/test_adrift.py"):
        world = live(seed)
        assert set(world.fates) == FATES
        assert world.world.now < START + DAYS_MAX * DAY
        assert world.disk.parked() == {}
        check_all(world.history, world.world.gateway, world.world.now)
        check_vouchers(world.history)
        check_owners(world.history, world.world.cashier.open_keys, world.disk.parked_streams())


def test_the_same_seed_goes_astray_in_the_same_way():
    first, second, other = live(3), lived(3), lived(4)
    assert first.messenger.journal == second.messenger.journal
    assert first.history == second.history
    assert first.messenger.journal != other.messenger.journal


def everything(world: Adrift) -> dict[str, object]:
    """Return the states of all streams."""
    return {
        f"{category}:{name}": state
        for category, decider in BY_CATEGORY.items()
        for name, state in states(world.history, category, decider).items()
    }


def test_alarms_messages_and_reports_of_every_kind_have_gone_astray():
    fates: dict[str, set[str]] = {}
    for seed in FEW:
        for mishap in lived(seed).messenger.journal:
            fates.setdefault(mishap.message.partition(" ")[0], set()).add(mishap.fate)
    astray = {
        "PlaceOrder", "AddToCart", "CheckOutCart", "CancelOrder", "AcceptQuote",
        "ReportAuthorization", "ReportCapture", "ReceivePayment",
        "AcceptFulfilment", "ShipFulfilment", "DeliverFulfilment", "ReceiveStock",
        "ExpireSoftReservation", "AbandonCart", "IssueInvoice", "RaiseDunning",
    }  # fmt: skip
    assert astray - set(fates) == set()
    for fate in FATES:
        assert sum(fate in met for met in fates.values()) > len(astray) // 2, fate


def test_who_owns_an_order_is_named_and_what_nobody_knows_of_is_an_orphan():
    """The judge is judged: what is taken away from under an order leaves an orphan."""
    kinds: Counter[str] = Counter()
    for seed in FEW:
        world = lived(seed)
        found = everything(world)
        shop = Shop(found, frozenset(), frozenset(world.world.cashier.open_keys))
        for stream in [name for name in found if name.startswith("order:")]:
            order_id = stream.partition(":")[2]
            taken = care(order_id, shop)
            if taken is None:
                continue
            for owner in taken.owners:
                assert owner.due_at or owner.who == "staff", owner
                kinds[owner.who.partition(" ")[0]] += 1
            order = found[stream]
            for name in order.parcels:
                lost = {k: v for k, v in found.items() if k != f"fulfilment:{name}"}
                assert not care(order_id, shop._replace(states=lost)).is_taken
            held = dict.fromkeys(order.holds, ())
            if held and not (order.awaiting or order.parcels or order.waiting):
                free = replace(order, holds=type(order.holds)(held))
                assert not care(order_id, shop._replace(states={**found, stream: free})).is_taken
    assert {"staff", "warehouse", "purchasing"} <= set(kinds)


def test_an_order_that_has_ended_needs_nobody():
    found = everything(lived(1))
    ended = [
        name.partition(":")[2]
        for name, state in found.items()
        if name.startswith("order:") and state.phase in (Phase.COMPLETED, Phase.CANCELLED)
    ]
    assert ended
    assert {care(name, Shop(found)) for name in ended} == {None}


def test_a_parked_message_is_an_owner_too():
    for found in map(everything, map(lived, FEW)):
        for stream, state in found.items():
            if stream.startswith("order:") and state.phase is Phase.PLACED:
                taken = care(stream.partition(":")[2], Shop(found, frozenset({stream})))
                assert taken is not None
                assert Owner("whoever mends it", f"a message for {stream}") in taken.owners
                return
    raise AssertionError("no order was left open")
