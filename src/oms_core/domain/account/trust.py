"""Rules of trust: which orders may go out unpaid, and which must wait."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from oms_core.domain.account import commands, events
from oms_core.domain.account.checks import require_open, require_positive
from oms_core.domain.account.evolution import evolve
from oms_core.domain.account.state import Account, Waiting
from oms_core.kernel import Rejected
from oms_core.kernel.money import is_currency_code

Events = Iterator[events.AccountEvent]
Steps = Generator[events.AccountEvent, None, Account]
"""Events, and the account that they lead to."""


class MisnamedAccount(Rejected):
    """The id of an account says whose it is and in which currency."""

    code = "account.identity"
    remedy = "Use the customer_id, a bar and the currency (three letters): C1|EUR."


class NegativeLimit(Rejected):
    """Nobody can be trusted with less than nothing."""

    code = "account.negative_limit"
    remedy = "Give a limit_minor of zero or more."


class NothingWaiting(Rejected):
    """The order does not wait for credit."""

    code = "account.nothing_waiting"
    remedy = "Name an order that was declined and is still open."


def after(account: Account, event: events.AccountEvent) -> Steps:
    """Let one event happen, and return the account that it leads to."""
    yield event
    return evolve(account, event)


def open_account(command: commands.OpenAccount, account: Account) -> Events:
    """Begin to trust, once; orders that wait for it may go on."""
    named = f"{command.customer_id}|{command.currency}"
    if (
        command.account_id != named
        or not command.customer_id
        or not is_currency_code(command.currency)
    ):
        raise MisnamedAccount(f"account_id is {command.account_id!r} and not {named!r}.")
    _require_limit(command.limit_minor)
    if not account.opened:
        opened = events.AccountOpened(
            command.account_id, command.customer_id, command.currency, command.limit_minor
        )
        account = yield from after(account, opened)
        yield from grant_waiting(command.account_id, account)


def change_limit(command: commands.ChangeLimit, account: Account) -> Events:
    """Trust more or less; orders that were granted stay so."""
    require_open(account)
    _require_limit(command.limit_minor)
    if command.limit_minor != account.limit_minor:
        changed = events.LimitChanged(command.account_id, command.limit_minor, command.reason)
        account = yield from after(account, changed)
        yield from grant_waiting(command.account_id, account)


def _require_limit(limit_minor: int) -> None:
    if limit_minor < 0:
        raise NegativeLimit(f"limit_minor is {limit_minor}.")


def request_credit(command: commands.RequestCredit, account: Account) -> Events:
    """Grant what the limit allows, once for each order; else let the order wait."""
    require_positive(command.amount_minor)
    order_id, amount = command.order_id, command.amount_minor
    if order_id in account.orders or account.request(order_id):
        return
    waiting = Waiting(order_id, command.payment_id, amount)
    if account.allows(amount):
        yield _granted(command.account_id, waiting, waited=False)
    else:
        yield events.CreditDeclined(
            command.account_id,
            order_id,
            command.payment_id,
            amount,
            _reason(account),
            account.exposure_minor,
            account.limit_minor,
        )


def _reason(account: Account) -> events.DeclineReason:
    if not account.opened:
        return events.DeclineReason.NO_ACCOUNT
    return events.DeclineReason.OVERDUE if account.overdue else events.DeclineReason.LIMIT


def _granted(account_id: str, waiting: Waiting, *, waited: bool) -> events.CreditGranted:
    return events.CreditGranted(
        account_id, waiting.order_id, waiting.payment_id, waiting.amount_minor, waited
    )


def approve_credit(command: commands.ApproveCredit, account: Account) -> Events:
    """Grant what the limit does not allow, because a person says so."""
    require_open(account)
    if command.order_id in account.orders:
        return
    waiting = account.request(command.order_id)
    if waiting is None:
        raise NothingWaiting(f"order_id {command.order_id!r} does not wait for credit.")
    yield _granted(command.account_id, waiting, waited=True)


def release_credit(command: commands.ReleaseCredit, account: Account) -> Events:
    """Count less as owed; others may have the room."""
    require_positive(command.amount_minor)
    order_id = command.order_id
    waiting = account.request(order_id)
    known = waiting.amount_minor if waiting else account.orders.get(order_id, 0)
    if amount := min(command.amount_minor, known):
        released = events.CreditReleased(command.account_id, order_id, amount)
        account = yield from after(account, released)
        yield from grant_waiting(command.account_id, account)


def grant_waiting(account_id: str, account: Account) -> Events:
    """Grant whatever fits by now: the first come first, and a smaller one before a larger waits."""
    for waiting in account.waiting:
        if account.allows(waiting.amount_minor):
            granted = _granted(account_id, waiting, waited=True)
            account = yield from after(account, granted)


def record_overdue(command: commands.RecordOverdue, account: Account) -> Events:
    """Block the account for an invoice; with the first one, every open order is held."""
    invoice = account.invoices.get(command.invoice_id)
    if invoice is None or invoice.overdue:
        return
    first = not account.overdue
    yield events.AccountBlocked(
        command.account_id,
        account.blocks + first,
        command.invoice_id,
        tuple(sorted(account.orders)) if first else (),
    )


def relax(account_id: str, before: Account, account: Account) -> Events:
    """Unblock an account that has nothing overdue any more, and grant what then fits."""
    if before.overdue and not account.overdue:
        unblocked = events.AccountUnblocked(account_id, account.blocks, account.held)
        account = yield from after(account, unblocked)
    yield from grant_waiting(account_id, account)
