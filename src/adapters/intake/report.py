"""The report of an import: how every document ended, and totals that tie to the file exactly."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec
from rich.table import Table

from adapters.intake.document import Cell, Tally
from adapters.intake.history import History
from adapters.intake.outcome import Booked, Ending, Outcome, conclude
from adapters.intake.plan import Plan

ENDS = (Outcome.PLACED, Outcome.RETURNED, Outcome.DUPLICATE, Outcome.REJECTED, Outcome.MISSING)


class Totals(msgspec.Struct):
    """What the file says of one cell, and what it came to."""

    source: Tally = msgspec.field(default_factory=Tally)
    ends: dict[Outcome, Tally] = msgspec.field(
        default_factory=lambda: {end: Tally() for end in ENDS}
    )
    rounding: Decimal = Decimal(0)
    repriced: Decimal = Decimal(0)

    def add(self, booked: Booked) -> None:
        """Count a document."""
        tally = booked.tally
        self.ends[booked.ending.outcome].add(tally.lines, tally.quantity, tally.value)
        self.rounding += booked.rounding
        self.repriced += booked.repriced

    def merge(self, other: Totals) -> None:
        """Count another cell as well."""
        self.source.add(other.source.lines, other.source.quantity, other.source.value)
        for end, tally in other.ends.items():
            self.ends[end].add(tally.lines, tally.quantity, tally.value)
        self.rounding += other.rounding
        self.repriced += other.repriced

    @property
    def ties(self) -> bool:
        """Whether all ends together are what the file says: lines, units and value, exactly."""
        ends = self.ends.values()
        return not self.ends[Outcome.MISSING].lines and (
            self.source.lines,
            self.source.quantity,
            self.source.value,
        ) == (
            sum(end.lines for end in ends),
            sum(end.quantity for end in ends),
            sum((end.value for end in ends), self.rounding + self.repriced),
        )


class ImportReport(msgspec.Struct):
    """How each document of a file ended, and the totals by month, country and currency."""

    source: str
    channel: str
    rows: int
    endings: tuple[Ending, ...]
    cells: dict[Cell, Totals]

    @property
    def ties(self) -> bool:
        """Whether every cell ties."""
        return all(totals.ties for totals in self.cells.values())

    def counts(self) -> dict[Outcome, int]:
        """Return the number of documents by outcome."""
        found = Counter(ending.outcome for ending in self.endings)
        return {end: found[end] for end in ENDS if found[end]}

    def codes(self) -> dict[str, int]:
        """Return the number of rejected and ignored documents by code, the most frequent first."""
        found = Counter(ending.code for ending in self.endings if ending.code)
        return dict(sorted(found.items(), key=lambda entry: (-entry[1], entry[0])))

    def totals(self, key: Callable[[Cell], Any]) -> dict[Any, Totals]:
        """Return the totals by some part of the cells: the month, the country."""
        merged: dict[Any, Totals] = {}
        for cell in sorted(self.cells):
            merged.setdefault(key(cell), Totals()).merge(self.cells[cell])
        return merged

    def to_dict(self) -> dict[str, Any]:
        """Return all of it in the types of JSON; decimals are text."""
        currencies = self.totals(lambda cell: cell.currency)
        return {
            "source": self.source,
            "channel": self.channel,
            "rows": self.rows,
            "documents": len(self.endings),
            "outcomes": {end.value: count for end, count in self.counts().items()},
            "codes": self.codes(),
            "ties": self.ties,
            "totals": [{"currency": c, **_totals(t)} for c, t in currencies.items()],
            "cells": [{**cell._asdict(), **_totals(t)} for cell, t in sorted(self.cells.items())],
            "endings": [msgspec.to_builtins(ending) for ending in self.endings],
        }

    def to_json(self) -> str:
        """Return all of it as JSON: the same text for the same file and log."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False)

    def tables(self) -> list[Table]:
        """Return the tables that a person reads."""
        return [
            _outcomes_table(self),
            _totals_table("By month", self.totals(lambda cell: (cell.month, cell.currency))),
            _totals_table("By country", self.totals(lambda cell: (cell.country, cell.currency))),
        ]


def make_report(plan: Plan, history: History) -> ImportReport:
    """Return how every document of a plan ended, by the log."""
    cells = {cell: Totals(source=tally) for cell, tally in plan.source.totals.items()}
    endings = []
    for entry in plan.entries:
        booked = conclude(entry, plan, history)
        cells[booked.cell].add(booked)
        endings.append(booked.ending)
    return ImportReport(
        plan.source.name, plan.mapping.channel, plan.source.rows, tuple(endings), cells
    )


def _tally(tally: Tally) -> dict[str, Any]:
    return {"lines": tally.lines, "quantity": tally.quantity, "value": f"{tally.value:f}"}


def _totals(totals: Totals) -> dict[str, Any]:
    ends = {end.value: _tally(tally) for end, tally in totals.ends.items() if tally.lines}
    return {
        "source": _tally(totals.source),
        **ends,
        "rounding": f"{totals.rounding:f}",
        "repriced": f"{totals.repriced:f}",
        "ties": totals.ties,
    }


def _outcomes_table(report: ImportReport) -> Table:
    table = Table(title=f"{report.rows:,} rows, {len(report.endings):,} documents")
    table.add_column("Outcome")
    table.add_column("Reason")
    table.add_column("Documents", justify="right")
    found = Counter((ending.outcome, ending.code) for ending in report.endings)
    for (outcome, code), count in sorted(found.items(), key=lambda entry: (entry[0][0], -entry[1])):
        table.add_row(outcome.value, code, f"{count:,}")
    return table


def _totals_table(title: str, found: Mapping[tuple[str, str], Totals]) -> Table:
    table = Table(title=f"{title}: value, and whether lines, units and value tie to the file")
    headings = ("", "", "Lines", "Source", "Placed", "Returned", "Duplicate", "Rejected")
    for heading in (*headings, "Rounding", "Repriced", "Ties"):
        table.add_column(heading, justify="right" if heading else "left")
    whole = Totals()
    for (name, currency), totals in found.items():
        table.add_row(name, currency, *_amounts(totals))
        whole.merge(totals)
    if len({currency for _, currency in found}) == 1:
        table.add_section()
        table.add_row("All", next(iter(found))[1], *_amounts(whole))
    return table


def _amounts(totals: Totals) -> list[str]:
    values = [totals.source.value, *(totals.ends[end].value for end in ENDS[:4])]
    values += [totals.rounding, totals.repriced]
    amounts = [f"{value:,.3f}".removesuffix("0") for value in values]
    return [f"{totals.source.lines:,}", *amounts, "yes" if totals.ties else "no"]
