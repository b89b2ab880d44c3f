"""Many small worlds, undisturbed and disturbed, and what must hold of each of them."""

from __future__ import annotations

from collections import Counter

import pytest

from adapters.memory import MemoryLog, MemoryRecorder
from adapters.simulation.run import START, OtherOrders, Run
from adapters.simulation.world import World
from oms_core.domain.account import events as trusted
from oms_core.domain.cart import events as carted
from oms_core.domain.coupon import events as used
from oms_core.domain.customer.events import CustomerPromoted
from oms_core.domain.giftcard import events as given
from oms_core.domain.invoice import events as invoiced
from oms_core.domain.order import events as ordered
from oms_core.domain.payment import events as paid
from oms_core.domain.quote import events as quoted
from oms_core.domain.stock import events as stocked
from oms_core.kernel import CommandRefused, Recorded
from tests.simulation.invariants import check_all, check_owners
from tests.simulation.unruly import Unruly
from tests.simulation.vouchers import check_vouchers
from tests.support.lab import engine_on

ORDERS = 30
SEEDS = range(1, 61)


def lived(
    seed: int, orders: int, disk: MemoryRecorder | None = None, ticks_max: int | None = None
) -> tuple[Run, MemoryRecorder]:
    """Run a world without mishaps, from where the log stands to its end or for some ticks."""
    disk = disk or MemoryRecorder()
    run = Run(World(seed, orders, START))
    engine = engine_on(disk, run.clock)
    run.begin(engine, MemoryLog(disk))
    while (ticks_max is None or run.ticks < ticks_max) and run.step(engine):
        pass
    return run, disk


