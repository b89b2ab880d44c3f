"""What a cart wants is asked of stock, under the shop's cap; what stock lacks the cart is told."""

from oms_core.domain.cart.commands import RecordCartShortage
from oms_core.domain.cart.events import CartDemandChanged
from oms_core.domain.stock.commands import SoftReserveStock
from oms_core.domain.stock.events import Limit, SoftReservationDeclined
from oms_core.kernel import Instant
from oms_core.policies.config import Policies
from oms_core.processes.shopping import shopping
from tests.support.spec import Specification

given = Specification(shopping(Policies(cart_units_max=7)))


def test_s52_what_a_cart_wants_is_set_aside_under_the_cap_of_the_shop():
    given().when(CartDemandChanged("web:c1", "MUG", "web", "C1", 3, Instant(60))).then(
        SoftReserveStock("MUG", "web:c1", "web", "C1", 3, 7, Instant(60))
    )


def test_a_cart_that_wants_nothing_any_more_gives_back_what_it_holds():
    given().when(CartDemandChanged("web:c1", "MUG", "web", "C1", 0, Instant(60))).then(
        SoftReserveStock("MUG", "web:c1", "web", "C1", 0, 7, Instant(60))
    )


def test_s52_the_cart_is_told_how_many_could_be_had():
    given().when(SoftReservationDeclined("MUG", "web:c1", "web", 3, 1, Limit.STOCK)).then(
        RecordCartShortage("web:c1", "MUG", 3, 1)
    )
