"""The form of a message as a table, component by component, and everything that is not so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from adapters.edi import finding
from adapters.edi.edifact.elements import Segment
from adapters.edi.finding import Finding
from adapters.edi.shape import Alphabet, Element, Use, Walk, foreign, misfit


class Composite(NamedTuple):
    """An element in its components, of which there is one if it is simple.

    A component that is required is so where any of the element is given; a `required` element is
    always.
    """

    parts: tuple[Element, ...]
    required: bool = False


def needed(*parts: Element) -> Composite:
    """Return an element that must be there."""
    return Composite(parts, required=True)


def maybe(*parts: Element) -> Composite:
    """Return an element that may be there."""
    return Composite(parts)


NUMERIC = ("R", "N0")
NOTATION = "19"
REPEATED = "35"
"""Codes of data element 0085 that a 997 has no word for: decimal notation, repetitions."""


class Form(NamedTuple):
    """A message: its segments in their order, and the elements of each."""

    uses: tuple[Use, ...]
    elements: Mapping[str, tuple[Composite, ...]]

    def check(
        self, segments: Sequence[Segment], alphabet: Alphabet, decimal: str
    ) -> tuple[Finding, ...]:
        """Return everything that does not fit, in the order of the segments.

        `decimal` is what stands before the fraction of a number.
        """
        known = [segment for segment in segments if segment.tag in self.elements]
        found = [foreign(segment) for segment in segments if segment.tag not in self.elements]
        walk = Walk(known)
        walk.level(self.uses)
        found += walk.findings
        for segment in known:
            found += self._segment(segment, alphabet, decimal)
        return tuple(sorted(found, key=lambda each: (each.place, each.element, each.component)))

    def _segment(self, segment: Segment, alphabet: Alphabet, decimal: str) -> Iterator[Finding]:
        expected = self.elements[segment.tag]
        for number, composite in enumerate(expected, 1):
            given = segment.elements[number - 1] if number <= len(segment.elements) else ()
            if number != segment.repeated and (any(given) or composite.required):
                yield from _element(segment, number, composite, given, alphabet, decimal)
        if any(any(element) for element in segment.elements[len(expected) :]):
            number = len(expected) + 1
            rule = f"{segment.tag} has at most {len(expected)} elements here."
            yield at(segment, number, rule, finding.ELEMENT_TOO_MANY)
        if segment.repeated:
            yield at(segment, segment.repeated, "No element is repeated here.", REPEATED)


def _element(
    segment: Segment,
    number: int,
    composite: Composite,
    given: Sequence[str],
    alphabet: Alphabet,
    decimal: str,
) -> Iterator[Finding]:
    several = len(composite.parts) > 1
    if composite.required and not any(given):
        yield at(segment, number, "A value is required.", finding.ELEMENT_MISSING)
        return
    for part, element in enumerate(composite.parts, 1):
        value = given[part - 1] if part <= len(given) else ""
        if wrong := _misfit(element, value, alphabet, decimal):
            code, rule = wrong
            yield at(segment, number, rule, code, part if several else 0)
    if any(given[len(composite.parts) :]):
        most = len(composite.parts)
        rule = f"{segment.tag}{number:02d} has at most {most} components here."
        yield at(segment, number, rule, finding.ELEMENT_TOO_MANY, most + 1)


def _misfit(
    element: Element, value: str, alphabet: Alphabet, decimal: str
) -> tuple[str, str] | None:
    if element.kind in NUMERIC:
        if other := set(value) & {".", ","} - {decimal}:
            return NOTATION, f"Decimals are written with {decimal!r} here, not {min(other)!r}."
        value = value.replace(decimal, ".")
    return misfit(element, value, "", alphabet)


def number(value: str, decimal: str) -> Decimal:
    """Return what a number comes to that has the right form."""
    return Decimal(value.replace(decimal, "."))


def at(segment: Segment, element: int, rule: str, code: str, component: int = 0) -> Finding:
    """Return a finding at an element of a segment, or at a component of it."""
    value = segment.get(element, component or 1)
    where = (segment.tag, segment.place, element, value)
    return Finding(*where, rule, code=code, component=component)
