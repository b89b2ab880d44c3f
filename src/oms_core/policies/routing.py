"""Which locations send which units: the cheapest plan over every way to combine a few locations.

The cost of a plan is what its parcels cost: each has a fixed part and a part by distance. All
amounts are points, a currency-free unit: what a plan costs more than another is all that matters.
Plans of up to `PARCELS_MAX` parcels are enumerated, so the choice is optimal among them; the same
input always gives the same plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from math import asin, cos, radians, sin, sqrt

from oms_core.kernel import State

PARCELS_MAX = 5
LOCATIONS_MAX = 12
EARTH_RADIUS_KM = 6371.0
VERSION = "routing/1"


class Site(State, frozen=True):
    """Where a location is (degrees), and what a parcel from it costs in points."""

    location_id: str
    country: str
    latitude: float
    longitude: float
    parcel_points: int = 500
    priority: int = 0


class Network(State, frozen=True):
    """Our locations, the middle of each country that we ship to, and how distance is charged."""

    sites: tuple[Site, ...] = ()
    countries: tuple[tuple[str, float, float], ...] = ()
    points_per_km: int = 1
    border_points: int = 300
    unknown_km: int = 5_000

    def site(self, location_id: str) -> Site:
        """Return a location; one that is not listed counts as far away and of no country."""
        for site in self.sites:
            if site.location_id == location_id:
                return site
        return Site(location_id, "", 0.0, 0.0)


class Wanted(State, frozen=True):
    """Units of a line, and how many of them each location could give."""

    line_id: str
    item_id: str
    quantity: int
    sources: tuple[tuple[str, int], ...]


class Part(State, frozen=True):
    """Units of a line that one location sends."""

    line_id: str
    item_id: str
    quantity: int


class Shipment(State, frozen=True):
    """What one location sends."""

    location_id: str
    parts: tuple[Part, ...]


class Candidate(State, frozen=True):
    """A set of locations that was weighed: what it costs, and what it leaves unsent."""

    locations: tuple[str, ...]
    points: int
    unsent: int


class Plan(State, frozen=True):
    """The choice, with all that is needed to explain it later."""

    shipments: tuple[Shipment, ...]
    candidates: tuple[Candidate, ...]
    constraints: tuple[str, ...]
    version: str = VERSION


def distance_km(site: Site, network: Network, country: str) -> int:
    """Return the great-circle distance from a location to the middle of a country (haversine)."""
    middles = {code: (latitude, longitude) for code, latitude, longitude in network.countries}
    if country not in middles:
        return 0 if site.country == country else network.unknown_km
    latitude, longitude = middles[country]
    phi, psi = radians(site.latitude), radians(latitude)
    half = (
        sin((psi - phi) / 2) ** 2
        + cos(phi) * cos(psi) * sin(radians(longitude - site.longitude) / 2) ** 2
    )
    return round(2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half))))


def parcel_points(site: Site, network: Network, country: str) -> int:
    """Return what one parcel from `site` to `country` costs."""
    border = network.border_points if site.country != country else 0
    return site.parcel_points + border + network.points_per_km * distance_km(site, network, country)


def route(wanted: Sequence[Wanted], country: str, network: Network) -> Plan:
    """Return the plan that leaves the least unsent, and among those costs the least.

    Ties go to fewer parcels, then to the higher priority of the sites, then to the smaller ids.
    """
    points = _points(wanted, country, network)
    constraints: list[str] = []
    ids = sorted(points, key=lambda location_id: (points[location_id], location_id))
    if len(ids) > LOCATIONS_MAX:
        constraints.append(f"only the {LOCATIONS_MAX} cheapest of {len(ids)} locations weighed")
        ids = ids[:LOCATIONS_MAX]
    candidates = list(_candidates(wanted, ids, points))
    if not candidates:
        return Plan((), (), (*constraints, "no location has any of the items"))
    priorities = {site.location_id: site.priority for site in network.sites}
    best = min(
        candidates,
        key=lambda c: (
            c.unsent,
            c.points,
            len(c.locations),
            -sum(priorities.get(location_id, 0) for location_id in c.locations),
            c.locations,
        ),
    )
    if best.unsent:
        constraints.append(f"{best.unsent} units are at no location")
    elif len(best.locations) > 1 and all(c.unsent for c in candidates if len(c.locations) == 1):
        constraints.append("no location has all the units")
    shortlist = sorted(candidates, key=lambda c: (c.unsent, c.points, c.locations))[:5]
    return Plan(tuple(_fill(wanted, best.locations, points)), tuple(shortlist), tuple(constraints))


def _points(wanted: Sequence[Wanted], country: str, network: Network) -> Mapping[str, int]:
    ids = {location_id for want in wanted for location_id, units in want.sources if units > 0}
    return {
        location_id: parcel_points(network.site(location_id), network, country)
        for location_id in ids
    }


def _candidates(
    wanted: Sequence[Wanted], ids: Sequence[str], points: Mapping[str, int]
) -> Iterator[Candidate]:
    """Weigh every set of locations, small ones first, but those that cannot be the cheapest."""
    cheapest: int | None = None
    for size in range(1, min(PARCELS_MAX, len(ids)) + 1):
        for chosen in combinations(ids, size):
            total = sum(points[location_id] for location_id in chosen)
            if cheapest is not None and total > cheapest:
                continue
            unsent = _unsent(wanted, frozenset(chosen))
            yield Candidate(tuple(sorted(chosen)), total, unsent)
            if not unsent:
                cheapest = total


def _unsent(wanted: Sequence[Wanted], chosen: frozenset[str]) -> int:
    """Count the units that a set of locations does not have."""
    return sum(
        max(0, want.quantity - sum(units for place, units in want.sources if place in chosen))
        for want in wanted
    )


def _fill(
    wanted: Sequence[Wanted], chosen: Sequence[str], points: Mapping[str, int]
) -> Iterator[Shipment]:
    """Take each line from the cheapest chosen location that has all of it, else from several."""
    parts: dict[str, list[Part]] = {location_id: [] for location_id in chosen}
    by_cost = sorted(chosen, key=lambda location_id: (points[location_id], location_id))
    for want in wanted:
        units = dict(want.sources)
        whole = [i for i in by_cost if units.get(i, 0) >= want.quantity]
        left = want.quantity
        for location_id in whole[:1] or by_cost:
            if taken := min(left, units.get(location_id, 0)):
                parts[location_id].append(Part(want.line_id, want.item_id, taken))
                left -= taken
    for location_id in by_cost:
        if parts[location_id]:
            yield Shipment(location_id, tuple(parts[location_id]))
