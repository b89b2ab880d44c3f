"""What holds of every decider and every event, whoever wrote them.

The states are those of some hundred shops that the dice have made up (`world`), and of those that
are told on purpose (`corners`); a failure names the shop, so that it can be looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache
from inspect import getclosurevars
from random import Random
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms_core.domain.account import commands as account
from oms_core.domain.account.events import AccountEvent
from oms_core.domain.cart.events import CartEvent
from oms_core.domain.coupon.events import CouponEvent
from oms_core.domain.customer.events import CustomerEvent
from oms_core.domain.flagcode.events import FlagCodeIssued
from oms_core.domain.fulfilment.events import FulfilmentEvent
from oms_core.domain.giftcard.events import GiftCardEvent
from oms_core.domain.invoice.events import InvoiceEvent
from oms_core.domain.notice.events import NoticeEvent
from oms_core.domain.order import commands as order
from oms_core.domain.order.events import OrderEvent
from oms_core.domain.payment.events import PaymentEvent
from oms_core.domain.payout.events import PayoutBooked
from oms_core.domain.product.events import ProductEvent
from oms_core.domain.profile.events import ProfileUpserted
from oms_core.domain.quote.events import QuoteEvent
from oms_core.domain.series.events import NumberAssigned
from oms_core.domain.stock import commands as stock
from oms_core.domain.stock.events import StockEvent, StockReserved
from oms_core.domain.webhook.events import WebhookEvent
from oms_core.engine.catalog import BOUNDARIES, BY_CATEGORY, COMMANDS, EVENTS
from oms_core.engine.mapper import from_row, mapper, to_row
from oms_core.kernel import Event, Instant, Recorded, Rejected
from tests.laws.corners import CORNERS
from tests.laws.world import Asked, World, answer, build, world
from tests.support.messages import anything, sample

SHOPS = 200
EVENTS_OF: Mapping[str, tuple[type[Event], ...]] = {
    "order": get_args(OrderEvent),
    "stock": get_args(StockEvent),
    "payment": get_args(PaymentEvent),
    "fulfilment": get_args(FulfilmentEvent),
    "product": get_args(ProductEvent),
    "customer": get_args(CustomerEvent),
    "flagcode": (FlagCodeIssued,),
    "account": get_args(AccountEvent),
    "invoice": get_args(InvoiceEvent),
    "series": (NumberAssigned,),
    "quote": get_args(QuoteEvent),
    "cart": get_args(CartEvent),
    "notice": get_args(NoticeEvent),
    "coupon": get_args(CouponEvent),
    "giftcard": get_args(GiftCardEvent),
    "payout": (PayoutBooked,),
    "webhook": get_args(WebhookEvent),
    "profile": (ProfileUpserted,),
}

COUNTED = {
    order.RecordReservation,
    order.RecordBackorder,
    order.RecordExpiry,
    order.RerouteLine,
    stock.ReleaseReservation,
    stock.CancelBackorder,
    account.ReleaseCredit,
}
"""Commands that carry a number of units from one boundary to another, without a name of their own.