def rows(disk: MemoryRecorder) -> list[tuple[object, ...]]:
    """Return everything that is stored, as it is stored."""
    return [
        (n.id, n.originator_id, n.originator_version, n.topic, n.state)
        for n in disk.select_notifications(1, 1_000_000)
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_an_unruly_world_breaks_no_rule(seed: int):
    unruly = Unruly(seed, ORDERS)
    unruly.run()
    assert unruly.mishaps.died > 0
    assert unruly.disk.parked() == {}
    assert unruly.world.cashier.open_keys == ()
    check_all(unruly.history, unruly.world.gateway, unruly.world.now)
    check_vouchers(unruly.history)
    check_owners(unruly.history, (), ())


@pytest.fixture(scope="module")
def year() -> tuple[Run, list[Recorded]]:
    """A larger world without mishaps."""
    run, disk = lived(1, 1_200)
    return run, MemoryLog(disk).read(0, 1_000_000)


def test_a_calm_world_breaks_no_rule_either(year: tuple[Run, list[Recorded]]):
    run, history = year
    check_all(history, run.world.gateway, run.world.now)
    check_vouchers(history)
    check_owners(history, run.world.cashier.open_keys, ())


def test_every_order_is_completed_or_cancelled_or_rejected_or_waits_for_somebody(
    year: tuple[Run, list[Recorded]],
):
    run, history = year
    summary = run.summary
    ended = summary.completed + summary.cancelled + summary.waiting
    assert ended == summary.placed
    assert 1_200 <= summary.placed + summary.rejected <= 1_300
    assert summary.waiting < 0.02 * summary.placed
    assert summary.events == len(history)


def test_a_world_has_seen_everything_that_a_shop_can_see(year: tuple[Run, list[Recorded]]):
    _, history = year
    seen = {type(recorded.event) for recorded in history}
    expected = {
        CustomerPromoted,
        ordered.OrderRejected,
        ordered.OrderHeld,
        ordered.HoldResolved,
        ordered.LineBackordered,
        ordered.LineRerouted,
        ordered.LineShorted,
        ordered.LineReturned,
        ordered.OrderFlagged,
        paid.AuthorizationFailed,
        paid.AuthorizationActionRequired,
        paid.AuthorizationUnknown,
        paid.AuthorizationExpired,
        paid.CaptureFailed,
        paid.CaptureUnknown,
        paid.VoidSucceeded,
        paid.RefundSucceeded,
        paid.PaymentChargedBack,
        carted.CartAbandoned,
        carted.CartConverted,
        carted.CartExpired,
        carted.CartLineChanged,
        carted.CartLineDeclined,
        carted.CartLineRemoved,
        carted.CartReopened,
        stocked.SoftReservationConverted,
        stocked.SoftReservationExpired,
        stocked.SoftReservationReleased,
        stocked.ReservationDeclined,
        stocked.StockBackordered,
        stocked.SupplyExpected,
        stocked.StockCounted,
        stocked.StockAdjusted,
        stocked.TransferReceived,
        stocked.RingFenceSet,
        stocked.QuarantineLifted,
        trusted.AccountBlocked,
        trusted.AccountUnblocked,
        trusted.CreditDeclined,
        trusted.CreditDeposited,
        invoiced.DunningRaised,
        invoiced.InvoiceCorrected,
        invoiced.InvoiceSettled,
        quoted.QuoteAccepted,
        quoted.QuoteDeclined,
        quoted.QuoteExpired,
        used.CouponRedeemed,
        used.CouponDeclined,
        used.CouponReturned,
        used.RedemptionCompleted,
        given.GiftCardReserved,
        given.GiftCardDeclined,
        given.GiftCardRedeemed,
        given.GiftCardReleased,
        given.GiftCardCredited,
        given.GiftCardExhausted,
        given.GiftCardExpired,
    }
    assert expected - seen == set()
    placed = [r.event for r in history if isinstance(r.event, ordered.OrderPlaced)]
    channels = {"web", "marketplace", "till", "callcentre", "b2b"}
    assert {event.channel for event in placed} == channels
    assert {event.currency for event in placed} == {"EUR", "GBP", "USD", "JPY", "KRW", "KWD"}
    assert {event.on_shortage for event in placed} == set(ordered.OnShortage)
    assert {event.purpose for event in placed} == set(ordered.Purpose)


def test_who_rings_for_what_a_web_cart_holds_is_told_that_it_is_gone(
    year: tuple[Run, list[Recorded]],
):
    """A call for the last unit finds it in a cart, and the cart becomes an order with it."""
    _, history = year
    held: Counter[str] = Counter()
    refused = set()
    for event in (recorded.event for recorded in history):
        match event:
            case stocked.StockSoftReserved(item_id=item, quantity=n):
                held[item] += n
            case (
                stocked.SoftReservationReleased(item_id=item, quantity=n)
                | stocked.SoftReservationExpired(item_id=item, quantity=n)
                | stocked.SoftReservationConverted(item_id=item, quantity=n)
            ):
                held[item] -= n
            case stocked.ReservationDeclined(channel="callcentre", item_id=item) if held[item]:
                refused.add(event.line_id)
    assert refused


def test_no_process_asks_for_what_the_rules_forbid(year: tuple[Run, list[Recorded]]):
    """But for this: goods come back that were never paid for, and nothing can be given back."""
    _, history = year
    refused = {
        (event.command, event.code)
        for event in (r.event for r in history)
        if isinstance(event, CommandRefused)
    }
    assert refused <= {("RequestRefund", "payment.not_refundable")}


def test_the_same_seed_gives_the_same_log_byte_for_byte():
    _, first = lived(7, 40)
    _, second = lived(7, 40)
    assert rows(first) == rows(second)
    _, other = lived(8, 40)
    assert rows(first) != rows(other)


@pytest.mark.parametrize("ticks", [1, 2, 50, 333])
def test_a_world_that_was_killed_goes_on_as_if_nothing_had_happened(ticks: int):
    _, undisturbed = lived(7, 40)
    _, disk = lived(7, 40, ticks_max=ticks)
    assert len(rows(disk)) < len(rows(undisturbed))
    lived(7, 40, disk)
    assert rows(disk) == rows(undisturbed)


def test_a_world_that_has_come_to_rest_stays_there():
    run, disk = lived(7, 40)
    before = rows(disk)
    again, _ = lived(7, 40, disk)
    assert rows(disk) == before
    assert again.summary == run.summary


def test_two_worlds_can_live_in_one_shop():
    run, disk = lived(7, 20)
    other, _ = lived(8, 20, disk)
    assert other.summary.placed + other.summary.rejected >= 20
    again, _ = lived(7, 20, disk)
    assert again.summary == run.summary


def test_a_seed_is_refused_for_another_number_of_orders():
    _, disk = lived(7, 20)
    before = rows(disk)
    with pytest.raises(OtherOrders, match="seed 7 was simulated with 20 orders"):
        lived(7, 21, disk)
    assert rows(disk) == before
