"""When what is set aside lapses, and when it is time to do something about that, by example."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from adapters.deadlines import expiry
from oms_core.domain.payment import commands, events
from oms_core.kernel import Instant
from projections.deadline import Deadline
from projections.deadlines import deadlines
from tests.projections.records import recorded

PAYMENT, ORDER = "web:1/p1", "web:1"
SECURED = events.AuthorizationSucceeded(
    PAYMENT, ORDER, 700, "EUR", "ref", Instant(9_000), Instant(8_000)
)
ANNOUNCED = events.AuthorizationLapseAnnounced(PAYMENT, ORDER, 700, "EUR", Instant(9_000))
TIME = Deadline("renewal", Instant(8_000), Instant(9_000), PAYMENT, ORDER, 700)


@pytest.mark.parametrize(
    ("happened", "deadline"),
    [
        ([SECURED], TIME),
        ([SECURED, ANNOUNCED], replace(TIME, kind="authorization", due_at=Instant(9_000))),
        (
            [replace(SECURED, renew_at=Instant(0))],
            replace(TIME, kind="authorization", due_at=Instant(9_000)),
        ),
        ([SECURED, events.PaymentClosed(PAYMENT, ORDER)], None),
        ([replace(SECURED, expires_at=Instant(0))], None),
    ],
)
def test_first_it_is_time_to_renew_and_then_it_lapses(happened, deadline):
    history = recorded(*happened, stream=f"payment:{PAYMENT}")
    assert deadlines.fold(history).get(f"authorization:{PAYMENT}") == deadline


def test_an_alarm_asks_for_what_it_is_time_for():
    assert expiry(TIME, Instant(8_000)) == commands.RenewAuthorization(PAYMENT, Instant(8_000))
    lapsing = replace(TIME, kind="authorization")
    assert expiry(lapsing, Instant(9_000)) == commands.ExpireAuthorization(PAYMENT, Instant(9_000))
