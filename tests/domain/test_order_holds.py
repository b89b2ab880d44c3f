"""Shortages and doubts put holds in the way, each naming what it blocks; flags mark an order."""

import pytest
from msgspec.structs import replace

from oms_core.domain.order import commands, events
from oms_core.domain.order.changes import (
    EmptyHold,
    NoReason,
    NotFlagged,
    ReservedName,
    UnknownHold,
)
from oms_core.domain.order.checks import OrderNotOpen, StepBlocked
from oms_core.domain.order.decider import order
from oms_core.domain.order.events import (
    Blocked,
    CancellationReason,
    FlagKind,
    HoldKind,
    OnShortage,
    PlannedLine,
)
from tests.support.order import (
    CANCEL,
    CAP,
    CAPS,
    CARD,
    FROM_LYON,
    ITEMS,
    MUG,
    MUGS,
    ORDER,
    POSTAGE,
    authorize,
    cancel_line,
    hold,
    packed,
    part,
    reserve,
    send_back,
    sent,
    ship,
    short,
    told,
    wish,
)
from tests.support.spec import Specification

given = Specification(order)
PLACE = wish(MUGS, CAPS, on_shortage=OnShortage.HOLD)
SHORT = commands.RecordShortage(ORDER, CAP, 2, 1)
SHORT_HOLD = f"shortage:{CAP}"
HELD = events.OrderHeld(
    ORDER, SHORT_HOLD, HoldKind.SHORTAGE, (Blocked.RELEASE,), f"2 wanted and 1 available of {CAP}"
)


def unreserved(line_id, quantity):
    return events.LineUnreserved(ORDER, line_id, ITEMS[line_id], quantity)


def retried(*lines, on_shortage=OnShortage.HOLD):
    parts = tuple(PlannedLine(line_id, ITEMS[line_id], quantity) for line_id, quantity in lines)
    return events.ReservationRetried(ORDER, "web", on_shortage, parts)


def resolve(name):
    return commands.ResolveHold(ORDER, name, "looked at")


def resolved(name):
    return events.HoldResolved(ORDER, name, "looked at")


# Shortage


@pytest.mark.parametrize("on_shortage", [OnShortage.HOLD, OnShortage.BACKORDER, OnShortage.SPLIT])
def test_a_short_order_is_held_and_keeps_nothing_from_others(on_shortage):
    history = told(replace(PLACE, on_shortage=on_shortage), reserve(MUG, 3))
    given(*history).when(SHORT).then(HELD, unreserved(MUG, 3))


def test_a_short_order_gives_its_lines_back_in_their_order():
    caps = [replace(CAPS, line_id=f"{ORDER}/{n}") for n in range(2, 9)]
    place = wish(*caps, MUGS, on_shortage=OnShortage.HOLD)
    history = told(place, *(replace(reserve(CAP, 2), line_id=line.line_id) for line in caps))
    short_of_mugs = commands.RecordShortage(ORDER, MUG, 3, 0)
    given(*history).when(short_of_mugs).then(
        replace(HELD, hold_id=f"shortage:{MUG}", reason=f"3 wanted and 0 available of {MUG}"),
        *(replace(unreserved(CAP, 2), line_id=line.line_id) for line in caps),
    )


def test_a_short_order_that_has_nothing_gives_nothing_back():
    given(*told(PLACE)).when(SHORT).then(HELD)


def test_a_shortage_is_noted_once():
    given(*told(PLACE, SHORT)).when(SHORT).then_nothing()


def test_a_held_order_does_not_keep_what_stock_answers_late():
    given(*told(PLACE, SHORT)).when(reserve(MUG, 3)).then(
        events.SurplusReleased(ORDER, MUG, ITEMS[MUG], 3)
    )


def test_a_short_order_is_given_up_if_it_is_wanted_whole_or_not_at_all():
    place = replace(PLACE, on_shortage=OnShortage.CANCEL)
    history = told(place, reserve(MUG, 3))
    reason = CancellationReason.INVENTORY
    given(*history).when(SHORT).then(
        events.LineCancelled(
            ORDER, "C-1", MUG, ITEMS[MUG], 3, 1000, 200, "EUR", reason, f"all:{MUG}", reserved=3
        ),
        events.LineCancelled(
            ORDER, "C-1", CAP, ITEMS[CAP], 2, 500, 0, "EUR", reason, f"all:{CAP}", unreserved=2
        ),
        events.OrderCancelled(ORDER, "C-1", reason, (CARD,)),
    )


