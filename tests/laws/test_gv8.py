"""GV8: the status tables of OFBiz (its seed data), beside what orders, lines and payments do here.

We keep no status. What one would call the status is read off the buckets, and every step that the
made-up shops take is compared with the table. Where we differ, it is said and why: a step of theirs
that is not in ours is refused or means something else here, one of ours has no word in theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from oms_core.domain.order import state as ordered
from oms_core.domain.order.decider import order
from oms_core.domain.payment import state as paid
from tests.laws.test_laws import after, answer, shops
from tests.support.order import CANCEL, MUGS, authorize, told, wish

Steps = frozenset[tuple[str, str]]


def table(text: str) -> Steps:
    """Return the steps of a table: `A > B C` on each line."""
    rows = (line.split(" > ") for line in text.strip().splitlines())
    return frozenset((start.strip(), end) for start, ends in rows for end in ends.split())


ORDER = table("""
    CREATED > PROCESSING APPROVED HOLD REJECTED CANCELLED
    PROCESSING > HOLD APPROVED REJECTED CANCELLED
    APPROVED > SENT PROCESSING COMPLETED CANCELLED HOLD
    HOLD > PROCESSING APPROVED CANCELLED
    SENT > COMPLETED CANCELLED
    COMPLETED > APPROVED
""")
LINE = table("""
    CREATED > APPROVED REJECTED CANCELLED
    APPROVED > COMPLETED CANCELLED
    COMPLETED > APPROVED
""")
PAYMENT = table("""
    NOT_AUTH > AUTHORIZED DECLINED
    AUTHORIZED > SETTLED CANCELLED
    SETTLED > REFUNDED
""")


def order_status(order: ordered.Order) -> str:
    """Return the word of OFBiz for an order: SENT once a part of it has left."""
    if order.phase is not ordered.Phase.PLACED:
        return order.phase.upper() if order.phase is not ordered.Phase.UNKNOWN else ""
    if any(order.holds.values()):
        return "HOLD"
    if order.shipped:
        return "SENT"
    if any(line.released or line.allocated for line in order.lines.values()):
        return "APPROVED"
    return "PROCESSING" if order.awaiting else "CREATED"


def line_status(line: ordered.Line) -> str:
    """Return the word of OFBiz for a line: COMPLETED once nothing of it is open."""
    if not line.open:
        return "COMPLETED" if line.shipped else "CANCELLED"
    return "APPROVED" if line.released or line.allocated or line.shipped else "CREATED"


def payment_status(payment: paid.Payment) -> str:
    """Return the word of OFBiz for a payment."""
    if payment.captured_minor:
        return "REFUNDED" if payment.refunded_minor else "SETTLED"
    match payment.standing:
        case paid.Standing.NONE:
            return ""
        case paid.Standing.DECLINED:
            return "DECLINED"
        case paid.Standing.VOIDED | paid.Standing.EXPIRED:
            return "CANCELLED"
        case paid.Standing.AUTHORIZED:
            return "AUTHORIZED"
    return "NOT_AUTH"


THEIRS_ALONE = {
    "order": table("""
        CREATED > PROCESSING REJECTED
        PROCESSING > REJECTED
        APPROVED > PROCESSING
        SENT > CANCELLED
        COMPLETED > APPROVED
    """),
    "line": table("""
        CREATED > REJECTED
        COMPLETED > APPROVED
    """),
    "payment": frozenset[tuple[str, str]](),
}
"""Rejected is who is never placed. What is certain is not asked for again. An order of which a part
has left is charged for it, and so completed. What is completed stays so: there are returns, and
orders that replace it."""

OURS_ALONE = {
    "order": table("""
        REJECTED > CREATED PROCESSING APPROVED
        PROCESSING > CREATED
        APPROVED > CREATED
        SENT > HOLD
        HOLD > COMPLETED CREATED SENT
    """),
    "line": table("APPROVED > CREATED"),
    "payment": table("""
        NOT_AUTH > CANCELLED
        DECLINED > AUTHORIZED
        CANCELLED > AUTHORIZED
    """),
}
"""A sender may correct what was rejected. Money may be certain while stock is awaited. What is on
its way may fall short, be held for it, and go on; if the rest is given up, what has left completes
it. An authorization may never be answered, and may succeed when nobody waits for it."""

BOUNDARY = {"order": ordered.Order, "line": ordered.Order, "payment": paid.Payment}


def lines_of(order: ordered.Order) -> dict[str, str]:
    """Return the status of each line."""
    return {line_id: line_status(line) for line_id, line in order.lines.items()}


STATUS: dict[str, Callable[[Any], dict[str, str]]] = {
    "order": lambda state: {"": order_status(state)},
    "line": lines_of,
    "payment": lambda state: {"": payment_status(state)},
}


@cache
def taken(what: str) -> Steps:
    """Return every step that is taken in any of the shops."""
    steps, status = set(), STATUS[what]
    for shop in shops():
        for asked in shop.asked:
            if isinstance(asked.state, BOUNDARY[what]) and (happened := answer(asked)):
                now = status(after(asked, happened))
                was = {name: word for name, word in status(asked.state).items() if word}
                steps |= {(was[name], now[name]) for name in was if was[name] != now[name]}
    return frozenset(steps)


def given_up_while_it_waits() -> tuple[str, str]:
    """Return the step of an order that is paid, waits for goods, and is cancelled: it is seldom."""
    place, paid_for = wish(MUGS), authorize(1_200)
    before = told(place, paid_for)
    return order_status(order.fold(before)), order_status(order.fold(told(place, paid_for, CANCEL)))


@pytest.mark.parametrize("what", ["order", "line", "payment"])
def test_gv8_statuses_go_from_one_to_the_other_as_in_the_table_but_for_what_we_say(what: str):
    theirs = {"order": ORDER, "line": LINE, "payment": PAYMENT}[what]
    seen = taken(what) | ({given_up_while_it_waits()} if what == "order" else set())
    assert seen - theirs <= OURS_ALONE[what]
    assert theirs - seen == THEIRS_ALONE[what]
