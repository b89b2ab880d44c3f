"""The rules of a cart, and which command each of them answers."""

from __future__ import annotations

from operator import attrgetter

from oms_core.domain.cart import commands, leaving, shopping
from oms_core.domain.cart.evolution import evolve
from oms_core.domain.cart.state import Cart
from oms_core.kernel import Decider, deciding

cart = Decider(
    "cart",
    attrgetter("cart_id"),
    Cart(),
    deciding(
        {
            commands.OpenCart: shopping.open_cart,
            commands.AddToCart: shopping.add,
            commands.ChangeCartLine: shopping.change,
            commands.RemoveFromCart: shopping.remove,
            commands.SetCartCustomer: shopping.set_customer,
            commands.ExtendCart: shopping.extend,
            commands.RecordCartShortage: shopping.record_shortage,
            commands.AbandonCart: leaving.abandon,
            commands.ExpireCart: leaving.expire,
            commands.CheckOutCart: leaving.check_out,
            commands.RejectCheckout: leaving.reject,
            commands.ConvertCart: leaving.convert,
        }
    ),
    evolve,
)