def test_a_short_order_that_may_not_be_cancelled_is_held():
    place = replace(PLACE, on_shortage=OnShortage.CANCEL)
    history = told(place, hold("h", Blocked.CANCELLATION))
    given(*history).when(SHORT).then(HELD)


def test_a_shortage_of_what_is_wanted_no_more_is_no_news():
    given(*told(PLACE, CANCEL)).when(SHORT).then_nothing()
    given(*told(PLACE, cancel_line(CAP, 2))).when(SHORT).then_nothing()


def test_a_shortage_that_was_resolved_can_come_again():
    history = told(PLACE, SHORT, resolve(SHORT_HOLD))
    given(*history).when(SHORT).then(HELD)


def test_a_person_lets_a_short_order_try_again():
    given(*told(PLACE, reserve(MUG, 3), SHORT)).when(resolve(SHORT_HOLD)).then(
        resolved(SHORT_HOLD), retried((MUG, 3), (CAP, 2))
    )


def test_an_order_short_of_two_items_asks_again_when_both_are_resolved():
    other = commands.RecordShortage(ORDER, MUG, 3, 0)
    history = told(PLACE, SHORT, other)
    given(*history).when(resolve(SHORT_HOLD)).then(resolved(SHORT_HOLD))
    given(*history, resolved(SHORT_HOLD)).when(resolve(f"shortage:{MUG}")).then(
        resolved(f"shortage:{MUG}"), retried((MUG, 3), (CAP, 2))
    )


def test_units_that_were_missing_on_the_shelf_are_asked_for_again_as_the_terms_say():
    history = told(
        PLACE, reserve(MUG, 3), reserve(CAP, 2), authorize(1700),
        *packed(part(MUG, 3), part(CAP, 2)), ship(MUG, 3),
    )  # fmt: skip
    given(*history).when(short(CAP, 2)).then(
        events.LineShorted(ORDER, CAP, ITEMS[CAP], 2, f"{ORDER}/f1"),
        events.ShipmentCharged(
            ORDER, "C-1", f"{ORDER}/f1", 1200, "EUR",
            (replace(PLACE.tenders[0], amount_minor=1200),),
        ),
        retried((CAP, 2)),
    )  # fmt: skip


# Holds


def test_a_hold_names_what_it_blocks():
    given(*told(PLACE)).when(hold("h", Blocked.RELEASE, Blocked.RETURN)).then(
        events.OrderHeld(ORDER, "h", HoldKind.FRAUD, (Blocked.RELEASE, Blocked.RETURN), "looks odd")
    )


def test_a_hold_is_raised_once_and_does_not_come_back_under_its_name():
    once = told(PLACE, hold("h", Blocked.RELEASE))
    given(*once).when(hold("h", Blocked.RELEASE)).then_nothing()
    given(*once, resolved("h")).when(hold("h", Blocked.RELEASE)).then_nothing()


def test_a_hold_that_blocks_nothing_is_refused():
    given(*told(PLACE)).when(hold("h")).then_rejected(EmptyHold, "blocks is empty.")


@pytest.mark.parametrize("name", ["shortage:x", "unpaid:x", "coupon:x", "renewal:x"])
def test_a_hold_with_a_name_that_the_order_goes_by_itself_is_refused(name):
    """It would wait for stock that nobody lacks, or for a payment that did not fail."""
    given(*told(PLACE)).when(hold(name, Blocked.RELEASE)).then_rejected(
        ReservedName, f"hold_id {name!r} begins like one of the order's own."
    )


def test_a_cancelled_order_cannot_be_held():
    given(*told(PLACE, CANCEL)).when(hold("h", Blocked.RELEASE)).then_rejected(
        OrderNotOpen, "the order is cancelled."
    )


def test_a_hold_of_an_order_that_was_cancelled_since_is_no_news():
    once = told(PLACE, hold("h", Blocked.RELEASE), CANCEL)
    given(*once).when(hold("h", Blocked.RELEASE)).then_nothing()


