"""Two records of one person agree on which of them goes on."""

from __future__ import annotations

from oms_core.domain.customer.commands import (
    AbandonMerge,
    AbsorbCustomer,
    EraseDuplicate,
    JoinSurvivor,
    NoteOrder,
    RecordSpend,
)
from oms_core.domain.customer.events import (
    CustomerErased,
    CustomerMerged,
    CustomerMergeDeclined,
    CustomerMergeRequested,
    Obstacle,
    OrderReferred,
    Spend,
    SpendReferred,
    Tier,
)
from oms_core.policies.config import Policies
from oms_core.processes.merging import merging
from tests.support.spec import Specification

given = Specification(merging(Policies(vip_minor=(("EUR", 5_000),))))


def test_the_duplicate_is_asked_and_the_survivor_is_told():
    given().when(CustomerMergeRequested("C1", "C2", "same")).then(JoinSurvivor("C2", "C1", "same"))
    spent = (Spend("CHF", 7), Spend("EUR", 9))
    given().when(CustomerMerged("C2", "C1", "same", ("C3",), spent, Tier.VIP)).then(
        AbsorbCustomer("C1", "C2", ("C3",), spent, Tier.VIP, (Spend("CHF", 0), Spend("EUR", 5_000)))
    )
    given().when(CustomerMergeDeclined("C2", "C1", Obstacle.ERASED)).then(
        AbandonMerge("C1", "C2", Obstacle.ERASED)
    )


def test_what_is_under_the_old_id_is_passed_on():
    given().when(SpendReferred("C2", "C1", "web:1", 900, "EUR")).then(
        RecordSpend("C1", "web:1", 900, "EUR", 5_000)
    )
    given().when(OrderReferred("C2", "C1", "web:1")).then(NoteOrder("C1", "web:1"))


def test_duplicates_are_forgotten_with_the_survivor():
    given().when(CustomerErased("C1", ("C2", "C3"))).then(
        EraseDuplicate("C2"), EraseDuplicate("C3")
    )
    given().when(CustomerErased("C2")).then_nothing()
