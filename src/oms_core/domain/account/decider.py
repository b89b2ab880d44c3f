"""The rules of an account, and which command each of them answers."""

from __future__ import annotations

from operator import attrgetter

from oms_core.domain.account import cash, commands, debts, trust
from oms_core.domain.account.evolution import evolve
from oms_core.domain.account.state import Account
from oms_core.kernel import Decider, deciding

account = Decider(
    "account",
    attrgetter("account_id"),
    Account(),
    deciding(
        {
            commands.OpenAccount: trust.open_account,
            commands.ChangeLimit: trust.change_limit,
            commands.RequestCredit: trust.request_credit,
            commands.ApproveCredit: trust.approve_credit,
            commands.ReleaseCredit: trust.release_credit,
            commands.RecordInvoice: debts.record_invoice,
            commands.RecordDueDate: debts.record_due_date,
            commands.RecordOpenAmount: debts.record_open_amount,
            commands.RecordVoid: debts.record_void,
            commands.RecordOverdue: trust.record_overdue,
            commands.ReceivePayment: cash.receive_payment,
            commands.DepositCredit: cash.deposit_credit,
            commands.ApplyCredit: cash.apply_credit,
            commands.ReturnCredit: cash.return_credit,
        }
    ),
    evolve,
)
