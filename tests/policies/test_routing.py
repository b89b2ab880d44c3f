"""Which locations send which units."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_core.policies import routing
from oms_core.policies.config import EUROPE_AND_ASIA, Policies
from oms_core.policies.routing import (
    Candidate,
    Network,
    Part,
    Plan,
    Shipment,
    Site,
    Wanted,
    distance_km,
    parcel_points,
    route,
)

NETWORK = EUROPE_AND_ASIA.network
LYON, LEEDS = NETWORK.site("LYON"), NETWORK.site("LEEDS")


def mugs(quantity, **sources):
    return Wanted("web:1/1", "MUG", quantity, tuple(sources.items()))


def cups(quantity, **sources):
    return Wanted("web:1/2", "CUP", quantity, tuple(sources.items()))


def places(plan):
    return [shipment.location_id for shipment in plan.shipments]


def test_distance_is_measured_on_the_globe():
    network = Network(countries=(("FR", 48.8567, 2.3508), ("XX", 0.0, 180.0)))
    london = Site("LONDON", "GB", 51.5074, -0.1278)
    assert distance_km(london, network, "FR") == 343  # London to Paris.
    assert distance_km(Site("A", "", 0.0, 0.0), network, "XX") == 20_015  # Half the way round.


def test_a_country_that_is_not_listed_is_far_away_but_not_from_its_own_sites():
    network = Network(unknown_km=7_000)
    assert distance_km(LYON, network, "FR") == 0
    assert distance_km(LYON, network, "BR") == 7_000


def test_a_parcel_costs_its_fixed_part_its_distance_and_the_border():
    network = Network(
        countries=(("FR", LYON.latitude, LYON.longitude),), points_per_km=3, border_points=70
    )
    away = Site("NEAR", "CH", LYON.latitude, LYON.longitude, 400)
    assert parcel_points(LYON, network, "FR") == 450
    assert parcel_points(away, network, "FR") == 470
    assert parcel_points(away, network, "CH") == 400
    far = Network(points_per_km=3, border_points=70, unknown_km=100)
    assert parcel_points(LYON, far, "GB") == 450 + 70 + 300


def test_the_nearest_location_that_has_everything_sends_it():
    plan = route([mugs(2, LYON=5, LEEDS=5), cups(1, LYON=1, LEEDS=9)], "FR", NETWORK)
    assert plan.shipments == (
        Shipment("LYON", (Part("web:1/1", "MUG", 2), Part("web:1/2", "CUP", 1))),
    )
    assert plan.constraints == ()
    assert plan.version == "routing/1"


def test_one_parcel_from_further_away_beats_two_if_it_costs_less():
    network = Network(
        sites=(Site("A", "FR", 0, 0, 500), Site("B", "FR", 0, 0, 500), Site("C", "FR", 0, 0, 900))
    )
    wanted = [mugs(1, A=1, C=1), cups(1, B=1, C=1)]
    assert places(route(wanted, "FR", network)) == ["C"]
    cheaper = Network(
        sites=(Site("A", "FR", 0, 0, 400), Site("B", "FR", 0, 0, 400), Site("C", "FR", 0, 0, 900))
    )
    assert places(route(wanted, "FR", cheaper)) == ["A", "B"]


def test_three_cheap_parcels_beat_two_dear_ones():
    network = Network(
        sites=(
            Site("A", "FR", 0, 0, 10),
            Site("B", "FR", 0, 0, 10),
            Site("C", "FR", 0, 0, 10),
            Site("D", "FR", 0, 0, 500),
        )
    )
    wanted = [mugs(3, A=1, B=1, C=1, D=2)]
    plan = route(wanted, "FR", network)
    assert places(plan) == ["A", "B", "C"]
    assert plan.candidates[0] == Candidate(("A", "B", "C"), 30, 0)


def test_a_line_is_split_only_if_no_chosen_location_has_all_of_it():
    network = Network(sites=(Site("A", "FR", 0, 0, 10), Site("B", "FR", 0, 0, 20)))
    plan = route([mugs(3, A=2, B=3), cups(4, A=3, B=1)], "FR", network)
    assert plan.shipments == (
        Shipment("A", (Part("web:1/2", "CUP", 3),)),
        Shipment("B", (Part("web:1/1", "MUG", 3), Part("web:1/2", "CUP", 1))),
    )


def test_a_tie_goes_to_the_higher_priority_and_then_to_the_smaller_id():
    alike = (Site("B", "FR", 0, 0, 10), Site("A", "FR", 0, 0, 10), Site("C", "FR", 0, 0, 10, 1))
    wanted = [mugs(1, A=1, B=1, C=1)]
    assert places(route(wanted, "FR", Network(sites=alike))) == ["C"]
    assert places(route(wanted, "FR", Network(sites=alike[:2]))) == ["A"]


def test_a_tie_in_cost_goes_to_fewer_parcels():
    network = Network(
        sites=(Site("A", "FR", 0, 0, 5), Site("B", "FR", 0, 0, 5), Site("Z", "FR", 0, 0, 10, -1))
    )
    assert places(route([mugs(2, A=1, B=1, Z=2)], "FR", network)) == ["Z"]


def test_what_is_nowhere_is_named_as_the_constraint():
    plan = route([mugs(5, LYON=2, LEEDS=1)], "FR", NETWORK)
    assert plan.constraints == ("2 units are at no location",)
    assert sum(part.quantity for s in plan.shipments for part in s.parts) == 3
    nothing = route([mugs(5), cups(1, LYON=0)], "FR", NETWORK)
    assert nothing == Plan((), (), ("no location has any of the items",))


def test_only_the_cheapest_locations_of_many_are_weighed(monkeypatch):
    monkeypatch.setattr(routing, "LOCATIONS_MAX", 2)
    network = Network(sites=tuple(Site(f"S{n}", "FR", 0, 0, 10 * n) for n in range(1, 5)))
    plan = route([mugs(1, S1=0, S2=1, S3=1, S4=9)], "FR", network)
    assert places(plan) == ["S2"]
    assert plan.constraints == ("only the 2 cheapest of 3 locations weighed",)


def test_an_unlisted_location_can_still_send():
    plan = route([mugs(1, ELSEWHERE=1)], "FR", NETWORK)
    assert places(plan) == ["ELSEWHERE"]
    assert NETWORK.site("ELSEWHERE") == Site("ELSEWHERE", "", 0.0, 0.0)


def test_the_shortlist_holds_the_five_best_candidates():
    network = Network(sites=tuple(Site(f"S{n}", "FR", 0, 0, n) for n in range(1, 5)))
    plan = route([mugs(2, S1=1, S2=1, S3=1, S4=1)], "FR", network)
    assert [c.locations for c in plan.candidates[:2]] == [("S1", "S2"), ("S1",)]
    assert len(plan.candidates) == 5
    assert sorted(plan.candidates, key=lambda c: (c.unsent, c.points)) == list(plan.candidates)


@given(
    points=st.lists(st.integers(1, 9), min_size=1, max_size=5),
    data=st.data(),
)
def test_p28_the_plan_is_as_cheap_as_the_best_of_all_sets(points, data):
    network = Network(sites=tuple(Site(f"S{n}", "FR", 0, 0, cost) for n, cost in enumerate(points)))
    wanted = [
        Wanted(
            f"web:1/{line}",
            "MUG",
            data.draw(st.integers(1, 4)),
            tuple((site.location_id, data.draw(st.integers(0, 4))) for site in network.sites),
        )
        for line in range(data.draw(st.integers(1, 3)))
    ]
    best = min(
        (
            sum(max(0, w.quantity - sum(dict(w.sources)[i] for i in chosen)) for w in wanted),
            sum(network.site(i).parcel_points for i in chosen),
        )
        for size in range(len(points) + 1)
        for chosen in combinations([site.location_id for site in network.sites], size)
    )
    plan = route(wanted, "FR", network)
    sent = sum(part.quantity for s in plan.shipments for part in s.parts)
    cost = sum(network.site(i).parcel_points for i in places(plan))
    assert (sum(w.quantity for w in wanted) - sent, cost) == best
    for w in wanted:
        parts = [
            (s.location_id, p.quantity)
            for s in plan.shipments
            for p in s.parts
            if p.line_id == w.line_id
        ]
        assert all(1 <= units <= dict(w.sources)[place] for place, units in parts)
        assert sum(units for _, units in parts) <= w.quantity


@pytest.mark.parametrize(("currency", "mark"), [("EUR", 100_000), ("JPY", 150_000), ("CHF", 0)])
def test_a_vip_is_made_by_spend_in_a_currency_that_has_a_mark(currency, mark):
    assert Policies().vip_mark(currency) == mark


def test_a_split_line_takes_no_more_than_it_wants_from_those_that_have_it():
    network = Network(sites=tuple(Site(f"S{n}", "FR", 0, 0, n) for n in range(1, 4)))
    wanted = [mugs(3, S1=2, S2=2), cups(1, S3=1)]
    assert route(wanted, "FR", network).shipments == (
        Shipment("S1", (Part("web:1/1", "MUG", 2),)),
        Shipment("S2", (Part("web:1/1", "MUG", 1),)),
        Shipment("S3", (Part("web:1/2", "CUP", 1),)),
    )


def test_an_unlisted_location_has_no_priority_over_a_listed_one():
    network = Network(sites=(Site("B", "", 0, 0, 500),))
    wanted = [mugs(1, A=1, B=1)]
    assert places(route(wanted, "FR", network)) == ["A"]


def test_a_dear_pair_does_not_hide_a_cheap_one_behind_it():
    network = Network(
        sites=(
            Site("A", "FR", 0, 0, 1),
            Site("B", "FR", 0, 0, 6),
            Site("C", "FR", 0, 0, 3),
            Site("D", "FR", 0, 0, 2),
            Site("E", "FR", 0, 0, 9),
        )
    )
    wanted = [mugs(2, A=1, E=1, C=1, D=1, B=2)]
    plan = route(wanted, "FR", network)
    assert (places(plan), plan.candidates[0]) == (["A", "D"], Candidate(("A", "D"), 3, 0))


def test_at_the_limit_every_location_is_weighed(monkeypatch):
    monkeypatch.setattr(routing, "LOCATIONS_MAX", 2)
    assert route([mugs(1, LYON=1, LEEDS=1)], "FR", NETWORK).constraints == ()


def test_no_more_than_five_parcels_are_planned():
    network = Network(sites=tuple(Site(f"S{n}", "FR", 0, 0, 1) for n in range(6)))
    plan = route([mugs(6, **{f"S{n}": 1 for n in range(6)})], "FR", network)
    assert (len(plan.shipments), plan.constraints) == (5, ("1 units are at no location",))
