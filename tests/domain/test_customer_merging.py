"""Two records of one person become one: once, for good, and never in a circle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given as of
from hypothesis import settings
from hypothesis import strategies as st

from oms_core.domain.customer.checks import ErasedCustomer, MergedCustomer, UnknownCustomer
from oms_core.domain.customer.commands import (
    AbandonMerge,
    AbsorbCustomer,
    ChangeContact,
    ChangePreferences,
    EraseCustomer,
    EraseDuplicate,
    JoinSurvivor,
    MergeCustomers,
    NoteOrder,
    RecordSpend,
)
from oms_core.domain.customer.decider import customer
from oms_core.domain.customer.events import (
    CustomerAbsorbed,
    CustomerErased,
    CustomerMergeAbandoned,
    CustomerMerged,
    CustomerMergeDeclined,
    CustomerMergeRequested,
    CustomerPromoted,
    CustomerRegistered,
    Obstacle,
    OrderReferred,
    Spend,
    SpendRecorded,
    SpendReferred,
    Tier,
)
from oms_core.domain.customer.merging import (
    DUPLICATES_MAX,
    MergeUnderway,
    MissingReason,
    SameCustomer,
    TooManyDuplicates,
)
from oms_core.domain.customer.state import Customer
from oms_core.kernel import Command, Rejected
from oms_core.policies.config import Policies
from oms_core.processes.merging import merging
from tests.support.spec import Specification

given = Specification(customer)

C1, C2 = CustomerRegistered("C1", "FR", b"1"), CustomerRegistered("C2", "FR", b"2")
merge = MergeCustomers("C1", "C2", "same e-mail")
REQUESTED = CustomerMergeRequested("C1", "C2", "same e-mail")
join = JoinSurvivor("C2", "C1", "same e-mail")
MERGED = CustomerMerged("C2", "C1", "same e-mail", (), (), Tier.STANDARD)
absorb = AbsorbCustomer("C1", "C2", (), (), Tier.STANDARD, ())
ABSORBED = CustomerAbsorbed("C1", "C2", (), ())
ERASED = CustomerErased("C1")
SPENT = SpendRecorded("C2", "web:1", 60_00, "EUR")

# The survivor


def test_a_merge_is_asked_of_the_duplicate_once():
    given(C1).when(merge).then(REQUESTED)
    given(C1, REQUESTED).when(merge).then_nothing()
    given(C1, REQUESTED, ABSORBED).when(merge).then_nothing()


def test_nobody_is_merged_into_somebody_unknown_erased_or_merged():
    given().when(merge).then_rejected(UnknownCustomer, "customer_id is not known.")
    given(C1, ERASED).when(merge).then_rejected(ErasedCustomer, "customer_id was erased.")
    given(C1, CustomerMerged("C1", "C9", "same", (), (), Tier.STANDARD)).when(merge).then_rejected(
        MergedCustomer, "customer_id was merged into 'C9'."
    )


def test_nobody_is_their_own_duplicate():
    given(C1).when(MergeCustomers("C1", "C1", "same")).then_rejected(
        SameCustomer, "duplicate_id is 'C1', as customer_id is."
    )
    given(C2).when(JoinSurvivor("C2", "C2", "same")).then_rejected(
        SameCustomer, "survivor_id is 'C2', as customer_id is."
    )


def test_a_merge_has_a_reason():
    given(C1).when(MergeCustomers("C1", "C2", " ")).then_rejected(MissingReason, "reason is empty.")


def test_a_person_has_so_many_records_and_no_more():
    many = tuple(f"D{n}" for n in range(DUPLICATES_MAX - 1))
    full = CustomerAbsorbed("C1", "D", many, ())
    given(C1, full).when(merge).then_rejected(TooManyDuplicates, "customer_id has 1000 duplicates.")
    given(C1, CustomerAbsorbed("C1", "D", many[1:], ())).when(merge).then(REQUESTED)


def test_the_survivor_takes_over_what_was_spent():
    spent = (Spend("EUR", 60_00), Spend("KRW", 5))
    given(C1, REQUESTED).when(
        AbsorbCustomer("C1", "C2", ("C3",), spent, Tier.STANDARD, (Spend("EUR", 0),))
    ).then(CustomerAbsorbed("C1", "C2", ("C3",), spent))
    state = customer.fold(
        (
            C1,
            SpendRecorded("C1", "web:9", 1, "EUR"),
            REQUESTED,
            CustomerAbsorbed("C1", "C2", ("C3",), spent),
        )
    )
    assert dict(state.spent.items()) == {"EUR": 60_01, "KRW": 5}
    assert set(state.duplicates) == {"C2", "C3"}
    assert len(state.merging) == 0


def test_what_was_spent_together_makes_a_vip():
    own = SpendRecorded("C1", "web:9", 40_00, "EUR")
    together = AbsorbCustomer(
        "C1", "C2", (), (Spend("EUR", 60_00),), Tier.STANDARD, (Spend("EUR", 100_00),)
    )
    absorbed = CustomerAbsorbed("C1", "C2", (), together.spent)
    given(C1, own, REQUESTED).when(together).then(absorbed, CustomerPromoted("C1", Tier.VIP))
    given(C1, REQUESTED).when(together).then(absorbed)
    vip = CustomerPromoted("C1", Tier.VIP)
    given(C1, own, vip, REQUESTED).when(together).then(absorbed)


def test_a_vip_stays_one_under_the_survivors_id():
    given(C1, REQUESTED).when(AbsorbCustomer("C1", "C2", (), (), Tier.VIP, ())).then(
        ABSORBED, CustomerPromoted("C1", Tier.VIP)
    )


def test_what_is_not_awaited_is_not_taken_over():
    given(C1).when(absorb).then_nothing()
    given(C1, REQUESTED, ABSORBED).when(absorb).then_nothing()


def test_nothing_comes_of_a_merge_once():
    abandon = AbandonMerge("C1", "C2", Obstacle.ERASED)
    nothing = CustomerMergeAbandoned("C1", "C2", Obstacle.ERASED)
    given(C1, REQUESTED).when(abandon).then(nothing)
    given(C1, REQUESTED, nothing).when(abandon).then_nothing()
    given(C1, REQUESTED, nothing).when(merge).then(REQUESTED)


# The duplicate


def test_the_duplicate_ends_and_says_what_it_brings_along():
    vip = CustomerPromoted("C2", Tier.VIP)
    absorbed = CustomerAbsorbed("C2", "C3", ("C4",), (Spend("KRW", 5),))
    asked = CustomerMergeRequested("C2", "C3", "same")
    given(C2, SPENT, vip, asked, absorbed).when(join).then(
        CustomerMerged(
            "C2",
            "C1",
            "same e-mail",
            ("C3", "C4"),
            (Spend("EUR", 60_00), Spend("KRW", 5)),
            Tier.VIP,
        )
    )
    given(C2, MERGED).when(join).then_nothing()


@pytest.mark.parametrize(
    ("history", "why"),
    [
        ((), Obstacle.UNKNOWN),
        ((C2, CustomerErased("C2")), Obstacle.ERASED),
        ((C2, CustomerMerged("C2", "C9", "same", (), (), Tier.STANDARD)), Obstacle.MERGED),
        ((C2, CustomerMergeRequested("C2", "C3", "same")), Obstacle.MERGING),
    ],
)
def test_a_duplicate_that_cannot_be_merged_says_why(history, why):
    given(*history).when(join).then(CustomerMergeDeclined("C2", "C1", why))


@pytest.mark.parametrize(
    "command",
    [
        ChangeContact("C2", b"new"),
        ChangePreferences("C2", "en", marketing=True),
        EraseCustomer("C2"),
    ],
)
def test_a_merged_record_takes_nothing_new_and_names_who_does(command):
    given(C2, MERGED).when(command).then_rejected(
        MergedCustomer, "customer_id was merged into 'C1'."
    )


def test_orders_under_the_old_id_are_the_survivors():
    referred = SpendReferred("C2", "C1", "web:2", 5_00, "EUR")
    told = OrderReferred("C2", "C1", "web:2")
    given(C2, MERGED).when(RecordSpend("C2", "web:2", 5_00, "EUR", 1)).then(referred)
    given(C2, MERGED, referred).when(RecordSpend("C2", "web:2", 5_00, "EUR", 1)).then_nothing()
    given(C2, SPENT, MERGED).when(RecordSpend("C2", "web:1", 60_00, "EUR", 1)).then_nothing()
    given(C2, MERGED).when(NoteOrder("C2", "web:2")).then(told)
    given(C2, MERGED, told).when(NoteOrder("C2", "web:2")).then_nothing()


# Being forgotten


def test_who_is_forgotten_is_forgotten_under_every_id():
    absorbed = CustomerAbsorbed("C1", "C2", ("C3",), ())
    given(C1, REQUESTED, absorbed).when(EraseCustomer("C1")).then(
        CustomerErased("C1", ("C2", "C3"))
    )
    given(C2, MERGED).when(EraseDuplicate("C2")).then(CustomerErased("C2"))
    given(C2, MERGED, CustomerErased("C2")).when(EraseDuplicate("C2")).then_nothing()
    given(C2).when(EraseDuplicate("C2")).then_nothing()


def test_nobody_is_forgotten_in_the_middle_of_a_merge():
    given(C1, REQUESTED).when(EraseCustomer("C1")).then_rejected(
        MergeUnderway, "customer_id is being merged with 'C2'."
    )


def test_nothing_is_referred_of_who_is_forgotten():
    gone = given(C2, MERGED, CustomerErased("C2"))
    gone.when(NoteOrder("C2", "web:2")).then_nothing()
    gone.when(RecordSpend("C2", "web:2", 5_00, "EUR", 1)).then_nothing()


# Whatever is asked, and whenever it is answered

IDS = ("C1", "C2", "C3", "C4")
ids = st.sampled_from(IDS)
pairs = st.permutations(IDS).map(lambda found: found[:2])
merges = pairs.map(lambda pair: MergeCustomers(*pair, "same"))
wishes = st.one_of(
    merges,
    merges,
    merges,
    st.builds(
        lambda who, n: RecordSpend(who, f"web:{who}.{n}", n, "EUR", 0), ids, st.integers(1, 9)
    ),
    st.builds(EraseCustomer, ids),
)
PROCESS = merging(Policies())


class Desk:
    """Records of customers that answer each other when they come to it."""

    def __init__(self) -> None:
        self.states: dict[str, Customer] = {
            who: customer.evolve(Customer(), CustomerRegistered(who, "FR", b"")) for who in IDS
        }
        self.waiting: list[Command] = []
        self.spent: Counter[str] = Counter()

    def ask(self, command: Command) -> None:
        who = customer.identify(command)
        state = self.states.get(who, Customer())
        try:
            happened = tuple(customer.decide(command, state))
        except Rejected:
            return
        for event in happened:
            state = customer.evolve(state, event)
            if isinstance(event, SpendRecorded):
                self.spent[event.order_id] += event.amount_minor
            if type(event) in PROCESS.route:
                self.waiting += PROCESS.react(event, None)
        self.states[who] = state

    def way(self, who: str) -> Iterator[str]:
        """Yield whom a customer turned out to be, and whom they did."""
        for _ in range(len(IDS) + 1):
            yield who
            who = self.states.get(who, Customer()).survivor_id
            if not who:
                return
        raise AssertionError("the way along survivors has no end")

    def survivor(self, who: str) -> str:
        return list(self.way(who))[-1]


@settings(max_examples=300)
@of(st.lists(st.tuples(wishes, st.lists(st.integers(0, 9), max_size=3)), min_size=6, max_size=14))
def test_merges_never_go_in_a_circle_and_lose_and_double_nothing(story):
    desk = Desk()

    def answer(n: int) -> None:
        """Let one of the records answer: a message comes once, and may be overtaken by others."""
        desk.ask(desk.waiting.pop(n % len(desk.waiting)))
        assert all(list(desk.way(who)) for who in IDS)

    for wish, answers in story:
        desk.ask(wish)
        for n in answers:
            if desk.waiting:
                answer(n)
    while desk.waiting:
        answer(0)

    states = desk.states
    kept: Counter[str] = Counter()
    for who, state in states.items():
        survivor = desk.survivor(who)
        kept["EUR"] += state.spent.get("EUR", 0)
        assert len(state.merging) == 0
        assert survivor == who or who in states[survivor].duplicates
        assert state.erased == states[survivor].erased
        assert survivor == who or not state.spent
    assert kept["EUR"] == sum(desk.spent.values())
    assert all(total == int(order[-1]) for order, total in desk.spent.items())
