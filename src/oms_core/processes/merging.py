"""Merging: two records of one person agree on which of them goes on, and what comes along.

What is said of a merged record later, of an order that is placed or completed under its old id, is
passed on to the survivor; and when the survivor is forgotten, so is every duplicate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter

from oms_core.domain.customer import commands as customer
from oms_core.domain.customer.events import (
    CustomerErased,
    CustomerMerged,
    CustomerMergeDeclined,
    CustomerMergeRequested,
    OrderReferred,
    Spend,
    SpendReferred,
)
from oms_core.kernel import Command, Event, Process
from oms_core.policies.config import Policies


def merging(policies: Policies) -> Process[None]:
    """Return the process that knows from what spend on a customer is a VIP."""

    def react(event: Event, memory: None) -> Iterator[Command | Event]:
        del memory
        match event:
            case CustomerMergeRequested(customer_id, duplicate_id, reason):
                yield customer.JoinSurvivor(duplicate_id, customer_id, reason)
            case CustomerMerged(customer_id, survivor_id, _, duplicates, spent, tier):
                marks = tuple(
                    Spend(part.currency, policies.vip_mark(part.currency)) for part in spent
                )
                yield customer.AbsorbCustomer(
                    survivor_id, customer_id, duplicates, spent, tier, marks
                )
            case CustomerMergeDeclined(customer_id, survivor_id, why):
                yield customer.AbandonMerge(survivor_id, customer_id, why)
            case SpendReferred(_, survivor_id, order_id, amount_minor, currency):
                mark = policies.vip_mark(currency)
                yield customer.RecordSpend(survivor_id, order_id, amount_minor, currency, mark)
            case OrderReferred(_, survivor_id, order_id):
                yield customer.NoteOrder(survivor_id, order_id)
            case CustomerErased(_, duplicates):
                yield from (customer.EraseDuplicate(name) for name in duplicates)

    by_customer: Callable[[Event], str] = attrgetter("customer_id")
    kinds = (
        CustomerMergeRequested,
        CustomerMerged,
        CustomerMergeDeclined,
        SpendReferred,
        OrderReferred,
        CustomerErased,
    )
    return Process("merging", dict.fromkeys(kinds, by_customer), react, None)