def test_the_last_hold_lets_the_order_go():
    released = events.OrderReleased(
        ORDER,
        (
            events.ReleasedLine(MUG, ITEMS[MUG], 3, FROM_LYON),
            events.ReleasedLine(CAP, ITEMS[CAP], 2, FROM_LYON),
        ),
        PLACE.ship_to,
        9_000,
        2,
    )
    history = told(
        PLACE, reserve(MUG, 3), reserve(CAP, 2), hold("a", Blocked.RELEASE),
        hold("b", Blocked.RELEASE), hold("c", Blocked.CANCELLATION), authorize(1700),
    )  # fmt: skip
    given(*history).when(resolve("a")).then(resolved("a"))
    given(*history, resolved("a")).when(resolve("b")).then(resolved("b"), released)


def test_resolving_twice_is_resolving_once():
    history = told(PLACE, hold("a", Blocked.RELEASE), resolve("a"))
    given(*history).when(resolve("a")).then_nothing()


def test_a_hold_that_was_never_raised_cannot_be_resolved():
    given(*told(PLACE)).when(resolve("a")).then_rejected(
        UnknownHold, "hold_id 'a' was never raised."
    )


def test_services_are_charged_when_their_hold_is_resolved():
    place = wish(POSTAGE)
    history = told(place, hold("a", Blocked.RELEASE), authorize(500))
    services = f"{ORDER}/services"
    given(*history).when(resolve("a")).then(
        resolved("a"),
        events.LineShipped(ORDER, "C-1", POSTAGE.line_id, "POSTAGE", 1, 499, 1, 0, "EUR", services),
        events.ShipmentCharged(ORDER, "C-1", services, 500, "EUR", place.tenders),
        events.OrderCompleted(ORDER, "C-1", 500, "EUR", (CARD,)),
    )


def test_a_hold_stands_in_the_way_of_cancellation():
    history = told(PLACE, hold("a", Blocked.CANCELLATION), hold("b", Blocked.CANCELLATION))
    for command in (CANCEL, cancel_line(MUG, 1)):
        given(*history).when(command).then_rejected(StepBlocked, "a hold blocks cancellation.")
        given(*history, resolved("a")).when(command).then_rejected(StepBlocked)
    given(*history, resolved("a"), resolved("b")).when(cancel_line(MUG, 1)).then(
        events.LineCancelled(
            ORDER, "C-1", MUG, ITEMS[MUG], 1, 334, 67, "EUR", CancellationReason.CUSTOMER, "c1",
            unreserved=1,
        )
    )  # fmt: skip


def keep(name, note="asked the bank"):
    return commands.KeepHold(ORDER, name, note)


def test_a_person_who_has_looked_can_let_a_hold_stand_and_say_why():
    history = told(PLACE, hold("a", Blocked.RELEASE))
    stands = events.HoldKept(ORDER, "a", "asked the bank")
    given(*history).when(keep("a")).then(stands)
    given(*history, stands).when(keep("a")).then_nothing()
    given(*history, stands).when(keep("a", "and again")).then(
        events.HoldKept(ORDER, "a", "and again")
    )
    given(*history, stands).when(resolve("a")).then(resolved("a"), retried((MUG, 3), (CAP, 2)))


def test_why_a_hold_stood_is_forgotten_with_the_hold():
    history = told(PLACE, hold("a", Blocked.RELEASE), keep("a"))
    assert dict(given(*history).state.kept) == {"a": "asked the bank"}
    assert dict(given(*history, resolved("a")).state.kept) == {}


def test_a_hold_is_not_let_stand_without_a_reason_or_if_it_does_not_stand():
    history = told(PLACE, hold("a", Blocked.RELEASE))
    given(*history).when(keep("a", "")).then_rejected(NoReason, "note is empty.")
    given(*history).when(keep("b")).then_rejected(UnknownHold, "hold_id 'b' does not stand.")
    given(*history, resolved("a")).when(keep("a")).then_rejected(
        UnknownHold, "hold_id 'a' does not stand."
    )


def test_a_hold_on_a_completed_order_stands_in_the_way_of_returns():
    done = told(wish(MUGS), reserve(MUG, 3), authorize(1200), *sent(part(MUG, 3)))
    held = (*done, events.OrderHeld(ORDER, "a", HoldKind.FRAUD, (Blocked.RETURN,), "looks odd"))
    given(*done).when(hold("a", Blocked.RETURN)).then(held[-1])
    given(*held).when(send_back("R1", (MUG, 1))).then_rejected(StepBlocked, "a hold blocks return.")
    given(*held).when(resolve("a")).then(resolved("a"))


KEPT = told(PLACE, hold("a", Blocked.CANCELLATION))


