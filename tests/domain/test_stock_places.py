"""A location is called so that nobody can take a part of its name for an item's."""

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec.structs import replace

from oms_core.domain.order import returns
from oms_core.domain.order.decider import order
from oms_core.domain.stock import commands, events
from oms_core.domain.stock.decider import stock
from oms_core.domain.stock.places import AmbiguousLocation
from oms_core.kernel import Instant
from projections.inventory import level_key
from tests.support.order import (
    MUG,
    MUGS,
    authorize,
    part,
    reserve,
    send_back,
    sent,
    told,
    wish,
)
from tests.support.spec import Specification

given = Specification(stock)
AT = "B@C"


def in_a_place(place):
    """Every command that can be the first to name a place."""
    return (
        commands.ReceiveStock("A", "D1", place, 1, 1, "EUR"),
        commands.ExpectSupply("A", "D1", place, 1, Instant(1)),
        commands.ReturnStock("A", "D1", "web:1/1", place, 1, False, 0, ""),
        commands.QuarantineStock("A", "D1", place, 1, "wet"),
        commands.LiftQuarantine("A", "D1", place, 1),
        commands.AdjustStock("A", "D1", place, 1, events.AdjustmentReason.FOUND),
        commands.CountStock("A", "D1", place, 1),
        commands.ConfigureLocation("A", place, 1, True),
        commands.DispatchTransfer("A", "T1", place, "LYON", 1),
    )


@pytest.mark.parametrize("command", in_a_place(AT), ids=lambda c: type(c).__name__)
def test_no_new_place_has_the_mark_in_its_name(command):
    field = "origin_id" if isinstance(command, commands.DispatchTransfer) else "location_id"
    given().when(command).then_rejected(AmbiguousLocation, f"{field} is 'B@C'.")
    assert AmbiguousLocation.code == "stock.ambiguous_location"


def test_goods_are_not_sent_to_such_a_place_either():
    received = events.StockReceived("A", "D1", "LYON", 5, 5, "EUR")
    given(received).when(commands.DispatchTransfer("A", "T1", "LYON", AT, 1)).then_rejected(
        AmbiguousLocation, "destination_id is 'B@C'."
    )


def test_a_place_that_was_called_so_before_goes_on():
    received = events.StockReceived("A", "D1", AT, 5, 5, "EUR")
    given(received).when(commands.CountStock("A", "D2", AT, 5)).then(
        events.StockCounted("A", "D2", AT, 5, 0, 0, "EUR")
    )


def test_goods_do_not_come_back_to_such_a_place():
    log = told(wish(MUGS), authorize(1_200), reserve(MUG, 3), *sent(part(MUG, 3)))
    command = replace(send_back("R1", (MUG, 1)), location_id=AT)
    Specification(order)(*log).when(command).then_rejected(
        returns.AmbiguousLocation, "location_id is 'B@C'."
    )
    assert returns.AmbiguousLocation.code == "order.ambiguous_location"


names = st.text("AB@", min_size=1, max_size=5)
places = names.filter(lambda name: "@" not in name)


@drawn(names, places, names, places)
def test_two_levels_have_two_names(item, place, other_item, other_place):
    same = (item, place) == (other_item, other_place)
    assert (level_key(item, place) == level_key(other_item, other_place)) == same
