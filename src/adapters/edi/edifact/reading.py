"""What an ORDERS that has the right form asks of us, read with what was agreed on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from adapters.edi import finding
from adapters.edi.edifact import orders
from adapters.edi.edifact.characters import ALPHABETS
from adapters.edi.edifact.elements import Segment
from adapters.edi.edifact.form import at, number
from adapters.edi.edifact.interchange import Message
from adapters.edi.finding import Finding
from adapters.edi.partners import Partner
from adapters.edi.purchase import DECIMALS_MAX, Purchase, PurchaseLine, ShipTo
from adapters.edi.shape import is_date
from adapters.money import exponent
from oms_core.kernel.identity import is_gtin
from oms_core.kernel.money import extend

GS1 = "9"
"""The agency (3055) whose numbers for places carry a check digit."""

GLN_DIGITS = 13
DAY_LENGTH = 8
COUNTRY_LENGTH = 2
ITEMS_MAX = 5


def read(
    message: Message, charset: str, partner: Partner
) -> tuple[Purchase | None, tuple[Finding, ...]]:
    """Return the purchase order of an ORDERS, or everything that is wrong with it."""
    kept = [segment for segment in message.segments if segment.tag not in partner.passed_over]
    if findings := orders.ORDER.check(kept, ALPHABETS[charset], message.decimal):
        return None, findings
    reading = _Reading(kept, partner, message.decimal)
    purchase = reading.purchase()
    findings = tuple(sorted(reading.findings, key=lambda each: (each.place, each.element)))
    return (None if findings else purchase), findings


class _Reading:
    """One ORDERS that has the right form."""

    def __init__(self, segments: Sequence[Segment], partner: Partner, decimal: str) -> None:
        self._segments = segments
        self._partner = partner
        self._decimal = decimal
        self._places = exponent(partner.currency)
        self._numbers = Counter(
            int(each.get(1)) for each in self._all("LIN") if each.get(1).isdecimal()
        )
        self.findings: list[Finding] = []

    def purchase(self) -> Purchase:
        """Read it whole, and note what does not fit."""
        begin = next(self._all("BGM"))
        partner = self._partner
        for currency in self._all("CUX"):
            if currency.get(1, 2) != partner.currency:
                self._blame(currency, 1, 2, f"Agreed on is {partner.currency}.")
        for terms in self._all("PAT"):
            if f"NET{int(terms.get(3, 4))}" != partner.terms:
                self._blame(terms, 3, 4, f"Agreed on is {partner.terms}.")
        dates = self._dates(begin)
        lines = tuple(self._line(loop) for loop in self._loops("LIN"))
        self._totals(lines)
        return Purchase(
            begin.get(2),
            dates.get(orders.DOCUMENT_DATE, ""),
            lines,
            self._ship_to(begin),
            dates.get(orders.SHIP_ON) or dates.get(orders.SHIP_LATEST, ""),
            dates.get(orders.DELIVER_ON) or dates.get(orders.DELIVER_LATEST, ""),
        )

    def _all(self, tag: str) -> Iterator[Segment]:
        return (segment for segment in self._segments if segment.tag == tag)

    def _loops(self, tag: str) -> list[list[Segment]]:
        """Return what begins with a segment and goes on to the next one like it, or to UNS."""
        found: list[list[Segment]] = []
        for segment in self._segments:
            if segment.tag == tag:
                found.append([])
            elif segment.tag == "UNS":
                break
            if found:
                found[-1].append(segment)
        return found

    def _blame(self, segment: Segment, element: int, component: int, rule: str) -> None:
        self.findings.append(at(segment, element, rule, finding.ELEMENT_CODE, component))

    def _missing(self, where: Segment, tag: str, value: str, rule: str) -> None:
        self.findings.append(
            Finding(tag, where.place, 0, value, rule, code=finding.SEGMENT_MISSING)
        )

    def _dates(self, begin: Segment) -> dict[str, str]:
        """Return each date by its meaning; a date has to be one, and to be given once."""
        dates: dict[str, str] = {}
        for segment in self._all("DTM"):
            meaning, day = segment.get(1), segment.get(1, 2)[:DAY_LENGTH]
            if not is_date(day):
                rule = "A date is written as CCYYMMDD, and exists."
                self.findings.append(at(segment, 1, rule, finding.ELEMENT_DATE, 2))
            elif meaning in dates:
                self._blame(segment, 1, 1, "Each date is given once.")
            else:
                dates[meaning] = f"{day[:4]}-{day[4:6]}-{day[6:]}"
        if not any(each.get(1) == orders.DOCUMENT_DATE for each in self._all("DTM")):
            rule = f"The day of the order (DTM+{orders.DOCUMENT_DATE}) is missing."
            self._missing(begin, "DTM", "0", rule)
        return dates

    def _line(self, loop: Sequence[Segment]) -> PurchaseLine:
        line = loop[0]
        by_tag = {segment.tag: segment for segment in loop}
        written, ordered, priced = line.get(1), by_tag["QTY"], by_tag["PRI"]
        if not written.isdecimal() or not int(written) or self._numbers[int(written)] > 1:
            rule = "A line has a whole number from 1 of its own, which no other line has."
            self._blame(line, 1, 0, rule)
        quantity = number(ordered.get(1, 2), self._decimal)
        if quantity != int(quantity) or quantity < 1:
            self._blame(ordered, 1, 2, "Whole units are ordered, at least 1.")
        if ordered.get(1, 3) and ordered.get(1, 3) not in self._partner.units:
            units = ", ".join(self._partner.units)
            self._blame(ordered, 1, 3, f"Agreed on are the units {units}.")
        item_id, part = self._item(loop)
        price = self._price(priced)
        for amount in loop:
            if amount.tag == "MOA":
                net = extend(price, int(quantity), self._places)
                self._amount(amount, orders.LINE_NET, net, "The line comes to")
        count = int(written) if written.isdecimal() else 0
        return PurchaseLine(count, item_id, part, int(quantity), price)

    def _price(self, segment: Segment) -> Decimal:
        price = number(segment.get(1, 2), self._decimal)
        if price < 0 or price != round(price, DECIMALS_MAX):
            rule = f"A price is not negative, and has at most {DECIMALS_MAX} decimals."
            self._blame(segment, 1, 2, rule)
        basis = segment.get(1, 5)
        if basis and number(basis, self._decimal) != 1:
            self._blame(segment, 1, 5, "A price is that of one unit.")
        if segment.get(1, 6) and segment.get(1, 6) not in self._partner.units:
            units = ", ".join(self._partner.units)
            self._blame(segment, 1, 6, f"Agreed on are the units {units}.")
        return price

    def _item(self, loop: Sequence[Segment]) -> tuple[str, str]:
        """Return what is ordered: the first of its names that was agreed on."""
        rule = "An item is named by a number and a qualifier, in LIN or PIA."
        names = [(loop[0], 3)]
        names += [(each, n) for each in loop if each.tag == "PIA" for n in range(2, 2 + ITEMS_MAX)]
        for segment, element in names:
            given, qualifier = segment.get(element), segment.get(element, 2)
            if not given:
                continue
            try:
                return self._partner.item_id(qualifier, given), given
            except ValueError as error:
                rule = str(error)
        self._blame(loop[0], 3, 1, rule)
        return "", ""

    def _ship_to(self, begin: Segment) -> ShipTo:
        """Return where the goods go: a store that we know, or the address that is written out."""
        for party in self._all("NAD"):
            code = party.get(2)
            if party.get(2, 3) == GS1 and not (len(code) == GLN_DIGITS and is_gtin(code)):
                self._blame(party, 2, 1, "A GLN has 13 digits, the last of which checks it.")
        places = [each for each in self._all("NAD") if each.get(1) in orders.DELIVERIES]
        if len(places) != 1:
            rule = f"The goods go to one place: one NAD has {' or '.join(orders.DELIVERIES)}."
            where = places[1] if places else begin
            self._missing(where, "NAD", str(len(places)), rule)
            return ShipTo()
        return self._place(places[0])

    def _place(self, party: Segment) -> ShipTo:
        parts = ((3, 5), (4, 5), (5, 4), (6, 1), (8, 1))
        lines = (
            " ".join(filter(None, (party.get(element, part) for part in range(1, most + 1))))
            for element, most in parts
        )
        address = "\n".join(filter(None, (*lines, party.get(9))))
        if store := self._partner.stores.get(party.get(2)):
            return ShipTo(store.country, store.postal_code, address)
        if not party.get(6):
            rule = "The place is a code of `stores`, or its town is written out in element 6."
            self._blame(party, 2, 1, rule)
            return ShipTo()
        country = party.get(9) or self._partner.country
        if len(country) != COUNTRY_LENGTH or not country.isalpha() or not country.isupper():
            self._blame(party, 9, 0, "A country is a code of ISO 3166-1, such as AT.")
        return ShipTo(country, party.get(8), address)

    def _totals(self, lines: Sequence[PurchaseLine]) -> None:
        """Compare what the partner has added up with what we do."""
        units = sum(line.quantity for line in lines)
        own = {orders.TOTAL_LINES: len(lines), orders.TOTAL_UNITS: units}
        words = {orders.TOTAL_LINES: "lines", orders.TOTAL_UNITS: "units"}
        for segment in self._all("CNT"):
            meaning = segment.get(1)
            if number(segment.get(1, 2), self._decimal) != own[meaning]:
                rule = f"The order has {own[meaning]} {words[meaning]}."
                self._blame(segment, 1, 2, rule)
        summary = next(n for n, each in enumerate(self._segments) if each.tag == "UNS")
        for segment in self._segments[summary:]:
            if segment.tag == "MOA":
                net = sum(extend(line.unit_price, line.quantity, self._places) for line in lines)
                self._amount(segment, orders.NET_TOTAL, net, "The lines add up to")

    def _amount(self, segment: Segment, meaning: str, net: int, words: str) -> None:
        if segment.get(1) != meaning:
            self._blame(segment, 1, 1, f"Agreed on here is {meaning}.")
        total = Decimal(net).scaleb(-self._places)
        if number(segment.get(1, 2), self._decimal) != total:
            self._blame(segment, 1, 2, f"{words} {total}.")
        if segment.get(1, 3) not in ("", self._partner.currency):
            self._blame(segment, 1, 3, f"Agreed on is {self._partner.currency}.")
