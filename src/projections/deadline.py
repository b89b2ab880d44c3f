"""A deadline: what lapses, of whom, and when."""

from __future__ import annotations

from oms_core.kernel import Event, Instant, Recorded, State


class Deadline(State, frozen=True):
    """Something that lapses at `due_at`; without one, nothing is due now but may be again.

    `kind` is `authorization` (of `payment_id`, with `open_minor` not yet taken; `renewal` before
    that, when it is time to have it authorized anew), `reservation` (of
    `item_id` by `line_id`; allocated units do not lapse, but do again if they are untied),
    `soft_reservation` (of `item_id` by `cart_id`), `abandonment` or `cart` (of `cart_id`: when it
    counts as abandoned, and when it lapses), `issue` (of the draft `document_id`, due at once),
    `dunning` (of the invoice `document_id`), `quote` or `gift_card` (of that name, in
    `document_id`), `change` (of `order_id`, proposed as `document_id`) or `promise` (of `order_id`,
    to leave by `limit_at`; it is looked at before that, and then).
    """

    kind: str
    due_at: Instant = Instant(0)
    limit_at: Instant = Instant(0)
    payment_id: str = ""
    order_id: str = ""
    open_minor: int = 0
    item_id: str = ""
    line_id: str = ""
    units_reserved: int = 0
    units_awaited: int = 0
    units_allocated: int = 0
    cart_id: str = ""
    document_id: str = ""


NEVER = Instant(0)


def over(_: Deadline, __: Event, ___: Recorded) -> None:
    """Let nothing lapse any more."""
