"""What must hold of a whole shop after every event: the rules, each by its id in `requirements.md`.

A rule sees every event (`see`), looks when everything that follows from a command has happened
(`rest`), and once more at the end (`close`). It adds up by itself, from the events alone.
"""

from __future__ import annotations

from tests.machines.rules_of_credit import Credit, Debts
from tests.machines.rules_of_goods import CartsOnce, Demand, OrdersWhole, Promises
from tests.machines.rules_of_money import AuditorsBooks, Charges, Documents, Numbers, Tenders
from tests.machines.rules_of_vouchers import Coupons, GiftCards

RULES = (
    Promises,  # P1, P3, P16, P18
    Demand,  # P2, P17, P34
    OrdersWhole,  # P9, P11, P12, P15, P29, P35
    CartsOnce,  # P4, P18, S53
    Tenders,  # P4, P5, P6, P7, P8, P10
    Charges,  # P10, P14: never credited more than was charged
    Documents,  # P14
    Numbers,  # P25
    Debts,  # P15
    Credit,  # the limit, blocks and their end
    Coupons,  # P22
    GiftCards,  # P22, S21
    AuditorsBooks,  # S21, P18: the ledger and the auditor's sums
)
