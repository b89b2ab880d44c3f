"""The X12 850 (005010): its form as we take it, and the purchase order that is in it.

What is not in the table was not agreed on, and is refused rather than passed over: an allowance
(SAC) changes what is owed, a schedule (SCH) what is shipped when.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from adapters.edi import finding
from adapters.edi.finding import Finding
from adapters.edi.partners import Partner
from adapters.edi.purchase import DECIMALS_MAX, Purchase, PurchaseLine, ShipTo
from adapters.edi.shape import Element, Shape, Use, at, must
from adapters.edi.x12 import Segment
from adapters.money import exponent
from oms_core.kernel.money import extend

PARTS = tuple(range(6, 16, 2))
"""Where in PO1 the pairs of qualifier and number begin."""

_NAME = (Use("N2", 2), Use("N3", 2), Use("N4"))
_UNUSED = Element("", "-", 0, 0)

ORDER = Shape(
    (
        Use("ST", required=True),
        Use("BEG", required=True),
        Use("CUR"),
        Use("ITD"),
        Use("DTM", 10),
        Use("N1", 200, inner=_NAME),
        Use("PO1", 100_000, required=True),
        Use("CTT", inner=(Use("AMT"),)),
        Use("SE", required=True),
    ),
    {
        "ST": (must("143", "ID", 3, 3), must("329", "AN", 4, 9)),
        "BEG": (
            must("353", "ID", 2, 2, frozenset({"00"})),
            must("92", "ID", 2, 2, frozenset({"NE", "SA"})),
            must("324", "AN", 1, 22),
            _UNUSED,
            must("373", "DT", 8, 8),
            Element("367", "AN", 1, 30),
        ),
        "CUR": (must("98", "ID", 2, 3), must("100", "ID", 3, 3)),
        "ITD": (
            Element("336", "ID", 2, 2),
            Element("333", "ID", 1, 2),
            _UNUSED,
            _UNUSED,
            _UNUSED,
            Element("446", "DT", 8, 8),
            Element("386", "N0", 1, 3),
            *(_UNUSED,) * 4,
            Element("352", "AN", 1, 80),
        ),
        "DTM": (
            must("374", "ID", 3, 3, frozenset({"002", "010", "038"})),
            must("373", "DT", 8, 8),
        ),
        "N1": (
            must("98", "ID", 2, 3),
            Element("93", "AN", 1, 60),
            Element("66", "ID", 1, 2),
            Element("67", "AN", 2, 80),
        ),
        "N2": (must("93", "AN", 1, 60), Element("93", "AN", 1, 60)),
        "N3": (must("166", "AN", 1, 55), Element("166", "AN", 1, 55)),
        "N4": (
            Element("19", "AN", 2, 30),
            Element("156", "ID", 2, 2),
            Element("116", "ID", 3, 15),
            Element("26", "ID", 2, 3),
        ),
        "PO1": (
            must("350", "AN", 1, 20),
            must("380", "R", 1, 15),
            must("355", "ID", 2, 2),
            must("212", "R", 1, 17),
            Element("639", "ID", 2, 2, codes=frozenset({"PE"})),
            *(Element("235", "ID", 2, 2), Element("234", "AN", 1, 48)) * len(PARTS),
        ),
        "CTT": (must("354", "N0", 1, 6), Element("347", "R", 1, 10)),
        "AMT": (
            must("522", "ID", 1, 3, frozenset({"TT"})),
            must("782", "R", 1, 18),
        ),
        "SE": (must("96", "N0", 1, 10), must("329", "AN", 4, 9)),
    },
    {"N1": ((3, 4),), "PO1": tuple((part, part + 1) for part in PARTS)},
)


def read(
    segments: Sequence[Segment], signs: str, partner: Partner
) -> tuple[Purchase | None, tuple[Finding, ...]]:
    """Return the purchase order of an 850, or everything that is wrong with it."""
    kept = [segment for segment in segments if segment.tag not in partner.passed_over]
    if findings := ORDER.check(kept, signs):
        return None, findings
    reading = _Reading(kept, partner)
    purchase = reading.purchase()
    findings = tuple(sorted(reading.findings, key=lambda each: (each.place, each.element)))
    return (None if findings else purchase), findings


class _Reading:
    """One 850 that has the right form, read with what was agreed on."""

    def __init__(self, segments: Sequence[Segment], partner: Partner) -> None:
        self._segments = segments
        self._partner = partner
        self.findings: list[Finding] = []

    def purchase(self) -> Purchase:
        """Read it whole, and note what does not fit."""
        begin = next(self._all("BEG"))
        for currency in self._all("CUR"):
            if currency.get(2) != self._partner.currency:
                self._blame(currency, 2, f"Agreed on is {self._partner.currency}.", "100")
        for terms in self._all("ITD"):
            if terms.get(7) and f"NET{int(terms.get(7))}" != self._partner.terms:
                self._blame(terms, 7, f"Agreed on is {self._partner.terms}.", "386")
        dates = {segment.get(1): segment.get(2) for segment in self._all("DTM")}
        lines = tuple(self._lines())
        self._totals(lines)
        return Purchase(
            begin.get(3),
            _iso(begin.get(5)),
            lines,
            self._ship_to(begin),
            _iso(dates.get("010") or dates.get("038", "")),
            _iso(dates.get("002", "")),
        )

    def _all(self, tag: str) -> Iterator[Segment]:
        return (segment for segment in self._segments if segment.tag == tag)

    def _blame(self, segment: Segment, element: int, rule: str, ref: str) -> None:
        self.findings.append(at(segment, element, rule, finding.ELEMENT_CODE, ref))

    def _lines(self) -> Iterator[PurchaseLine]:
        seen: set[str] = set()
        for segment in self._all("PO1"):
            number, quantity, price = segment.get(1), segment.get(2), Decimal(segment.get(4))
            if not number.isdecimal() or not int(number) or str(int(number)) in seen:
                rule = "A line has a whole number from 1 of its own, which no other line has."
                self._blame(segment, 1, rule, "350")
            seen.add(str(int(number)) if number.isdecimal() else number)
            if Decimal(quantity) != int(Decimal(quantity)) or Decimal(quantity) < 1:
                self._blame(segment, 2, "Whole units are ordered, at least 1.", "380")
            if segment.get(3) not in self._partner.units:
                units = ", ".join(self._partner.units)
                self._blame(segment, 3, f"Agreed on are the units {units}.", "355")
            if price < 0 or price != round(price, DECIMALS_MAX):
                rule = f"A price is not negative, and has at most {DECIMALS_MAX} decimals."
                self._blame(segment, 4, rule, "212")
            item_id, part = self._item(segment)
            count = int(number) if number.isdecimal() else 0
            yield PurchaseLine(count, item_id, part, int(Decimal(quantity)), price)

    def _item(self, segment: Segment) -> tuple[str, str]:
        """Return what is ordered: the first of its names that was agreed on."""
        rule = "An item is named by a qualifier and a number."
        for place in PARTS:
            qualifier, number = segment.get(place), segment.get(place + 1)
            if not qualifier:
                continue
            try:
                return self._partner.item_id(qualifier, number), number
            except ValueError as error:
                rule = str(error)
        self._blame(segment, PARTS[0] + 1, rule, "234")
        return "", ""

    def _ship_to(self, begin: Segment) -> ShipTo:
        """Return where the goods go: a store that we know, or the address that is written out."""
        found: list[list[Segment]] = []
        for segment in self._segments:
            if segment.tag == "N1":
                found.append([segment])
            elif segment.tag in ("N2", "N3", "N4"):
                found[-1].append(segment)
        loops = [loop for loop in found if loop[0].get(1) == "ST"]
        if len(loops) != 1:
            rule = "The goods go to one place: one N1 has ST in its first element."
            where = loops[1][0] if loops else begin
            self.findings.append(
                Finding("N1", where.place, 0, str(len(loops)), rule, code=finding.SEGMENT_MISSING)
            )
            return ShipTo()
        return self._place(loops[0])

    def _place(self, loop: Sequence[Segment]) -> ShipTo:
        name = loop[0]
        address = "\n".join(
            " ".join(value for value in segment.elements[segment.tag == "N1" :] if value)
            for segment in loop
        )
        if store := self._partner.stores.get(name.get(4)):
            return ShipTo(store.country, store.postal_code, address)
        town = next((segment for segment in loop if segment.tag == "N4"), None)
        if town is None:
            rule = "The place is a code of `stores`, or its town is written out in N4."
            self._blame(name, 4, rule, "67")
            return ShipTo()
        country = town.get(4) or self._partner.country
        if len(country) != 2 or not country.isalpha() or not country.isupper():  # noqa: PLR2004
            self._blame(town, 4, "A country is a code of ISO 3166-1, such as US.", "26")
        return ShipTo(country, town.get(3), address)

    def _totals(self, lines: Sequence[PurchaseLine]) -> None:
        """Compare what the partner has added up with what we do."""
        for segment in self._all("CTT"):
            if int(segment.get(1)) != len(lines):
                self._blame(segment, 1, f"The order has {len(lines)} lines.", "354")
            units = sum(line.quantity for line in lines)
            if segment.get(2) and Decimal(segment.get(2)) != units:
                self._blame(segment, 2, f"All lines together have {units} units.", "347")
        places = exponent(self._partner.currency)
        for segment in self._all("AMT"):
            net = sum(extend(line.unit_price, line.quantity, places) for line in lines)
            total = Decimal(net).scaleb(-places)
            if Decimal(segment.get(2)) != total:
                self._blame(segment, 2, f"The lines add up to {total}.", "782")


def _iso(written: str) -> str:
    """Return a date of X12 as ISO 8601 has it."""
    return f"{written[:4]}-{written[4:6]}-{written[6:]}" if written else ""
