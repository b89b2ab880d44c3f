"""What must hold before anything happens to a cart, and the refusals if it does not."""

from __future__ import annotations

from oms_core.domain.cart.events import CartLine, Price
from oms_core.domain.cart.state import Cart, Phase
from oms_core.kernel import Rejected

LINES_MAX = 500
QUANTITY_MAX = 1_000_000_000
AMOUNT_MINOR_MAX = 10**15


class UnknownCart(Rejected):
    """No such cart was ever opened."""

    code = "cart.unknown"
    remedy = "Open the cart first."


class ClosedCart(Rejected):
    """The cart has become an order, or has lapsed."""

    code = "cart.closed"
    remedy = "Open a new cart, or change the order."


class WrongIdentity(Rejected):
    """The cart's id does not say whose cart it is."""

    code = "cart.identity"
    remedy = "Make cart_id of the channel, a colon and the external_ref."


class WrongCurrency(Rejected):
    """The cart has no currency to be priced in."""

    code = "cart.currency"
    remedy = "Give an ISO 4217 code, three capital letters."


class UnknownLine(Rejected):
    """The cart has no such line."""

    code = "cart.unknown_line"
    remedy = "Use the line_id that the line was added under, or add a line."


class LineTaken(Rejected):
    """Another line has this id."""

    code = "cart.line_taken"
    remedy = "Give the new line a line_id of its own."


class TooManyLines(Rejected):
    """The cart is full."""

    code = "cart.too_many_lines"
    remedy = "Take a line out, or check out and open another cart."


class WrongQuantity(Rejected):
    """A quantity or a span of time is out of bounds."""

    code = "cart.quantity"
    remedy = f"Give a whole number from 1 to {QUANTITY_MAX}; to want none, remove the line."


class WrongPrice(Rejected):
    """A quote has an amount that cannot be one."""

    code = "cart.price"
    remedy = f"Give amounts of the whole line in minor units, 0 to {AMOUNT_MINOR_MAX}."


class MissingName(Rejected):
    """Something that must have a name has none."""

    code = "cart.name_missing"
    remedy = "Give a text of at least one character."


class OtherCustomer(Rejected):
    """The cart is somebody else's."""

    code = "cart.other_customer"
    remedy = "Open a cart of their own for the other customer."


class StaleLine(Rejected):
    """Somebody else has changed the line meanwhile."""

    code = "cart.stale_line"
    remedy = "Look at the cart again, and change what you see then."


def require_known(cart: Cart) -> None:
    """Check that the cart was opened.

    :raises UnknownCart: if it was not.
    """
    if cart.phase is Phase.UNKNOWN:
        raise UnknownCart("cart_id is not known.")


def is_closed(cart: Cart) -> bool:
    """Say whether the cart has come to its end."""
    return cart.phase in (Phase.CONVERTED, Phase.EXPIRED)


def require_open(cart: Cart) -> None:
    """Check that the cart can be shopped with; an abandoned one can.

    :raises UnknownCart: if it was never opened.
    :raises ClosedCart: if it has come to its end.
    """
    require_known(cart)
    if is_closed(cart):
        order = f" into order {cart.order_id!r}" if cart.order_id else ""
        raise ClosedCart(f"cart_id is {cart.phase}{order}.")


def require_name(name: str, field: str) -> None:
    """Check that something has a name.

    :raises MissingName: if it is empty.
    """
    if not name:
        raise MissingName(f"{field} is empty.")


def require_quantity(quantity: int, field: str = "quantity") -> None:
    """Check a quantity.

    :raises WrongQuantity: if it is out of bounds.
    """
    if not 1 <= quantity <= QUANTITY_MAX:
        raise WrongQuantity(f"{field} is {quantity}.")


def require_price(price: Price) -> None:
    """Check a quote.

    :raises WrongPrice: if one of its amounts is out of bounds.
    """
    for field in ("net_minor", "tax_minor", "discount_minor"):
        amount = getattr(price, field)
        if not 0 <= amount <= AMOUNT_MINOR_MAX:
            raise WrongPrice(f"price.{field} is {amount}.")


def line_of(cart: Cart, line_id: str) -> CartLine:
    """Return a line.

    :raises UnknownLine: if the cart has none of that id.
    """
    line = cart.line(line_id)
    if line is None:
        raise UnknownLine(f"line_id {line_id!r} is not in the cart.")
    return line
