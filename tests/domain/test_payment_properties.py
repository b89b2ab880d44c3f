"""What holds of every payment at every moment, however requests and answers interleave."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from oms_core.domain.payment import events
from oms_core.domain.payment.commands import Outcome
from oms_core.domain.payment.decider import payment
from oms_core.domain.payment.state import Standing
from oms_core.kernel import Rejected
from tests.support.payment import (
    ASK,
    ASK_CASH,
    CLOSE,
    authorized,
    charge_back,
    expire,
    give_back,
    given_back,
    let_go,
    take,
    taken,
    told,
)
from tests.support.wandering import answer, everywhere, ways

CAPTURES = tuple(take(f"f{n}", amount) for n, amount in enumerate([1, 300, 400, 700, 1000, 1001]))
REFUNDS = tuple(give_back(f"R{n}", amount) for n, amount in enumerate([1, 300, 300, 400, 700]))
ANSWERS = (
    *(authorized(outcome) for outcome in Outcome),
    *(taken(f"f{n}", outcome) for n in range(len(CAPTURES)) for outcome in Outcome),
    *(given_back(f"R{n}", outcome) for n in range(len(REFUNDS)) for outcome in Outcome),
    *(let_go(outcome) for outcome in Outcome),
)
SAID = [
    *(ASK, CLOSE, expire(4_999), expire(5_000), expire(9_000)),
    *CAPTURES,
    *CAPTURES,
    *REFUNDS,
    *ANSWERS,
    *(charge_back("B1", 300), charge_back("B2", 300)),
]
Random(1).shuffle(SAID)
STARTS = (
    (),
    (ASK,),
    (ASK, authorized()),
    (ASK, authorized(), take("f1", 300), take("f2", 400)),
    (ASK, authorized(), take("f3", 700), taken("f3"), give_back("R1", 300)),
    (ASK, CLOSE),
    (ASK_CASH,),
    (ASK_CASH, take("f3", 700)),
)
lives = ways(payment, STARTS, SAID, steps_max=25)


def prefixes(log):
    """Yield each event with the state that it led to."""
    state = payment.initial
    for event in log:
        state = payment.evolve(state, event)
        yield event, state


@given(log=lives)
def test_p6_no_more_is_taken_than_is_set_aside_and_each_intent_is_asked_for_once(log):
    asked: dict[str, int] = {}
    took = pending = 0
    for event, state in prefixes(log):
        match event:
            case events.CaptureRequested(capture_id=name, amount_minor=amount):
                assert name not in asked
                asked[name] = amount
                pending += amount
            case events.CaptureSucceeded(capture_id=name, amount_minor=amount):
                assert amount == asked[name]
                took, pending = took + amount, pending - amount
            case events.CaptureFailed(amount_minor=amount):
                pending -= amount
        assert took + pending <= state.authorized_minor
        assert (state.captured_minor, state.capturing_minor) == (took, pending)
    for name, amount in asked.items():
        said = answer(payment, take(name, amount), payment.fold(log))
        assert said == ()


def test_p6_a_timeout_is_followed_by_the_same_question_not_by_another_charge():
    log = told(ASK, authorized(), take("f1", 400), taken("f1", Outcome.UNKNOWN))
    assert answer(payment, take("f1", 400), payment.fold(log)) == ()
    assert payment.fold(log).capturable_minor == 600


@given(log=lives)
def test_p7_nothing_is_taken_after_the_payment_was_closed(log):
    closed = False
    for event, state in prefixes(log):
        assert not (closed and isinstance(event, events.CaptureRequested))
        closed = closed or isinstance(event, events.PaymentClosed)
        assert closed == state.closed


def test_p7_what_turns_up_after_the_payment_was_closed_is_let_go_of():
    late = 0
    for state, command, _, reached in everywhere(payment, SMALL):
        if reached.closed and reached.standing is Standing.AUTHORIZED and not reached.captures:
            nothing_left = reached.captured_minor == reached.authorized_minor
            refused = "void:close" in reached.settled
            assert nothing_left or reached.voiding or refused
            late += state.standing is not Standing.AUTHORIZED and command is not ASK
    assert late > 0


def _added(log, command):
    said = answer(payment, command, payment.fold(log))
    return () if isinstance(said, Rejected) else said


@given(log=lives)
def test_p10_no_more_is_given_back_than_was_taken(log):
    took = given_out = 0
    for event, state in prefixes(log):
        match event:
            case events.CaptureSucceeded():
                took += event.amount_minor
            case events.RefundRequested() | events.PaymentChargedBack():
                given_out += event.amount_minor
            case events.RefundFailed(refund_id=name) if name not in _deferred_only(log, event):
                given_out -= event.amount_minor
        assert given_out <= took
        assert state.refundable_minor == took - given_out


def _deferred_only(log, failure):
    """Return the refunds that failed before the provider was asked for them."""
    before = log[: log.index(failure)]
    asked = {e.refund_id for e in before if isinstance(e, events.RefundRequested)}
    return {failure.refund_id} - asked


@given(log=lives)
def test_p10_every_refund_that_waits_can_still_be_paid_or_fails(log):
    state = payment.fold(log)
    assert bool(state.captures) or not state.deferred


@given(log=lives)
def test_p15_refunds_are_told_apart_by_intent_and_not_by_amount(log):
    state = payment.fold(log)
    ended = [e for e in log if isinstance(e, events.RefundSucceeded)]
    assert len({event.refund_id for event in ended}) == len(ended)
    assert state.refunded_minor == sum(event.amount_minor for event in ended)
    asked = [e.refund_id for e in log if isinstance(e, events.RefundRequested)]
    assert len(set(asked)) == len(asked)


def test_p15_two_refunds_of_equal_amount_count_twice_and_one_refund_counts_once():
    log = told(ASK, authorized(), take("f1", 600), taken("f1"), give_back("R1", 300))
    both = (*log, *_added(log, give_back("R2", 300)))
    assert payment.fold(both).refundable_minor == 0
    assert _added(both, give_back("R1", 300)) == ()
    done = (*both, *_added(both, given_back("R1")))
    done = (*done, *_added(done, given_back("R2")))
    assert payment.fold(done).refunded_minor == 600
    assert _added(done, give_back("R2", 300)) == ()


@given(log=lives, command=st.sampled_from(SAID))
def test_p17_a_refused_command_leaves_no_trace(log, command):
    state = payment.fold(log)
    answer(payment, command, state)  # Asserts that nothing came before the refusal.
    assert payment.fold(log) == state


SMALL = (
    *(ASK, CLOSE, expire(5_000), expire(9_000)),
    *(take("f1", 400), take("f2", 600), take("f3", 601)),
    *(give_back("R1", 400), give_back("R2", 600)),
    *(authorized(outcome) for outcome in Outcome),
    *(taken(name, outcome) for name in ("f1", "f2") for outcome in Outcome),
    *(given_back(name, outcome) for name in ("R1", "R2") for outcome in Outcome),
    *(let_go(outcome) for outcome in Outcome),
    charge_back("B1", 100),
)
ONWARD = {
    Standing.NONE: {Standing.REQUESTED},
    Standing.REQUESTED: set(Standing) - {Standing.NONE, Standing.VOIDED},
    Standing.ACTION_REQUIRED: {Standing.AUTHORIZED, Standing.DECLINED, Standing.EXPIRED},
    Standing.UNKNOWN: {
        Standing.ACTION_REQUIRED, Standing.AUTHORIZED, Standing.DECLINED, Standing.EXPIRED,
    },
    Standing.AUTHORIZED: {Standing.VOIDED, Standing.EXPIRED},
    Standing.DECLINED: {Standing.AUTHORIZED},
    Standing.EXPIRED: {Standing.AUTHORIZED},
    Standing.VOIDED: set(),
}  # fmt: skip


def test_p35_every_command_at_every_reachable_state_is_refused_by_name_or_keeps_the_bounds():
    for state, command, said, reached in everywhere(payment, SMALL):
        assert reached.standing in ONWARD[state.standing] | {state.standing}
        if isinstance(said, Rejected):
            assert type(said) is not Rejected
            assert said.code.startswith("payment.")
            assert said.detail
        elif said:
            assert state.standing is not Standing.NONE or command is ASK
            assert reached.captured_minor + reached.capturing_minor <= 1000
            assert reached.refundable_minor >= 0
            again = answer(payment, command, reached)
            twice = reached
            for event in () if isinstance(again, Rejected) else again:
                twice = payment.evolve(twice, event)
            assert twice == reached, f"{command} counted twice"
