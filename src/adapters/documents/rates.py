"""Which rate of tax each line of an invoice has: the log holds amounts, a document says percents.

A line's tax was rounded at placement, so a rate fits if it leads to the tax to within half a minor
unit. The share of a line that one parcel carries was rounded again, twice: where no rate fits so
closely, those fit that are less than two minor units off. Where several fit, as they do for a few
cents, the line has one that other lines have for sure, else the closest.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

HUNDRED = 100
ROUNDED_ONCE = Decimal("0.5")
ROUNDED_OFTEN = Decimal(2)


class NoRate(Exception):
    """No rate of the country leads from a line's net amount to its tax."""

    def __init__(self, line: int) -> None:
        """Take the place of the line, counted from zero."""
        super().__init__(f"line {line}")
        self.line = line


def rates_of(amounts: Sequence[tuple[int, int]], rates: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """Return the rate in percent of each line, given as its net amount and tax in minor units.

    :raises NoRate: if none fits a line.
    """
    fitting = [_fitting(*amount, rates) for amount in amounts]
    for number, found in enumerate(fitting):
        if not found:
            raise NoRate(number)
    sure = {found[0] for found in fitting if len(found) == 1}
    return tuple(
        min(
            [rate for rate in found if rate in sure] or found,
            key=lambda rate: (_off(*amount, rate), rate),
        )
        for amount, found in zip(amounts, fitting, strict=True)
    )


def _fitting(net_minor: int, tax_minor: int, rates: Sequence[Decimal]) -> list[Decimal]:
    off = {rate: _off(net_minor, tax_minor, rate) for rate in rates}
    close = [rate for rate in rates if off[rate] <= ROUNDED_ONCE]
    return close or [rate for rate in rates if off[rate] < ROUNDED_OFTEN]


def _off(net_minor: int, tax_minor: int, rate: Decimal) -> Decimal:
    return abs(net_minor * rate / HUNDRED - tax_minor)
