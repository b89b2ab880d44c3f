"""Screening: how odd an order looks, as a table of rules that each add points.

A rule that applies says how many points it adds and why; an order with enough of them is held for a
person. What is known of the past is given to the rules: they ask nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum

from oms_core.kernel import Instant, State

HOUR_MICROS = 3_600_000_000
ORDERS_MAX = 1_000
"""More are never counted: so many times are remembered for each customer and area."""


class RuleKind(StrEnum):
    """What a rule looks at.

    Velocities count orders within a time, this one included: of the customer, or to the area (a
    postal code of a country; the rest of an address is sealed). An amount is compared by itself, or
    if it is the customer's first order. Addresses differ in country or postal code.
    """

    CUSTOMER_VELOCITY = "customer_velocity"
    AREA_VELOCITY = "area_velocity"
    AMOUNT = "amount"
    FIRST_ORDER = "first_order"
    ADDRESSES_DIFFER = "addresses_differ"
    COUNTRY = "country"


class Rule(State, frozen=True):
    """One line of the table: it adds `points` to an order that it applies to.

    `orders_max` within `window_hours` are still ordinary, as are amounts up to `above_minor`, by
    currency (one that is not listed is never too high). `countries` (ISO 3166-1 alpha-2) are those
    that the goods go to or that the bill goes to.
    """

    name: str
    kind: RuleKind
    points: int
    orders_max: int = 0
    window_hours: int = 24
    above_minor: tuple[tuple[str, int], ...] = ()
    countries: tuple[str, ...] = ()

    @property
    def window(self) -> int:
        """The time in which orders are counted, in microseconds; none if it counts no orders."""
        return self.window_hours * HOUR_MICROS if self.kind in VELOCITIES else 0


VELOCITIES = frozenset({RuleKind.CUSTOMER_VELOCITY, RuleKind.AREA_VELOCITY})


class Screening(State, frozen=True):
    """The table, and how many points are too many. Without rules nothing is screened.

    `version` names the table in what is recorded: a shop that changes it gives it another.
    """

    rules: tuple[Rule, ...] = ()
    hold_points: int = 100
    version: str = "screening/1"

    @property
    def window(self) -> int:
        """The longest time in which any rule counts orders, in microseconds."""
        return max((rule.window for rule in self.rules), default=0)

    @property
    def orders_max(self) -> int:
        """How many orders must be remembered at most, for every rule to see one too many."""
        return max((rule.orders_max for rule in self.rules if rule.window), default=0) + 1


class Facts(State, frozen=True):
    """What an order says of itself. `area` is empty if it names no postal code."""

    order_id: str
    customer_id: str
    placed_at: Instant
    currency: str
    total_minor: int
    ship_country: str
    bill_country: str
    area: str = ""
    bill_area: str = ""


class Past(State, frozen=True):
    """What came before: when the customer ordered, when somebody had goods sent to the area.

    `orders` is how often the customer has ordered at all.
    """

    orders: int = 0
    by_customer: tuple[Instant, ...] = ()
    in_area: tuple[Instant, ...] = ()


class Finding(State, frozen=True):
    """A rule that applies: the points that it adds, and the values that made it apply."""

    rule: str
    points: int
    detail: str


class Assessment(State, frozen=True):
    """What the rules add up to."""

    points: int
    findings: tuple[Finding, ...]
    held: bool


def screen(facts: Facts, past: Past, screening: Screening) -> Assessment:
    """Return what every rule says of an order, in the order of the table."""
    findings = tuple(
        Finding(rule.name, rule.points, detail)
        for rule in screening.rules
        for detail in CHECKS[rule.kind](rule, facts, past)
    )
    points = sum(finding.points for finding in findings)
    return Assessment(points, findings, bool(findings) and points >= screening.hold_points)


def remembered(times: Sequence[Instant], at: Instant, screening: Screening) -> tuple[Instant, ...]:
    """Return the times that still matter at a moment: within the window, and the latest only."""
    recent = sorted(time for time in (*times, at) if time > at - screening.window)
    return tuple(recent[-screening.orders_max :])


def _velocity(rule: Rule, times: Sequence[Instant], at: Instant, whose: str) -> Iterator[str]:
    count = 1 + sum(at - rule.window < time <= at for time in times)
    if count > rule.orders_max:
        yield f"{count} orders {whose} in {rule.window_hours} hours; {rule.orders_max} are usual"


def _by_customer(rule: Rule, facts: Facts, past: Past) -> Iterator[str]:
    whose = f"of customer {facts.customer_id}"
    return _velocity(rule, past.by_customer, facts.placed_at, whose)


def _in_area(rule: Rule, facts: Facts, past: Past) -> Iterator[str]:
    if facts.area:
        yield from _velocity(rule, past.in_area, facts.placed_at, f"to {facts.area}")


def _amount(rule: Rule, facts: Facts, past: Past) -> Iterator[str]:
    del past
    most = dict(rule.above_minor).get(facts.currency)
    if most is not None and facts.total_minor > most:
        yield f"{facts.total_minor} {facts.currency} minor are more than {most}"


def _first_order(rule: Rule, facts: Facts, past: Past) -> Iterator[str]:
    if not past.orders:
        for detail in _amount(rule, facts, past):
            yield f"first order of customer {facts.customer_id}: {detail}"


def _addresses_differ(rule: Rule, facts: Facts, past: Past) -> Iterator[str]:
    del rule, past
    sent, billed = (
        (facts.ship_country, facts.area or facts.ship_country),
        (facts.bill_country, facts.bill_area or facts.bill_country),
    )
    comparable = bool(facts.area) == bool(facts.bill_area)
    if facts.bill_country and (sent[0] != billed[0] or (comparable and sent[1] != billed[1])):
        yield f"goods go to {sent[1]}, the bill to {billed[1]}"


def _country(rule: Rule, facts: Facts, past: Past) -> Iterator[str]:
    del past
    if facts.ship_country in rule.countries:
        yield f"goods go to {facts.ship_country}"
    elif facts.bill_country in rule.countries:
        yield f"the bill goes to {facts.bill_country}"


CHECKS: Mapping[RuleKind, Callable[[Rule, Facts, Past], Iterator[str]]] = {
    RuleKind.CUSTOMER_VELOCITY: _by_customer,
    RuleKind.AREA_VELOCITY: _in_area,
    RuleKind.AMOUNT: _amount,
    RuleKind.FIRST_ORDER: _first_order,
    RuleKind.ADDRESSES_DIFFER: _addresses_differ,
    RuleKind.COUNTRY: _country,
}
"""How each kind of rule is checked: it yields why it applies, or nothing."""
