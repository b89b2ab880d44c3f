"""What the rules of an account check before they decide anything."""

from __future__ import annotations

from oms_core.domain.account.state import Account
from oms_core.kernel import Rejected


class UnknownAccount(Rejected):
    """Nobody has opened this account."""

    code = "account.unknown"
    remedy = "Open the account first; its id is the customer, a bar and the currency."


class AmountNotPositive(Rejected):
    """An amount must be at least one minor unit."""

    code = "account.not_positive"
    remedy = "Give the amount in whole minor units, one or more."


def require_open(account: Account) -> None:
    """Check that the account was opened.

    :raises UnknownAccount: if it was not.
    """
    if not account.opened:
        raise UnknownAccount("account_id is not known.")


def require_positive(amount_minor: int) -> None:
    """Check an amount.

    :raises AmountNotPositive: if it is less than one minor unit.
    """
    if amount_minor < 1:
        raise AmountNotPositive(f"amount_minor is {amount_minor}.")
