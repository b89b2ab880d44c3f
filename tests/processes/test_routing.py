"""Released units are sent to locations; a location that cannot or will not is replaced."""

from msgspec.structs import replace

from oms_core.domain.fulfilment import commands as fulfilment
from oms_core.domain.fulfilment.events import (
    FulfilmentLine,
    FulfilmentRejected,
    RejectionReason,
)
from oms_core.domain.order import commands as order
from oms_core.domain.order.events import (
    AllocationCompleted,
    Destination,
    FulfilmentPlanned,
    LineRerouted,
    OrderReleased,
    PlannedLine,
    ReleasedLine,
    Source,
)
from oms_core.domain.stock import commands as stock
from oms_core.domain.stock.events import (
    AllocationDeclined,
    Available,
    StockAllocated,
    StockDeallocated,
)
from oms_core.kernel import Instant
from oms_core.policies.config import Policies
from oms_core.policies.routing import Candidate, Network, Part, Shipment, Site
from oms_core.processes.routing import (
    LocationBarred,
    RoutingDecided,
    RoutingFailed,
    routing,
)
from tests.support.spec import Specification

POLICIES = Policies(
    network=Network(sites=(Site("LYON", "FR", 0, 0, 10), Site("LEEDS", "FR", 0, 0, 20))),
    routing_attempts_max=2,
)
given = Specification(routing(POLICIES))
PARIS = Destination("FR", "75001")
DUE, URGENT = Instant(9), 5
MUGS = PlannedLine("web:1/1", "MUG", 2)
DECIDED = RoutingDecided("web:1", 1, (), (), (), "routing/1")


def released(*sources, quantity=2):
    line = ReleasedLine("web:1/1", "MUG", quantity, tuple(Source(*source) for source in sources))
    return OrderReleased("web:1", (line,), PARIS, DUE, URGENT)


def test_the_cheapest_location_is_chosen_and_the_choice_explained():
    given().when(released(("LYON", 5), ("LEEDS", 5))).then(
        RoutingDecided(
            "web:1",
            1,
            (Shipment("LYON", (Part("web:1/1", "MUG", 2),)),),
            (Candidate(("LYON",), 10, 0),),
            (),
            "routing/1",
        ),
        order.PlanFulfilment("web:1", "web:1/f1.1", "LYON", (MUGS,)),
    )


def test_an_order_that_no_one_location_has_goes_out_in_several_parcels():
    *_, first, second = routing(POLICIES).react(
        released(("LYON", 1), ("LEEDS", 1)), routing(POLICIES).initial
    )
    assert (first, second) == (
        order.PlanFulfilment("web:1", "web:1/f1.1", "LYON", (PlannedLine("web:1/1", "MUG", 1),)),
        order.PlanFulfilment("web:1", "web:1/f1.2", "LEEDS", (PlannedLine("web:1/1", "MUG", 1),)),
    )


def test_a_later_attempt_has_fulfilments_of_its_own():
    *_, plan = routing(POLICIES).react(released(("LEEDS", 5)), routing(POLICIES).fold([DECIDED]))
    assert plan.fulfilment_id == "web:1/f2.1"


def test_a_location_that_does_not_want_a_line_is_not_asked_for_it_again():
    barred = LocationBarred("web:1", "web:1/1", "LYON")
    decided, plan = routing(POLICIES).react(
        released(("LYON", 5), ("LEEDS", 5)), routing(POLICIES).fold([DECIDED, barred])
    )
    assert plan.location_id == "LEEDS"
    assert decided.constraints == ("LYON does not want web:1/1",)


def test_units_without_a_location_are_given_to_a_person():
    given(LocationBarred("web:1", "web:1/1", "LYON")).when(released(("LYON", 5))).then(
        RoutingFailed(
            "web:1",
            1,
            ("web:1/1",),
            ("no location has any of the items", "LYON does not want web:1/1"),
            "routing/1",
        ),
        order.RecordRoutingFailure(
            "web:1",
            1,
            (MUGS,),
            "no location has any of the items; LYON does not want web:1/1",
        ),
    )


def test_routing_is_given_up_after_so_many_tries_and_starts_afresh_after_a_person_looked():
    tried = (DECIDED, DECIDED)
    failed, _ = routing(POLICIES).react(released(("LYON", 5)), routing(POLICIES).fold(tried))
    assert failed.constraints == ("routed 2 times already",)
    decided, _ = routing(POLICIES).react(
        released(("LYON", 5)), routing(POLICIES).fold((*tried, failed))
    )
    assert (type(decided), decided.attempt) == (RoutingDecided, failed.attempt + 1)