A process sends each of them once: its events are appended together with the event that caused it,
or not at all. Nobody else sends them, so that nobody can send them twice.
"""

every_boundary = pytest.mark.parametrize("category", sorted(BY_CATEGORY))
every_command = pytest.mark.parametrize("name", sorted(COMMANDS))


@cache
def shops() -> tuple[World, ...]:
    """Return the made-up shops, each with its number as seed, and those in a corner."""
    return (*(world(seed) for seed in range(SHOPS)), *(corner() for corner in CORNERS))


@cache
def reached(category: str) -> tuple[Any, ...]:
    """Return some of the states that a boundary has been in, the beginning among them."""
    decider = BY_CATEGORY[category]
    states = [decider.initial]
    for shop in shops():
        seen = [asked.state for asked in shop.asked if asked.decider is decider]
        states += seen[:: max(1, len(seen) // 2)]
    return tuple(states)


def after(asked: Asked, happened: tuple[Event, ...]) -> Any:
    """Return the state once this has happened."""
    state = asked.state
    for event in happened:
        state = asked.decider.evolve(state, event)
    return state


def answered(boundary, command, state):
    """Return what happened, and the refusal if there was one."""
    happened: list[Event] = []
    try:
        happened.extend(boundary.decide(command, state))
    except Rejected as refusal:
        return happened, refusal
    return happened, None


# Every command is answered, every event is understood


@every_boundary
def test_p35_every_command_has_a_rule_and_every_event_a_change(category):
    decider = BY_CATEGORY[category]
    commands = next(kinds for boundary, kinds in BOUNDARIES if boundary is decider)
    assert set(getclosurevars(decider.decide).nonlocals["rules"]) == set(commands)
    assert set(getclosurevars(decider.evolve).nonlocals["changes"]) == set(EVENTS_OF[category])


@every_command
def test_p35_in_every_state_a_command_is_decided_or_refused_before_anything_happens(name):
    """Nothing else is possible: no other exception, no event of another boundary."""
    kind = COMMANDS[name]
    boundary = next(decider for decider, kinds in BOUNDARIES if kind in kinds)
    dice = Random(name)
    for state in reached(boundary.category):
        for shop in dice.sample(shops(), 3):
            command = build(kind, dice, shop)
            happened, refusal = answered(boundary, command, state)
            if refusal:
                assert happened == [], command
                assert refusal.code not in ("", Rejected.code)
                assert refusal.detail
            for event in happened:
                assert type(event) in EVENTS_OF[boundary.category]
                state = boundary.evolve(state, event)  # noqa: PLW2901 - it is the next state


@every_command
@settings(max_examples=15)
@given(data=st.data())
def test_p35_whatever_a_command_holds_a_boundary_without_history_has_an_answer(name, data):
    kind = COMMANDS[name]
    boundary = next(decider for decider, kinds in BOUNDARIES if kind in kinds)
    state = boundary.initial
    for event in answer(Asked(boundary, state, data.draw(anything(kind)))):
        state = boundary.evolve(state, event)


def test_every_refusal_has_a_code_of_its_own_and_says_what_to_do():
    kinds, found = [Rejected], []
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if kind is not Rejected and kind.__module__.startswith("oms_core"):
            found.append(kind)
    codes = Counter(kind.code for kind in found)
    assert [code for code, times in codes.items() if times > 1] == []
    assert all("remedy" in vars(kind) and kind.remedy.endswith(".") for kind in found)
    assert len(found) > 20


# Asking twice


@pytest.mark.parametrize("seed", range(0, SHOPS + len(CORNERS), 10))
def test_asking_twice_changes_no_more_than_asking_once(seed):
    for number, shop in enumerate(shops()[seed : seed + 10], seed):
        for asked in shop.asked:
            if type(asked.command) not in COUNTED:
                once = after(asked, answer(asked))
                again = asked._replace(state=once)
                assert after(again, answer(again)) == once, (number, asked.command)


def test_the_shops_have_seen_everything_that_can_be_asked():
    """The law above says little of a command that was refused every time."""
    effective = {
        type(asked.command).__name__
        for shop in shops()
        for asked in shop.asked
        if type(asked.command) not in COUNTED and answer(asked)
    }
    counted = {kind.__name__ for kind in COUNTED}
    assert set(COMMANDS) - effective - counted == set()


def test_the_shops_have_seen_a_line_that_waits_be_given_units_as_it_asks_for_more():
    assert any(
        isinstance(event, StockReserved) and event.line_id in asked.state.backorders
        for shop in shops()
        for asked in shop.asked
        if isinstance(asked.command, stock.ReserveStock)
        for event in answer(asked)
    )


# What is stored


@pytest.mark.parametrize("name", sorted(EVENTS))
@settings(max_examples=15)
@given(data=st.data())
def test_what_is_stored_is_what_is_loaded(name, data):
    event = data.draw(anything(EVENTS[name]))
    recorded = Recorded("s:1", 3, event, Instant(5), Instant(4), "user:anna", "cause", "story")
    assert from_row(*to_row(recorded)) == recorded
    assert mapper().to_domain_event(mapper().to_stored_event(recorded)) == recorded


@every_command
def test_a_command_names_its_stream_in_its_first_field(name):
    command = sample(COMMANDS[name])
    decider = next(decider for decider, kinds in BOUNDARIES if COMMANDS[name] in kinds)
    assert decider.identify(command) == getattr(command, command.__struct_fields__[0])


# The same command on the same state


@pytest.mark.parametrize("seed", range(0, SHOPS, 50))
def test_a_decision_depends_on_nothing_but_the_command_and_the_state(seed):
    for shop, same in zip(shops()[seed : seed + 5], map(world, range(seed, seed + 5)), strict=True):
        assert shop.asked == same.asked
        for asked in shop.asked:
            assert answer(asked) == answer(asked)
