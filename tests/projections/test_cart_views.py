"""What the read models show of carts: open, left, come back to, and become an order."""

from msgspec.structs import replace

from oms_core.domain.cart import events as cart
from oms_core.domain.stock import events as stock
from projections.carts import CartRow, carts
from projections.deadline import Deadline
from projections.deadlines import deadlines
from projections.timeline import timeline
from tests.projections.records import recorded
from tests.support.cart import CART, OPENED, abandoned, added, at, due, line

HELD = stock.StockSoftReserved("MUG", CART, "web", "C1", 3, 0, at(11))
WRAP = cart.CartLineAdded(CART, replace(line("w", 1, "WRAP"), service=True), due(2))
CHANGED = cart.CartLineChanged(CART, "a", "MUG", "x1", 3, cart.Price("10.00", 3_000), due(3))
CONVERTED = cart.CartConverted(CART, "web:1", "C1")


def shown(*happened):
    (row,) = carts.fold(recorded(OPENED, *happened)).values()
    return replace(row, wishes=CartRow("").wishes)


def test_a_cart_is_shown_with_its_units_and_what_they_cost():
    assert shown(added("a", 2), WRAP, CHANGED, HELD) == CartRow(
        CART,
        "web",
        "C1",
        "EUR",
        "open",
        lines=2,
        units=3,
        units_reserved=3,
        value_minor=3_000 + 1_200,
        opened_at=at(0),
        active_at=at(3),
        idle_at=at(63),
        expires_at=at(603),
    )


def test_a_service_never_counts_as_units():
    changed = replace(CHANGED, line_id="w", item_id="WRAP", quantity=9)
    row = shown(WRAP, changed)
    assert (row.units, row.value_minor) == (0, 3_000)


def test_a_line_that_is_taken_out_counts_no_more():
    removed = cart.CartLineRemoved(CART, "a", "MUG", due(4, waits=False))
    row = shown(added("a", 2), removed)
    assert (row.lines, row.units, row.value_minor, row.idle_at) == (0, 0, 0, 0)


def test_what_could_not_be_had_is_counted():
    declined = cart.CartLineDeclined(CART, "a", "MUG", 2, 1, cart.Price("10.00", 500, 100))
    row = shown(added("a", 2), declined)
    assert (row.units, row.units_declined, row.value_minor) == (1, 1, 600)


def test_what_is_held_is_shown_until_it_ends():
    for end in (
        stock.SoftReservationReleased("MUG", CART, 3, 0),
        stock.SoftReservationExpired("MUG", CART, 3, 0),
        stock.SoftReservationConverted("MUG", CART, 3, 0, 2),
    ):
        assert shown(added("a", 3), HELD, end).units_reserved == 0


def test_s53_a_cart_is_open_abandoned_and_open_again_in_its_next_episode():
    left = shown(added("a", 1), abandoned())
    assert (left.standing, left.episode, left.abandoned_at, left.idle_at) == (
        "abandoned",
        1,
        at(61),
        0,
    )
    back = shown(added("a", 1), abandoned(), cart.CartReopened(CART, 2))
    assert (back.standing, back.episode) == ("open", 2)


def test_a_cart_that_came_to_its_end_is_still_to_be_seen():
    sold = shown(added("a", 2), CONVERTED)
    assert (sold.standing, sold.order_id, sold.units) == ("converted", "web:1", 2)
    assert shown(added("a", 2), cart.CartExpired(CART)).standing == "expired"


def test_a_customer_who_is_known_later_is_shown():
    nobodys = replace(OPENED, customer_id="")
    (row,) = carts.fold(recorded(nobodys, cart.CartCustomerSet(CART, "C7", due(9)))).values()
    assert (row.customer_id, row.active_at) == ("C7", at(9))


def test_s53_a_cart_is_due_to_be_abandoned_and_then_to_lapse():
    def falls_due(*happened):
        row = deadlines.fold(recorded(OPENED, *happened)).get(f"cart:{CART}")
        return row and (row.kind, row.due_at)

    assert falls_due() == ("cart", at(600))
    assert falls_due(added("a", 1)) == ("abandonment", at(61))
    assert falls_due(added("a", 1), cart.CartExtended(CART, due(9))) == ("abandonment", at(69))
    assert falls_due(added("a", 1), abandoned()) == ("cart", at(601))
    assert falls_due(added("a", 1), CONVERTED) is None
    assert falls_due(added("a", 1), cart.CartExpired(CART)) is None


def test_a_cart_and_what_it_holds_have_deadlines_of_their_own():
    rows = deadlines.fold(recorded(OPENED, HELD))
    assert rows == {
        f"cart:{CART}": Deadline("cart", at(600), at(600), cart_id=CART),
        f"soft_reservation:MUG|{CART}": Deadline(
            "soft_reservation", at(11), at(11), item_id="MUG", cart_id=CART, units_reserved=3
        ),
    }


def test_the_timeline_of_an_order_begins_with_its_cart():
    (moment,) = timeline.fold(recorded(CONVERTED)).values()
    assert (moment.order_id, moment.summary) == ("web:1", f"cart {CART} has become this order")
