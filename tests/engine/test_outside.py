"""What only our own processes may say is all that they say, and nothing that people need."""

from __future__ import annotations

import re
from pathlib import Path

from oms_core import effects, processes
from oms_core.domain.account.commands import ChangeLimit
from oms_core.domain.customer.commands import (
    ChangeContact,
    ChangePreferences,
    RegisterCustomer,
)
from oms_core.domain.order.commands import (
    CancelOrder,
    HoldOrder,
    PlaceOrder,
    RequestFlag,
    ResolveHold,
)
from oms_core.domain.payment.commands import (
    ReportAuthorization,
    ReportCapture,
    ReportRefund,
    ReportVoid,
    RequestRefund,
)
from oms_core.engine.outside import BETWEEN_BOUNDARIES, PUBLIC
from tests.laws.test_laws import COUNTED, shops

OURS = [Path(package.__file__).parent for package in (processes, effects)]
SAID_BY_BOTH = {
    CancelOrder,
    ChangeContact,
    ChangeLimit,
    ChangePreferences,
    HoldOrder,
    PlaceOrder,
    RegisterCustomer,
    ReportAuthorization,
    ReportCapture,
    ReportRefund,
    ReportVoid,
    RequestFlag,
    RequestRefund,
    ResolveHold,
}


def test_commands_that_only_count_are_not_taken_from_outside():
    assert set(COUNTED) <= BETWEEN_BOUNDARIES


def test_some_process_or_effect_says_each_of_them():
    source = "".join(path.read_text() for kind in OURS for path in kind.glob("*.py"))
    unsaid = [k for k in BETWEEN_BOUNDARIES if not re.search(rf"\b{k.__name__}\(", source)]
    assert unsaid == []


def test_what_processes_say_is_theirs_alone_but_for_what_people_say_too():
    said = {type(asked.command) for shop in shops() for asked in shop.asked if asked.by_process}
    assert said - SAID_BY_BOTH <= BETWEEN_BOUNDARIES
    assert {command.__name__ for command in SAID_BY_BOTH} <= PUBLIC.keys()