def test_who_was_barred_is_forgotten_after_a_person_looked():
    failed = RoutingFailed("web:1", 4, (), (), "routing/1")
    memory = routing(POLICIES).fold([LocationBarred("web:1", "web:1/1", "LYON"), failed])
    decided, _ = routing(POLICIES).react(released(("LYON", 5)), memory)
    assert (decided.attempt, decided.constraints) == (5, ())


def test_planned_units_are_tied_to_their_shelf():
    given().when(FulfilmentPlanned("web:1", "web:1/f1.1", "LYON", (MUGS,))).then(
        stock.AllocateStock("MUG", "web:1/1", "web:1/f1.1", "LYON", 2)
    )
    given().when(StockAllocated("MUG", "web:1/1", "web:1/f1.1", "LYON", 2, 0)).then(
        order.RecordAllocation("web:1", "web:1/1", 2, "web:1/f1.1")
    )


def test_a_shelf_that_is_empty_after_all_sends_the_units_elsewhere():
    declined = AllocationDeclined(
        "MUG", "web:1/1", "web:1/f1.1", "LYON", 2, 0, (Available("LEEDS", 4),)
    )
    given().when(declined).then(
        order.RerouteLine("web:1", "web:1/1", 2, "web:1/f1.1", (Source("LEEDS", 4),))
    )


def test_units_that_are_no_longer_tied_are_released_again():
    for barred in (True, False):
        untied = StockDeallocated(
            "MUG", "web:1/1", "web:1/f1.1", "LYON", 2, 0, (Available("LEEDS", 4),), barred
        )
        given().when(untied).then(
            order.RerouteLine("web:1", "web:1/1", 2, "web:1/f1.1", (Source("LEEDS", 4),), barred)
        )


def test_only_a_location_that_said_no_is_barred():
    rerouted = LineRerouted("web:1", "web:1/1", "MUG", 2, "web:1/f1.1", "LYON", (), barred=True)
    given().when(rerouted).then(LocationBarred("web:1", "web:1/1", "LYON"))
    free = LineRerouted("web:1", "web:1/1", "MUG", 2, "web:1/f1.1", "LYON", (), barred=False)
    given().when(free).then_nothing()


def test_the_warehouse_is_asked_once_every_unit_is_tied():
    completed = AllocationCompleted("web:1", "web:1/f1.1", "LYON", (MUGS,), PARIS, DUE, URGENT)
    given().when(completed).then(
        fulfilment.RequestFulfilment(
            "web:1/f1.1",
            "web:1",
            "LYON",
            (FulfilmentLine("web:1/1", "MUG", 2),),
            "FR",
            DUE,
            URGENT,
        )
    )


def test_a_till_sells_off_its_own_shelves_only():
    sale = replace(released(("LYON", 5), ("LEEDS", 5)), sold_at="LEEDS")
    decided, planned = routing(POLICIES).react(sale, routing(POLICIES).initial)
    assert decided.shipments == (Shipment("LEEDS", (Part("web:1/1", "MUG", 2),)),)
    assert decided.constraints == ("sold at LEEDS",)
    assert planned == order.PlanFulfilment("web:1", "web:1/f1.1", "LEEDS", (MUGS,))


def test_what_a_till_lacks_is_not_sent_from_elsewhere():
    sale = replace(released(("LYON", 5), ("LEEDS", 1)), sold_at="LEEDS")
    failed, told = routing(POLICIES).react(sale, routing(POLICIES).initial)
    assert isinstance(failed, RoutingFailed)
    assert isinstance(told, order.RecordRoutingFailure)


def test_what_was_sold_at_a_till_is_handed_over_as_soon_as_it_is_asked_for():
    completed = AllocationCompleted(
        "web:1", "web:1/f1.1", "LYON", (MUGS,), PARIS, DUE, URGENT, "LYON"
    )
    asked, handed = routing(POLICIES).react(completed, routing(POLICIES).initial)
    assert isinstance(asked, fulfilment.RequestFulfilment)
    assert handed == fulfilment.ShipFulfilment("web:1/f1.1")


def test_what_a_location_rejects_is_untied_there():
    rejected = FulfilmentRejected(
        "web:1/f1.1",
        "web:1",
        "LYON",
        RejectionReason.CAPACITY,
        (FulfilmentLine("web:1/1", "MUG", 2), FulfilmentLine("web:1/2", "CUP", 1)),
    )
    given().when(rejected).then(
        stock.DeallocateStock("MUG", "web:1/1", "web:1/f1.1", barred=True),
        stock.DeallocateStock("CUP", "web:1/2", "web:1/f1.1", barred=True),
    )
