"""Of whom something may be asked."""

from __future__ import annotations

from oms_core.domain.customer.state import Customer
from oms_core.kernel import Rejected


class UnknownCustomer(Rejected):
    """We do not know this customer."""

    code = "customer.unknown"
    remedy = "Register the customer first."


class ErasedCustomer(Rejected):
    """The customer asked to be forgotten."""

    code = "customer.erased"
    remedy = "Register the person under a new customer_id, if they wish so."


class MergedCustomer(Rejected):
    """The customer turned out to be another one, whose record goes on."""

    code = "customer.merged"
    remedy = "Ask it of the customer that is named: both are one person."


def require_known(customer: Customer) -> None:
    """Check that we know the customer, and that their record goes on.

    :raises UnknownCustomer: if nobody has registered them.
    :raises ErasedCustomer: if they were forgotten.
    :raises MergedCustomer: if they turned out to be somebody else.
    """
    if not customer.registered:
        raise UnknownCustomer("customer_id is not known.")
    if customer.erased:
        raise ErasedCustomer("customer_id was erased.")
    if customer.survivor_id:
        raise MergedCustomer(f"customer_id was merged into {customer.survivor_id!r}.")
