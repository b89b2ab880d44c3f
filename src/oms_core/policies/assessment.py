"""Whether a channel's prices are ours: what it says a line costs against what we would say.

A shop without a tariff takes the channel's word. With one, it says in the tariff what becomes of an
order whose prices differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oms_core.kernel import Rejected, State
from oms_core.policies.prices import OnDifference, Tariff
from oms_core.policies.pricing import Basket, LinePrice, quote
from oms_core.policies.taxation import Rounding


class Claim(State, frozen=True):
    """What a channel says that a line costs, in minor units."""

    line_id: str
    net_minor: int
    tax_minor: int


class Assessment(State, frozen=True):
    """What we would have asked for an order's lines on its day, and what was different.

    It is empty but for the differences where no price could be found. `version` names the prices.
    """

    version: str
    day: str
    rounding: Rounding
    lines: tuple[LinePrice, ...]
    differences: tuple[str, ...]
    on_difference: OnDifference

    @property
    def rejects(self) -> bool:
        """Whether the order must not be taken."""
        return bool(self.differences) and self.on_difference is OnDifference.REJECT

    @property
    def holds(self) -> bool:
        """Whether a person must look at the order."""
        return bool(self.differences) and self.on_difference is OnDifference.HOLD


def assess(basket: Basket, claims: Sequence[Claim], tariff: Tariff) -> Assessment:
    """Return what the basket costs by the tariff, and where the claims differ from that.

    Claims are in the order of the basket's lines. Amounts that differ by no more than the tariff's
    tolerance are the same.
    """
    lines: tuple[LinePrice, ...] = ()
    try:
        lines = quote(basket, tariff).lines
    except Rejected as refusal:
        differences: tuple[str, ...] = (f"{refusal.code}: {refusal.detail}",)
    else:
        differences = tuple(
            text
            for claim, line in zip(claims, lines, strict=True)
            for text in _differences(claim, line, tariff.tolerance_minor)
        )
    return Assessment(
        tariff.version,
        basket.day,
        tariff.taxes.rounding,
        lines,
        differences,
        tariff.on_difference,
    )


def _differences(claim: Claim, line: LinePrice, tolerance_minor: int) -> Iterator[str]:
    for field in ("net_minor", "tax_minor"):
        given, ours = getattr(claim, field), getattr(line, field)
        if abs(given - ours) > tolerance_minor:
            yield f"{field} of {claim.line_id!r} is {given}, and {ours} by list {line.list_id!r}"
