"""A placed order is changed in two steps: what it would mean is shown, and then it is made so."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given as over
from hypothesis import strategies as st
from msgspec.structs import replace

from oms_core.domain.order import amendments, commands, events, previewing
from oms_core.domain.order.checks import OrderNotOpen, StepBlocked, TooManyUnits, UnknownLine
from oms_core.domain.order.decider import order
from oms_core.domain.order.events import (
    Blocked,
    CancellationReason,
    ChangeEnd,
    Destination,
    OnShortage,
    ReducedLine,
    Reduction,
    Tender,
    TenderMethod,
)
from oms_core.domain.order.state import needs_authorization
from oms_core.kernel import Instant, Rejected
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
    POST,
    POSTAGE,
    allocate,
    assert_books_balance,
    assert_money_is_shared_out,
    assert_units_balance,
    attempted,
    authorize,
    cancel_line,
    hold,
    part,
    plan,
    reserve,
    sent,
    ship,
    told,
    wish,
)
from tests.support.spec import Specification

given = Specification(order)
PLACE = wish(MUGS, CAPS, POSTAGE)
PAID = (PLACE, authorize(2200))
READY = (*PAID, reserve(MUG, 3), reserve(CAP, 2))
PLATE = f"{ORDER}/4"
PLATES = events.OrderLine(PLATE, "ITEM-PLATE", "PLATE", 2, "5.00", 1_000, 100)
EXTRA = f"{ORDER}/extra"
ELSEWHERE = Destination("FR", "75001", b"sealed")
HOME = PLACE.ship_to
SAME = Destination("")


def propose(*parts, added=(), ship_to=SAME, name="G1", until=9_000):
    reductions = tuple(Reduction(line_id, units) for line_id, units in parts)
    return commands.ProposeChange(
        ORDER, name, reductions, tuple(added), Instant(2_000), Instant(until), ship_to
    )


def tender(amount, method=TenderMethod.CARD, name=EXTRA):
    return Tender(name, method, amount, "tok-2")


def confirm(*tenders, name="G1", at=3_000):
    return commands.ConfirmChange(ORDER, name, Instant(at), tenders)


DECLINE = commands.DeclineChange(ORDER, "G1", "changed my mind")


def preview(*reduced, net=0, tax=0, authorize=0, release=0, revision=0):
    return events.Preview(revision, reduced, net, tax, authorize, release)


def proposed(wanted, shown):
    return events.ChangeProposed(
        ORDER,
        wanted.change_id,
        "EUR",
        wanted.reductions,
        wanted.added,
        wanted.ship_to,
        shown,
        wanted.proposed_at,
        wanted.valid_until,
        "",
    )


def confirmed(shown, added=(), ship_to=HOME, tenders=(), name="G1"):
    return events.ChangeConfirmed(
        ORDER, "C-1", name, "web", OnShortage.BACKORDER, "EUR", added, ship_to, tenders, shown
    )


ONE_MUG = ReducedLine(MUG, ITEMS[MUG], 1, 334, 67)
LESS = preview(ONE_MUG, net=-334, tax=-67, release=401)
MORE = preview(net=1_000, tax=100, authorize=1_100)


def one_mug_cancelled(**buckets):
    return events.LineCancelled(
        ORDER, "C-1", MUG, ITEMS[MUG], 1, 334, 67, "EUR", CancellationReason.CUSTOMER,
        f"change:G1:{MUG}", **buckets,
    )  # fmt: skip


# Proposals


def test_a_proposal_shows_what_giving_units_up_would_save_to_the_cent():
    wanted = propose((MUG, 1))
    given(*told(*PAID)).when(wanted).then(proposed(wanted, LESS))


def test_a_proposal_shows_what_more_would_cost_beyond_what_is_set_aside():
    wanted = propose(added=[PLATES])
    given(*told(*PAID)).when(wanted).then(proposed(wanted, MORE))


def test_what_is_given_up_pays_for_what_is_added():
    wanted = propose((CAP, 2), added=[PLATES])
    caps = ReducedLine(CAP, ITEMS[CAP], 2, 500, 0)
    given(*told(*PAID)).when(wanted).then(
        proposed(wanted, preview(caps, net=500, tax=100, authorize=600))
    )


def test_what_was_set_aside_for_cancelled_units_pays_too():
    wanted = propose(added=[PLATES])
    given(*told(*PAID, cancel_line(CAP, 2))).when(wanted).then(
        proposed(wanted, replace(MORE, authorize_minor=600))
    )


def test_what_was_let_go_of_before_is_not_let_go_of_again():
    wanted = propose((MUG, 1))
    given(*told(*PAID, cancel_line(CAP, 2))).when(wanted).then(proposed(wanted, LESS))


def test_a_proposal_is_made_once_and_changes_nothing():
    wanted = propose((MUG, 1))
    before = told(*READY)
    given(*before, *attempted(before, wanted)).when(wanted).then_nothing()
    state, shown = order.fold(before), order.fold((*before, *attempted(before, wanted)))
    assert replace(shown, proposals=state.proposals) == state


def test_another_proposal_needs_another_name():
    given(*told(*PAID, propose((MUG, 1)))).when(propose((MUG, 2))).then_rejected(
        amendments.ChangeReused, "change_id 'G1' is another proposal's."
    )


def test_only_so_many_proposals_are_open_at_a_time():
    many = [propose((MUG, 1), name=f"G{n}") for n in range(amendments.PROPOSALS_MAX)]
    given(*told(*PAID, *many)).when(propose((MUG, 1), name="one more")).then_rejected(
        amendments.TooManyChanges, "10 proposals are open."
    )


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (propose(), previewing.EmptyChange),
        (propose(ship_to=HOME), previewing.EmptyChange),
        (propose((MUG, 4)), TooManyUnits),
        (propose((MUG, 0)), TooManyUnits),
        (propose((MUG, 1), (MUG, 1)), UnknownLine),
        (propose(("web:1001/9", 1)), UnknownLine),
        (propose((MUG, 3), (CAP, 2)), previewing.NothingLeft),
        (propose((MUG, 3), (CAP, 2), (POST, 1)), previewing.NothingLeft),
        (propose(added=[MUGS]), previewing.UnfitLine),
        (propose(added=[PLATES, PLATES]), previewing.UnfitLine),
        (propose(added=[replace(PLATES, quantity=0)]), previewing.UnfitLine),
        (propose(added=[replace(PLATES, line_id="web:1/1")]), previewing.UnfitLine),
        (propose(ship_to=Destination("DE", "10115")), previewing.OtherCountry),
        (propose((MUG, 1), until=2_000), amendments.EmptyValidity),
    ],
)
def test_what_cannot_be_done_is_not_proposed(wanted, refusal):
    given(*told(*PAID)).when(wanted).then_rejected(refusal)


def test_all_goods_may_be_given_up_for_others():
    assert attempted(told(*PAID), propose((MUG, 3), (CAP, 2), added=[PLATES]))


def test_a_hold_stands_in_the_way_of_giving_units_up_but_not_of_more():
    held = told(*PAID, hold("h", Blocked.CANCELLATION))
    given(*held).when(propose((MUG, 1))).then_rejected(StepBlocked)
    assert attempted(held, propose(added=[PLATES]))


def test_an_order_on_terms_is_not_made_larger():
    terms = Tender(f"{ORDER}/terms", TenderMethod.ACCOUNT, 1_200, terms="NET30")
    placed = told(wish(MUGS, tenders=(terms,)))
    given(*placed).when(propose(added=[PLATES])).then_rejected(previewing.OnTerms)
    assert attempted(placed, propose((MUG, 1)))


def test_the_address_stays_once_goods_are_on_their_way():
    given(*told(*READY)).when(propose(ship_to=ELSEWHERE)).then_rejected(previewing.OnItsWay)


@pytest.mark.parametrize("end", [CANCEL, None])
def test_what_is_over_or_never_was_is_not_changed(end):
    history = told(*PAID, end) if end else ()
    for command in (propose((MUG, 1)), confirm(), DECLINE):
        if end is None:
            given(*history).when(command).then_rejected(OrderNotOpen, "the order is unknown.")
    if end:
        given(*history).when(propose((MUG, 1))).then_rejected(OrderNotOpen)


# Confirmation


def test_fewer_units_are_given_up_as_soon_as_it_is_confirmed():
    given(*told(*PAID, propose((MUG, 1)))).when(confirm()).then(
        confirmed(LESS), one_mug_cancelled(unreserved=1)
    )


def test_what_must_be_paid_for_waits_for_its_payment_and_then_happens_as_a_whole():
    wanted = propose((MUG, 1), added=[PLATES])
    shown = preview(ONE_MUG, net=666, tax=33, authorize=699)
    before = told(*PAID, wanted)
    asked = events.ChangePaymentRequested(ORDER, "G1", "EUR", (tender(699),), Instant(9_000))
    given(*before).when(confirm(tender(699))).then(asked)
    waiting = (*before, asked)
    given(*waiting).when(confirm(tender(699))).then_nothing()
    given(*waiting).when(authorize(699, EXTRA)).then(
        confirmed(shown, (PLATES,), tenders=(tender(699),)), one_mug_cancelled(unreserved=1)
    )


def test_a_change_with_two_tenders_waits_for_both():
    two = (tender(1_000), tender(100, name=f"{ORDER}/gift"))
    waiting = told(*PAID, propose(added=[PLATES]), confirm(*two))
    secured = events.ChangePaymentSecured(ORDER, "G1", EXTRA)
    given(*waiting).when(authorize(1_000, EXTRA)).then(secured)
    given(*waiting, secured).when(authorize(100, f"{ORDER}/gift")).then(
        confirmed(MORE, (PLATES,), tenders=two)
    )


def test_what_is_put_on_account_without_terms_needs_no_waiting():
    account = tender(1_100, TenderMethod.ACCOUNT)
    given(*told(*PAID, propose(added=[PLATES]))).when(confirm(account)).then(
        confirmed(MORE, (PLATES,), tenders=(account,))
    )


@pytest.mark.parametrize(
    "tenders",
    [
        (),
        (tender(1_099),),
        (tender(1_101),),
        (tender(1_100, name=CARD),),
        (tender(1_100, name="web:1/p"),),
        (tender(1_200), tender(-100, name=f"{ORDER}/x")),
        (Tender(EXTRA, TenderMethod.ACCOUNT, 1_100, terms="NET30"),),
    ],
)
def test_the_tenders_must_pay_what_is_missing_and_no_more(tenders):
    given(*told(*PAID, propose(added=[PLATES]))).when(confirm(*tenders)).then_rejected(
        amendments.UnfitTender
    )


def test_two_changes_do_not_share_a_tender():
    history = told(
        *PAID, propose(added=[PLATES]), propose(added=[PLATES], name="G2"), confirm(tender(1_100))
    )
    given(*history).when(confirm(tender(1_100), name="G2")).then_rejected(amendments.UnfitTender)
    given(*history).when(confirm(tender(1_100, name=f"{ORDER}/z"))).then_rejected(
        amendments.UnfitTender, f"tenders are asked for already: {EXTRA}."
    )


def test_a_new_address_is_that_of_what_leaves_from_then_on():
    before = told(*PAID, reserve(MUG, 3), propose(ship_to=ELSEWHERE))
    moved = confirmed(preview(), ship_to=ELSEWHERE)
    given(*before).when(confirm()).then(moved)
    given(*before, moved).when(reserve(CAP, 2)).then(
        events.LineReserved(ORDER, CAP, ITEMS[CAP], 2, FROM_LYON),
        events.OrderReleased(
            ORDER,
            (
                events.ReleasedLine(MUG, ITEMS[MUG], 3, FROM_LYON),
                events.ReleasedLine(CAP, ITEMS[CAP], 2, FROM_LYON),
            ),
            ELSEWHERE,
            9_000,
            2,
        ),
    )


def test_giving_up_what_an_order_waited_for_lets_the_rest_go():
    before = told(*PAID, reserve(MUG, 3), propose((CAP, 2)))
    happened = attempted(before, confirm())
    assert [type(event).__name__ for event in happened] == [
        "ChangeConfirmed",
        "LineCancelled",
        "OrderReleased",
    ]


def test_units_in_a_parcel_are_taken_out_of_it():
    before = told(*READY, plan("f", part(MUG, 3), part(CAP, 2)), allocate(MUG, 3, "f"),
                  allocate(CAP, 2, "f"), propose((MUG, 1)))  # fmt: skip
    _, cancelled = attempted(before, confirm())
    assert cancelled == one_mug_cancelled(allocated=1, withdrawn=(events.Withdrawn("f", 1),))


def test_a_partly_shipped_order_is_completed_by_giving_up_the_rest():
    before = told(*READY, *sent(part(MUG, 3)), propose((CAP, 2)))
    assert type(attempted(before, confirm())[-1]) is events.OrderCompleted


# Conflicts


def test_what_would_be_another_change_by_now_is_refused_with_what_is_different():
    shown = told(*READY, propose((MUG, 2)))
    left = (*shown, *told_after(shown, plan("f", part(MUG, 2)), allocate(MUG, 2, "f"),
                                ship(MUG, 2, "f")))  # fmt: skip
    given(*left).when(confirm()).then_rejected(
        amendments.ChangeOutdated,
        "change_id 'G1': it cannot be done any more, quantity 2 is not 1 to 1, the units of line "
        "'web:1001/1' not yet shipped.",
    )


def told_after(history, *wanted):
    """Return what more happens when the order is told these things."""
    log = tuple(history)
    for command in wanted:
        log += tuple(order.decide(command, order.fold(log)))
    return log[len(history) :]


def test_of_two_people_who_change_an_order_one_wins_and_the_other_is_told():
    both = told(*PAID, propose((MUG, 1)), propose((MUG, 1), added=[PLATES], name="G2"), confirm())
    with pytest.raises(amendments.ChangeOutdated, match="revision was 0 and is 1"):
        list(order.decide(confirm(tender(699), name="G2"), order.fold(both)))


def test_a_change_that_is_outdated_when_it_is_paid_does_not_happen_and_its_payment_is_let_go():
    waiting = told(*PAID, propose((MUG, 1), added=[PLATES]), confirm(tender(699)))
    moved = (*waiting, *told_after(waiting, cancel_line(MUG, 3)))
    (dropped,) = attempted(moved, authorize(699, EXTRA))
    assert (dropped.end, dropped.payments) == (ChangeEnd.OUTDATED, (EXTRA,))
    assert "not 1 to" in dropped.detail


# The end of a proposal


def ended(end, detail="", payments=()):
    return events.ChangeDeclined(ORDER, "G1", end, detail, payments)


def test_a_declined_proposal_leaves_everything_as_it_was():
    before = told(*READY)
    dropped = ended(ChangeEnd.CUSTOMER, "changed my mind")
    shown = (*before, *attempted(before, propose((CAP, 1), added=[PLATES])))
    given(*shown).when(DECLINE).then(dropped)
    given(*shown, dropped).when(DECLINE).then_nothing()
    after, state = order.fold((*shown, dropped)), order.fold(before)
    assert replace(after, documents=state.documents) == state
    given(*shown, dropped).when(confirm()).then_rejected(amendments.ChangeClosed)
    given(*shown, dropped).when(propose((CAP, 1), added=[PLATES])).then_nothing()


def test_what_is_confirmed_is_confirmed_once_and_cannot_be_declined():
    done = told(*PAID, propose((MUG, 1)), confirm())
    given(*done).when(confirm()).then_nothing()
    given(*done).when(DECLINE).then_rejected(amendments.ChangeClosed, "change_id 'G1' was decided.")


def test_what_nobody_has_proposed_is_not_confirmed():
    given(*told(*PAID)).when(confirm()).then_rejected(
        amendments.UnknownChange, "change_id 'G1' was never proposed."
    )
    given(*told(*PAID)).when(DECLINE).then_rejected(amendments.UnknownChange)


@pytest.mark.parametrize(("now", "lapsed"), [(8_999, False), (9_000, True), (9_999, True)])
def test_a_proposal_lapses_at_its_time_and_not_before(now, lapsed):
    shown = told(*PAID, propose((MUG, 1)))
    late = commands.ExpireChange(ORDER, "G1", Instant(now))
    given(*shown).when(late).then(*([ended(ChangeEnd.EXPIRED)] if lapsed else []))
    if lapsed:
        given(*shown).when(confirm(at=now)).then_rejected(amendments.ChangeExpired)
        given(*shown, ended(ChangeEnd.EXPIRED)).when(late).then_nothing()
    else:
        assert attempted(shown, confirm(at=now))


def decline_payment(payment_id):
    return commands.RecordDecline(ORDER, payment_id, CancellationReason.DECLINED)


def test_a_change_that_is_not_paid_does_not_happen_and_the_order_goes_on():
    waiting = told(*READY, propose(added=[PLATES]), confirm(tender(1_100)))
    dropped = ended(ChangeEnd.PAYMENT, "declined", (EXTRA,))
    given(*waiting).when(decline_payment(EXTRA)).then(dropped)
    given(*waiting, dropped).when(decline_payment(EXTRA)).then_nothing()
    given(*waiting, dropped).when(authorize(1_100, EXTRA)).then_nothing()


def test_an_order_that_is_not_paid_is_given_up():
    assert attempted(told(PLACE), decline_payment(CARD))[-1] == events.OrderCancelled(
        ORDER, "C-1", CancellationReason.DECLINED, (CARD,)
    )
    given(*told(PLACE, CANCEL)).when(decline_payment(CARD)).then_nothing()


def test_an_order_that_ends_lets_go_of_what_a_change_had_asked_for():
    waiting = told(*PAID, propose(added=[PLATES]), confirm(tender(1_100)))
    assert attempted(waiting, CANCEL)[-1].payments == (CARD, EXTRA)
    over_now = (*waiting, *attempted(waiting, CANCEL))
    given(*over_now).when(authorize(1_100, EXTRA)).then_nothing()


def test_a_shortage_of_what_was_added_does_not_touch_the_order():
    place = replace(PLACE, on_shortage=OnShortage.CANCEL)
    history = told(
        place, authorize(2200), reserve(MUG, 3), propose(added=[PLATES]), confirm(tender(1_100)),
        authorize(1_100, EXTRA),
    )  # fmt: skip
    short = commands.RecordShortage(ORDER, PLATE, 2, 0)
    (gone,) = attempted(history, short)
    assert (gone.line_id, gone.quantity, gone.reason) == (PLATE, 2, CancellationReason.INVENTORY)
    given(*history, gone).when(short).then_nothing()


# Whatever is said, in whatever order


CHANGES = st.one_of(
    st.builds(
        lambda parts, more, name: propose(
            *parts.items(),
            added=[replace(PLATES, line_id=f"{ORDER}/{name}", quantity=more)] if more else [],
            name=name,
        ),
        st.dictionaries(st.sampled_from([MUG, CAP, POST]), st.integers(1, 3)),
        st.integers(0, 2),
        st.sampled_from(["41", "42", "43"]),
    ),
    st.builds(lambda n, at: commands.ExpireChange(ORDER, n, Instant(at)),
              st.sampled_from(["41", "42", "43"]), st.sampled_from([1, 9_000])),
    st.builds(lambda n: commands.DeclineChange(ORDER, n), st.sampled_from(["41", "42"])),
)  # fmt: skip
WORLD = st.one_of(
    st.builds(reserve, st.sampled_from([MUG, CAP, f"{ORDER}/41", f"{ORDER}/42"]), st.just(2)),
    st.builds(lambda line, n: cancel_line(line, 1, n), st.sampled_from([MUG, CAP]),
              st.sampled_from("abc")),
    st.sampled_from([authorize(2200), CANCEL, plan("f", part(MUG, 1)), allocate(MUG, 1, "f"),
                     ship(MUG, 1, "f"), plan("g", part(CAP, 2)), allocate(CAP, 2, "g"),
                     ship(CAP, 2, "g")]),
)  # fmt: skip
PAYING = st.tuples(
    st.sampled_from(["confirm", "pay", "fail", "whole"]), st.sampled_from(["41", "42", "43"])
)


def paying(state, step):
    """Return the command that confirms, or pays for, a proposal of the state, if there is one."""
    what, name = step
    payment_id = f"{ORDER}/x{name}"
    if what == "pay":
        return authorize(1, payment_id)
    if what == "fail":
        return decline_payment(payment_id)
    proposal = state.proposals.get(name)
    missing = proposal.change.preview.authorize_minor if proposal else 0
    return confirm(*([tender(missing, name=payment_id)] if missing else []), name=name)


def unfolded(step):
    """Return the steps of a change from its proposal to its payment, if it is a whole one."""
    if isinstance(step, tuple) and step[0] == "whole":
        more = replace(PLATES, line_id=f"{ORDER}/{step[1]}")
        return (
            propose((MUG, 1), added=[more], name=step[1]),
            ("confirm", step[1]),
            ("pay", step[1]),
        )
    return (step,)


@over(st.lists(st.one_of(CHANGES, WORLD, PAYING), max_size=25))
def test_p17_a_change_happens_as_a_whole_or_not_at_all_and_everything_stays_paid_for(steps):
    log = list(told(PLACE))
    state = order.fold(log)
    for step in chain.from_iterable(map(unfolded, steps)):
        command = paying(state, step) if isinstance(step, tuple) else step
        before = state
        try:
            happened = tuple(order.decide(command, state))
        except Rejected:
            happened = ()
        for event in happened:
            state = order.evolve(state, event)
            log.append(event)
            assert_units_balance(state)
        assert_books_balance(state)
        dropped = [event for event in happened if isinstance(event, events.ChangeDeclined)]
        if dropped:
            assert happened == tuple(dropped)
            unlike = {"documents": before.documents, "proposals": before.proposals}
            assert replace(state, **unlike) == before
        assert previewing.needed_minor(state) <= sum(t.amount_minor for t in state.tenders)
        certain = {t.payment_id for t in state.further if needs_authorization(t)}
        assert not certain & state.awaiting
    assert_money_is_shared_out(log, state)