def unpaid(reason):
    return events.OrderHeld(
        ORDER,
        f"unpaid:{reason}",
        events.HoldKind.MANUAL,
        (Blocked.RELEASE,),
        f"payment {reason}, and a hold blocks cancellation",
    )


@pytest.mark.parametrize("reason", [CancellationReason.DECLINED, CancellationReason.EXPIRED])
def test_an_order_that_nobody_pays_for_and_that_may_not_be_cancelled_is_not_forgotten(reason):
    give_up = commands.RecordDecline(ORDER, CARD, reason)
    given(*KEPT).when(give_up).then(unpaid(reason))
    given(*KEPT, unpaid(reason)).when(give_up).then_nothing()
    look = commands.ResolveHold(ORDER, f"unpaid:{reason}")
    given(*KEPT, unpaid(reason)).when(look).then_rejected(StepBlocked)
    freed = (*KEPT, unpaid(reason), resolved("a"))
    happened = tuple(order.decide(look, order.fold(freed)))
    assert isinstance(happened[-1], events.OrderCancelled)
    assert happened[-1].reason is reason
    given(*KEPT, resolved("a")).when(give_up).then(*told_after((*KEPT, resolved("a")), give_up))


def test_money_that_was_set_aside_after_all_lets_the_order_go_on():
    declined = unpaid(CancellationReason.DECLINED)
    log = (*KEPT, declined, *told_after((*KEPT, declined), authorize(1_700)), resolved("a"))
    look = commands.ResolveHold(ORDER, declined.hold_id, "looked at")
    happened = tuple(order.decide(look, order.fold(log)))
    assert not any(isinstance(event, events.OrderCancelled) for event in happened)


def test_an_order_that_has_ended_is_let_go_of_as_any_other():
    declined = unpaid(CancellationReason.DECLINED)
    ended = told_after((*KEPT, declined, resolved("a")), cancel_order())
    log = (*KEPT, declined, resolved("a"), *ended)
    given(*log).when(commands.ResolveHold(ORDER, declined.hold_id, "looked at")).then(
        resolved(declined.hold_id)
    )


def told_after(log, command):
    return tuple(order.decide(command, order.fold(log)))


def cancel_order():
    return commands.CancelOrder(ORDER, CancellationReason.CUSTOMER)


# Flags


def test_a_flag_is_asked_for_once_and_its_first_code_stays():
    placed = told(PLACE)
    asked = events.FlagRequested(ORDER, FlagKind.VIP)
    bears = events.OrderFlagged(ORDER, FlagKind.VIP, "V1A")
    given(*placed).when(commands.RequestFlag(ORDER, FlagKind.VIP)).then(asked)
    given(*placed, asked).when(commands.RequestFlag(ORDER, FlagKind.VIP)).then_nothing()
    given(*placed, asked).when(commands.FlagOrder(ORDER, FlagKind.VIP, "V1A")).then(bears)
    given(*placed, asked, bears).when(commands.FlagOrder(ORDER, FlagKind.VIP, "V2B")).then_nothing()
    given(*placed, asked, bears).when(commands.RequestFlag(ORDER, FlagKind.VIP)).then_nothing()
    given(*placed, asked, bears).when(commands.RequestFlag(ORDER, FlagKind.GIFT)).then(
        events.FlagRequested(ORDER, FlagKind.GIFT)
    )


def test_a_cancelled_order_can_still_be_followed():
    given(*told(PLACE, CANCEL)).when(commands.RequestFlag(ORDER, FlagKind.VIP)).then(
        events.FlagRequested(ORDER, FlagKind.VIP)
    )


def test_a_code_needs_a_flag():
    given(*told(PLACE)).when(commands.FlagOrder(ORDER, FlagKind.VIP, "V1A")).then_rejected(
        NotFlagged, "kind 'vip' was not requested."
    )


@pytest.mark.parametrize(
    "command",
    [
        hold("a", Blocked.RELEASE),
        resolve("a"),
        keep("a"),
        CANCEL,
        cancel_line(MUG, 1),
        send_back("R1", (MUG, 1)),
        commands.RequestFlag(ORDER, FlagKind.VIP),
        commands.FlagOrder(ORDER, FlagKind.VIP, "V1A"),
    ],
    ids=lambda c: type(c).__name__,
)
def test_an_order_that_was_never_placed_cannot_be_changed(command):
    given().when(command).then_rejected(OrderNotOpen, "the order is unknown.")
    given(*told(wish())).when(command).then_rejected(OrderNotOpen, "the order is rejected.")
