"""Dunning: a customer who was reminded in vain gets no more credit, and one who never pays none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

from oms_core.domain.account import commands as account
from oms_core.domain.invoice.events import DunningRaised, InvoiceWrittenOff
from oms_core.kernel import Command, Event, Process
from oms_core.policies.config import Policies


def dunning(policies: Policies) -> Process[None]:
    """Return the process that knows from which level on an account is blocked."""

    def react(event: Event, memory: None) -> Iterator[Command | Event]:
        del memory
        match event:
            case DunningRaised(invoice_id, account_id, level=level):
                if level >= policies.blocking_level:
                    yield account.RecordOverdue(account_id, invoice_id)
            case InvoiceWrittenOff(invoice_id, account_id):
                reason = f"invoice {invoice_id} was written off"
                yield account.ChangeLimit(account_id, 0, reason)
                yield account.RecordOpenAmount(account_id, invoice_id, 0)

    by_account: Callable[[Any], str] = attrgetter("account_id")
    return Process(
        "dunning",
        {DunningRaised: by_account, InvoiceWrittenOff: by_account},
        react,
        None,
    )
