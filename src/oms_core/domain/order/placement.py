"""Rules of placement: what an order must be to be accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import astuple

from oms_core.domain.order import commands, events
from oms_core.domain.order.evolution import evolve
from oms_core.domain.order.onward import advance
from oms_core.domain.order.state import Order, Phase, needs_authorization
from oms_core.kernel import Rejected
from oms_core.kernel.money import is_currency_code
from oms_core.policies.assessment import Assessment
from oms_core.policies.terms import are_terms

LINES_MAX = 2_000
QUANTITY_MAX = 1_000_000_000
AMOUNT_MINOR_MAX = 10**15
COUPONS_MAX = 5
COUNTRY_LETTERS = 2
TERMS = ("customer_id", "currency", "lines", "tenders", "purpose", "replaces", "coupons")


class ReferenceReused(Rejected):
    """Another order has this channel and reference."""

    code = "order.reference_reused"
    remedy = "Give the new order a reference of its own, or change the order that has this one."


def place(command: commands.PlaceOrder, order: Order) -> Iterator[events.OrderEvent]:
    """Accept or reject the order. The same order again is no news; a different one is refused."""
    if order.phase in (Phase.UNKNOWN, Phase.REJECTED):
        if refusals := tuple(_refusals(command)):
            if refusals != order.refusals:
                yield events.OrderRejected(
                    command.order_id,
                    command.channel,
                    command.external_ref,
                    refusals,
                    command.cart_id,
                )
            return
        placed = events.OrderPlaced(*astuple(command))  # The same terms, in the same order.
        yield placed
        if command.pricing is not None and command.pricing.holds:
            yield _price_hold(command.order_id, command.pricing)
        elif not command.coupons and not any(map(needs_authorization, command.tenders)):
            yield from advance(evolve(order, placed))
    elif any(getattr(command, term) != getattr(order.terms, term) for term in TERMS):
        differing = [t for t in TERMS if getattr(command, t) != getattr(order.terms, t)]
        raise ReferenceReused(
            f"order_id {command.order_id!r} is taken by an order with other {', '.join(differing)}."
        )


def _price_hold(order_id: str, pricing: Assessment) -> events.OrderHeld:
    """Let a person look at prices that are not ours."""
    return events.OrderHeld(
        order_id,
        "price",
        events.HoldKind.PRICE,
        (events.Blocked.RELEASE,),
        "; ".join(pricing.differences),
    )


def _refusals(command: commands.PlaceOrder) -> Iterator[events.Refusal]:
    """Name every reason against the order, so that the sender can mend them all at once."""
    if (
        command.order_id != f"{command.channel}:{command.external_ref}"
        or not command.channel
        or ":" in command.channel
        or not command.external_ref
    ):
        yield events.Refusal(
            "order.identity",
            f"order_id {command.order_id!r} must be the channel, a colon and the external_ref.",
        )
    yield from _cart_refusals(command)
    if not command.customer_id:
        yield events.Refusal("order.customer_missing", "customer_id is empty.")
    if not is_currency_code(command.currency):
        yield events.Refusal(
            "order.currency", f"currency {command.currency!r} is not an ISO 4217 code."
        )
    yield from _country_refusals(command)
    if command.sold_at and command.on_shortage is not events.OnShortage.CANCEL:
        yield events.Refusal(
            "order.sold_at",
            f"on_shortage {command.on_shortage.value!r} of a sale at {command.sold_at!r} is not "
            "'cancel': who stands at a till does not wait.",
        )
    if not command.lines:
        yield events.Refusal("order.empty", "lines is empty.")
    if len(command.lines) > LINES_MAX:
        yield events.Refusal(
            "order.too_many_lines", f"{len(command.lines)} lines are more than {LINES_MAX}."
        )
    seen: set[str] = set()
    for line in command.lines:
        yield from line_refusals(line, command.order_id, seen)
        seen.add(line.line_id)
    yield from _tender_refusals(command)
    yield from _price_refusals(command)


def _price_refusals(command: commands.PlaceOrder) -> Iterator[events.Refusal]:
    codes = command.coupons
    if len(set(codes)) != len(codes) or len(codes) > COUPONS_MAX or not all(codes):
        yield events.Refusal(
            "order.coupons", f"coupons {codes} are not up to {COUPONS_MAX} different codes."
        )
    if command.pricing is not None and command.pricing.rejects:
        for difference in command.pricing.differences:
            yield events.Refusal("order.price", f"{difference}.")


def _country_refusals(command: commands.PlaceOrder) -> Iterator[events.Refusal]:
    countries = {"ship_to": command.ship_to.country}
    if command.bill_to.country:
        countries["bill_to"] = command.bill_to.country
    for field, country in countries.items():
        if not _is_country(country):
            yield events.Refusal(
                "order.country", f"{field}.country {country!r} is not an ISO 3166-1 alpha-2 code."
            )


def _cart_refusals(command: commands.PlaceOrder) -> Iterator[events.Refusal]:
    if command.cart_id and command.cart_id.partition(":")[0] != command.channel:
        yield events.Refusal(
            "order.cart",
            f"cart_id {command.cart_id!r} is not a cart of channel {command.channel!r}.",
        )


def _is_country(code: str) -> bool:
    return len(code) == COUNTRY_LETTERS and code.isascii() and code.isalpha() and code.isupper()


def line_refusals(
    line: events.OrderLine, order_id: str, seen: set[str]
) -> Iterator[events.Refusal]:
    """Name every reason against a line, beside the line ids that are `seen` already."""
    if line.line_id.rpartition("/")[0] != order_id or line.line_id in seen:
        yield events.Refusal(
            "line.identity",
            f"line_id {line.line_id!r} must be the order's id, a slash and a number of its own.",
        )
    if not line.item_id:
        yield events.Refusal("line.item_missing", f"item_id of line {line.line_id!r} is empty.")
    if not 1 <= line.quantity <= QUANTITY_MAX:
        yield events.Refusal(
            "line.quantity",
            f"quantity {line.quantity} of line {line.line_id!r} is not 1 to {QUANTITY_MAX}.",
        )
    for field in ("net_minor", "tax_minor", "discount_minor"):
        amount = getattr(line, field)
        if not 0 <= amount <= AMOUNT_MINOR_MAX:
            yield events.Refusal(
                "line.amount",
                f"{field} {amount} of line {line.line_id!r} is not 0 to {AMOUNT_MINOR_MAX}.",
            )


def _tender_refusals(command: commands.PlaceOrder) -> Iterator[events.Refusal]:
    total = sum(line.net_minor + line.tax_minor for line in command.lines)
    paid = sum(tender.amount_minor for tender in command.tenders)
    if total != paid:
        yield events.Refusal(
            "tender.mismatch", f"tenders of {paid} do not add up to the total of {total}."
        )
    yield from tender_refusals(command.tenders, command.order_id, ())


def tender_refusals(
    tenders: Sequence[events.Tender], order_id: str, taken: Iterable[str]
) -> Iterator[events.Refusal]:
    """Name every reason against tenders, beside those whose ids are `taken` already."""
    ids = [tender.payment_id for tender in tenders]
    if len({*ids, *taken}) != len(ids) + len({*taken}):
        yield events.Refusal("tender.identity", f"payment_id occurs twice in {[*ids, *taken]}.")
    for tender in tenders:
        if tender.amount_minor <= 0:
            yield events.Refusal(
                "tender.amount",
                f"amount_minor {tender.amount_minor} of {tender.payment_id!r} is not positive.",
            )
        if tender.terms and (tender.method is not events.TenderMethod.ACCOUNT or len(ids) > 1):
            yield events.Refusal(
                "tender.terms",
                f"terms {tender.terms!r} of {tender.payment_id!r} call for one tender on account.",
            )
        elif tender.terms and not are_terms(tender.terms):
            yield events.Refusal(
                "tender.terms",
                f"terms {tender.terms!r} of {tender.payment_id!r} are not NET30 or so.",
            )
        if tender.payment_id.rpartition("/")[0] != order_id:
            yield events.Refusal(
                "tender.identity",
                f"payment_id {tender.payment_id!r} must be the order's id, a slash and a name.",
            )
