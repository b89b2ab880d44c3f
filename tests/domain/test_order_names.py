"""Names that others rely on: streams, and the codes of refusals."""

from oms_core.domain.order import changes, checks, placement, returns
from oms_core.domain.order.decider import order
from tests.support.order import CANCEL, ORDER

CODES = {
    checks.OrderNotOpen: "order.not_open",
    checks.UnknownLine: "order.unknown_line",
    checks.UnknownTender: "order.unknown_tender",
    checks.UnknownParcel: "order.unknown_fulfilment",
    checks.TooManyUnits: "order.too_many_units",
    checks.NoUnits: "order.no_units",
    checks.StepBlocked: "order.held",
    changes.UnknownHold: "order.unknown_hold",
    changes.EmptyHold: "order.empty_hold",
    changes.NotFlagged: "order.not_flagged",
    placement.ReferenceReused: "order.reference_reused",
    returns.NotCharged: "order.not_charged",
}


def test_the_code_of_each_refusal_stays():
    assert {refusal: refusal.code for refusal in CODES} == CODES


def test_an_order_is_found_by_its_id():
    assert (order.category, order.identify(CANCEL)) == ("order", ORDER)
