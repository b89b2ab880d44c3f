"""An odd order waits for a person, is looked at, and goes on or is given up; all of it is kept."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from adapters.memory import memory_environment
from adapters.policies import read_policies
from oms_core.domain.order.commands import CancelOrder, KeepHold, ResolveHold
from oms_core.domain.order.events import CancellationReason, Destination, OrderHeld, OrderReleased
from oms_core.domain.payment.commands import Outcome, ReportAuthorization
from oms_core.engine.application import Engine
from oms_core.kernel import CommandRefused, Instant
from oms_core.processes.screening import HOLD, OrderScreened
from projections.catalog import VIEWS
from tests.deploy.documents import DEPLOY
from tests.stories.conftest import SECOND, START, read
from tests.support.shop import ask, must, names, placement, receipt

POLICIES = read_policies(DEPLOY / "policies" / "europe-and-asia.toml")
HOME, AWAY = Destination("FR", "69001"), Destination("DE", "10115")


@pytest.fixture
def engine():
    """A shop that goes by the table of rules in `deploy/`, with a hundred mugs."""
    now = [START]

    def tick():
        now[0] += SECOND
        return Instant(now[0])

    with Engine(memory_environment(), clock=tick, policies=POLICIES) as made:
        must(made, receipt("MUG", 1_000))
        yield made


def order(number, units=1, customer="C1", at=START, ship=HOME, bill=HOME):
    """Place an order of mugs at 10.00, paid at once."""
    wish = placement(number, ("MUG", units), customer_id=customer)
    wish = replace(wish, placed_at=Instant(at), ship_to=ship, bill_to=bill)
    return wish, ReportAuthorization(f"web:{number}/p1", Outcome.SUCCEEDED, "ref")


def screened(happened):
    return [event for event in happened if isinstance(event, OrderScreened)]


def state(engine, order_id):
    return VIEWS["orders"].fold(read(engine))[order_id].state


def queue(engine):
    return VIEWS["holds"].fold(read(engine))


def test_an_ordinary_order_is_screened_and_goes_on(engine):
    happened = must(engine, *order(1))
    (result,) = screened(happened)
    assert (result.points, result.held, result.findings) == (0, False, ())
    assert result.policy_version == "screening/europe-and-asia/1"
    assert "OrderReleased" in names(happened)
    assert queue(engine) == {}


def test_an_odd_order_waits_for_a_person_although_it_is_paid(engine):
    happened = must(engine, *order(1, units=210, bill=AWAY))
    (result,) = screened(happened)
    assert [(found.rule, found.points) for found in result.findings] == [
        ("much money", 60),
        ("much money in a first order", 50),
        ("goods and bill go to different places", 30),
    ]
    assert (result.points, result.held) == (140, True)
    assert not any(isinstance(event, OrderReleased) for event in happened)
    (hold,) = queue(engine)["web:1"].holds
    assert (hold.kind, hold.owner, hold.blocks) == ("fraud", "risk", ("release",))
    assert hold.reason.startswith("140 points: much money +60: 210000 EUR minor are more than")
    assert state(engine, "web:1") == "held"


def test_who_looks_answers_for_it_and_lets_it_go_on_later(engine):
    must(engine, *order(1, units=210, bill=AWAY))
    must(engine, KeepHold("web:1", HOLD, "the bank is asked"))
    (hold,) = queue(engine)["web:1"].holds
    assert (hold.owner, hold.note) == ("user:anna", "the bank is asked")
    happened = must(engine, ResolveHold("web:1", HOLD, "the bank says yes"))
    assert names(happened)[:2] == ["HoldResolved", "OrderReleased"]
    assert (queue(engine), state(engine, "web:1")) == ({}, "released")


def test_what_was_fraud_is_given_up_and_leaves_the_queue(engine):
    must(engine, *order(1, units=210, bill=AWAY))
    must(engine, CancelOrder("web:1", CancellationReason.FRAUD))
    assert (queue(engine), state(engine, "web:1")) == ({}, "cancelled")


def test_a_customer_who_orders_too_often_is_stopped_in_whatever_channel(engine):
    minute = 60 * SECOND
    for number in range(5):
        assert not screened(must(engine, *order(number, at=START + number * minute)))[0].points
    sixth = must(engine, *order(6, at=START + 6 * minute, bill=AWAY))
    (result,) = screened(sixth)
    assert [found.detail for found in result.findings] == [
        "6 orders of customer C1 in 1 hours; 5 are usual",
        "goods go to FR 69001, the bill to DE 10115",
    ]
    assert (result.points, result.held) == (90, False)
    later = must(engine, *order(7, at=START + 3 * 3_600 * SECOND))
    assert screened(later)[0].points == 0


def test_only_the_first_order_of_a_customer_is_looked_at_more_closely(engine):
    (first,) = screened(must(engine, *order(1, units=60)))
    assert [found.rule for found in first.findings] == ["much money in a first order"]
    (second,) = screened(must(engine, *order(2, units=60)))
    assert second.findings == ()


def test_many_people_at_one_postal_code_are_noticed(engine):
    for number in range(20):
        (result,) = screened(must(engine, *order(number, customer=f"C{number}")))
        assert result.findings == ()
    (result,) = screened(must(engine, *order(99, customer="C99")))
    assert [found.rule for found in result.findings] == ["many orders to one postal code"]


def test_the_hold_is_there_before_anything_is_released_also_if_nothing_is_to_be_paid(engine):
    wish, _ = order(1, ship=Destination("KP", "1"))
    free = tuple(replace(line, net_minor=0) for line in wish.lines)
    happened = must(engine, replace(wish, lines=free, tenders=()))
    assert any(isinstance(event, OrderHeld) for event in happened)
    assert not any(isinstance(event, OrderReleased) for event in happened)


def test_the_same_order_again_is_neither_screened_nor_counted_again(engine):
    wish, _ = order(1)
    must(engine, wish)
    before = len(read(engine))
    assert not ask(engine, wish)[0].recorded
    assert len(read(engine)) == before


def test_nothing_is_refused_to_our_own_processes(engine):
    must(engine, *order(1, units=210, bill=AWAY), ResolveHold("web:1", HOLD, "called"))
    assert not any(isinstance(recorded.event, CommandRefused) for recorded in read(engine))
