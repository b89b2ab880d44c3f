"""Rules of merging: two records of one person become one, and never a circle.

The survivor says what is meant, the duplicate says whether it can be, and only then the survivor
takes over. Nobody is taken for another while a merge into them is under way, so that whoever is
merged was nobody's survivor-to-be, and every way along survivors has an end. Each of their messages
comes once, in the transaction of what it answers or later. It cannot be undone: what is spent and
noted after it is the survivor's, and nothing says of which record it would be.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace
from rpds import HashTrieMap

from oms_core.domain.customer import commands, events
from oms_core.domain.customer.checks import MergedCustomer, UnknownCustomer, require_known
from oms_core.domain.customer.state import Customer
from oms_core.kernel import Rejected

Events = Iterator[events.CustomerEvent]
DUPLICATES_MAX = 1_000


class SameCustomer(Rejected):
    """A customer is no duplicate of themselves."""

    code = "customer.same"
    remedy = "Give two different ids: the one that stays, and the one that is a duplicate."


class MissingReason(Rejected):
    """Nobody could say later why two customers were taken for one."""

    code = "customer.missing_reason"
    remedy = "Say how it was found that both are one person."


class TooManyDuplicates(Rejected):
    """No person has so many records."""

    code = "customer.too_many_duplicates"
    remedy = "Look at what merges them: it may be an id that many people share."


class MergeUnderway(Rejected):
    """A duplicate has not answered yet."""

    code = "customer.merge_underway"
    remedy = "Ask again in a moment."


def merge(command: commands.MergeCustomers, customer: Customer) -> Events:
    """Ask a duplicate whether it can be taken for this customer, once."""
    require_known(customer)
    _require_two(command.duplicate_id, command.customer_id, "duplicate_id")
    if not command.reason.strip():
        raise MissingReason("reason is empty.")
    if command.duplicate_id in customer.duplicates or command.duplicate_id in customer.merging:
        return
    if len(customer.duplicates) + len(customer.merging) >= DUPLICATES_MAX:
        raise TooManyDuplicates(f"customer_id has {DUPLICATES_MAX} duplicates.")
    yield events.CustomerMergeRequested(
        command.customer_id, command.duplicate_id, command.reason.strip()
    )


def join(command: commands.JoinSurvivor, customer: Customer) -> Events:
    """Be the survivor from now on, and say what comes along; or say why that cannot be."""
    _require_two(command.survivor_id, command.customer_id, "survivor_id")
    if customer.survivor_id == command.survivor_id:
        return
    if why := _obstacle(customer):
        yield events.CustomerMergeDeclined(command.customer_id, command.survivor_id, why)
        return
    spent = tuple(events.Spend(*entry) for entry in sorted(customer.spent.items()))
    yield events.CustomerMerged(
        command.customer_id,
        command.survivor_id,
        command.reason,
        tuple(sorted(customer.duplicates)),
        spent,
        customer.tier,
    )


def _require_two(one: str, other: str, field: str) -> None:
    if one == other:
        raise SameCustomer(f"{field} is {one!r}, as customer_id is.")


def _obstacle(customer: Customer) -> events.Obstacle | None:
    if not customer.registered:
        return events.Obstacle.UNKNOWN
    if customer.erased:
        return events.Obstacle.ERASED
    if customer.survivor_id:
        return events.Obstacle.MERGED
    return events.Obstacle.MERGING if customer.merging else None


def absorb(command: commands.AbsorbCustomer, customer: Customer) -> Events:
    """Take over what the duplicate brings, which may make a VIP."""
    if command.duplicate_id not in customer.merging:
        return
    absorbed = events.CustomerAbsorbed(
        command.customer_id, command.duplicate_id, command.duplicates, command.spent
    )
    yield absorbed
    total = _together(customer, absorbed)
    enough = any(0 < m.amount_minor <= total.get(m.currency, 0) for m in command.marks)
    if customer.tier is not events.Tier.VIP and (enough or command.tier is events.Tier.VIP):
        yield events.CustomerPromoted(command.customer_id, events.Tier.VIP)


def abandon(command: commands.AbandonMerge, customer: Customer) -> Events:
    """Let nothing come of a merge."""
    if command.duplicate_id in customer.merging:
        yield events.CustomerMergeAbandoned(command.customer_id, command.duplicate_id, command.why)


def erase(command: commands.EraseCustomer, customer: Customer) -> Events:
    """Record that the customer's data can no longer be read, under none of their ids."""
    if not customer.registered:
        raise UnknownCustomer("customer_id is not known.")
    if customer.erased:
        return
    if customer.survivor_id:
        raise MergedCustomer(f"customer_id was merged into {customer.survivor_id!r}.")
    if customer.merging:
        raise MergeUnderway(f"customer_id is being merged with {min(customer.merging)!r}.")
    yield events.CustomerErased(command.customer_id, tuple(sorted(customer.duplicates)))


def erase_duplicate(command: commands.EraseDuplicate, customer: Customer) -> Events:
    """Forget a duplicate as its survivor is forgotten."""
    if customer.survivor_id and not customer.erased:
        yield events.CustomerErased(command.customer_id)


def requested(customer: Customer, event: events.CustomerMergeRequested) -> Customer:
    """Wait for the duplicate's answer."""
    return replace(customer, merging=customer.merging.insert(event.duplicate_id, event.reason))


def merged(customer: Customer, event: events.CustomerMerged) -> Customer:
    """Be somebody else from now on; what was spent is theirs."""
    return replace(customer, survivor_id=event.survivor_id, spent=HashTrieMap())


def absorbed(customer: Customer, event: events.CustomerAbsorbed) -> Customer:
    """Be the duplicate as well."""
    return replace(
        customer,
        merging=customer.merging.discard(event.duplicate_id),
        duplicates=customer.duplicates.update({event.duplicate_id, *event.duplicates}),
        spent=_together(customer, event),
    )


def _together(customer: Customer, event: events.CustomerAbsorbed) -> HashTrieMap[str, int]:
    spent = customer.spent
    for part in event.spent:
        spent = spent.insert(part.currency, spent.get(part.currency, 0) + part.amount_minor)
    return spent


def abandoned(customer: Customer, event: events.CustomerMergeAbandoned) -> Customer:
    """Wait no longer."""
    return replace(customer, merging=customer.merging.discard(event.duplicate_id))


def spend_referred(customer: Customer, event: events.SpendReferred) -> Customer:
    """Remember that the order was counted."""
    return replace(customer, orders=customer.orders.add(event.order_id))


def order_referred(customer: Customer, event: events.OrderReferred) -> Customer:
    """Remember that the survivor was told of the order."""
    return replace(customer, noted=customer.noted.add(event.order_id))
