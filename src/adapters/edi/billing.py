"""The 810: an invoice of ours, to the last minor unit.

The price of a unit is as it was agreed on; what a line comes to is said beside it (PAM), because a
parcel carries its share of a line that was rounded once.
"""

from __future__ import annotations

from adapters.edi.original import Original, parts_of
from adapters.edi.writing import Line, date_of, decimal
from adapters.money import exponent, major_units
from oms_core.domain.invoice.events import Content, InvoiceIssued, InvoiceLine

TDS_DECIMALS = 2
"""TDS counts in hundredths, whatever the currency."""

LINE_TOTAL = "1"
TAXES = "TX"


class TooFine(ValueError):
    """The total has more decimals than the 810 can say."""


def billing(issued: InvoiceIssued, content: Content, original: Original) -> tuple[Line, ...]:
    """Return the 810 for an invoice that is out.

    :raises TooFine: if its total cannot be said exactly in hundredths.
    """
    total, currency = content.total_minor, content.currency
    lines: list[Line] = [
        (
            "BIG",
            date_of(issued.issued_on),
            issued.number,
            original.date,
            original.reference,
            "",
            "",
            "DI",
        ),
        ("CUR", "SE", currency),
        *original.parties,
        ("ITD", "05", "3", "", "", "", date_of(issued.due_on), content.terms.removeprefix("NET")),
    ]
    for line in content.lines:
        lines += _line(line, original, currency)
    lines.append(("TDS", hundredths(total, currency)))
    if content.tax_minor:
        lines.append(("TXI", TAXES, amount(content.tax_minor, currency)))
    lines.append(("CTT", str(len(content.lines))))
    return tuple(lines)


def _line(line: InvoiceLine, original: Original, currency: str) -> list[Line]:
    number = int(line.line_id.rpartition("/")[2])
    ordered = original.lines[number]
    price, unit = ordered.get(4), ordered.get(3)
    made: list[Line] = [
        ("IT1", str(number), str(line.quantity), unit, price, "", *parts_of(ordered))
    ]
    if line.tax_minor:
        made.append(("TXI", TAXES, amount(line.tax_minor, currency)))
    made.append(("PAM", "", "", "", LINE_TOTAL, amount(line.net_minor, currency)))
    return made


def amount(minor: int, currency: str) -> str:
    """Write an amount in major units, exactly."""
    return decimal(major_units(minor, currency))


def hundredths(minor: int, currency: str) -> str:
    """Write an amount in hundredths of the major unit.

    :raises TooFine: if it has more decimals.
    """
    shift = TDS_DECIMALS - exponent(currency)
    if shift >= 0:
        return str(minor * 10**shift)
    whole, rest = divmod(minor, 10**-shift)
    if rest:
        raise TooFine(f"{major_units(minor, currency)} {currency} has more than two decimals.")
    return str(whole)
