"""The entries of a payout file: one for each movement of the provider's balance with us."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from adapters.intake.fault import Fault, shown
from adapters.intake.reading import read_rows
from adapters.intake.values import Wrong, moment
from adapters.money import WrongAmount, exponent, minor_units
from adapters.payouts.mapping import Kind, Mapping
from oms_core.kernel import Instant

REMEDY = "Ask the provider for a whole file, or correct the mapping; nothing was booked."


class Entry(NamedTuple):
    """One line. Amounts are minor units; money that goes away from us is negative.

    `gross_minor` less `fee_minor` should be `net_minor`, all in `currency`. `paid_minor` in
    `paid_currency` is what the customer paid, which is the gross unless the file says otherwise.
    """

    row: int
    transaction_id: str
    payout: str
    kind: Kind
    word: str
    reference: str
    gross_minor: int
    fee_minor: int
    net_minor: int
    currency: str
    paid_minor: int
    paid_currency: str
    at: Instant
    arrived_on: str


class WrongFile(Exception):
    """Lines of the file cannot be read: all of them, with what is wrong."""

    def __init__(self, faults: list[Fault]) -> None:
        """Take what is wrong."""
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


def read_entries(path: Path, mapping: Mapping) -> list[Entry]:
    """Read a whole file; entries that are in no payout yet are left out.

    :raises UnreadableFile: if the file cannot be opened or is not what its name says.
    :raises MissingColumn: if it lacks a column.
    :raises WrongFile: if any line cannot be read.
    """
    entries, faults = [], []
    parse = moment(mapping.values.date_format, ZoneInfo("UTC"))
    for row in read_rows(path, mapping.columns.names()):
        if row.fault is not None:
            faults.append(row.fault)
            continue
        named = dict(zip(type(mapping.columns).model_fields, row.values, strict=True))
        text = {name: _text(value) for name, value in named.items()}
        if not text["payout"]:
            continue
        found = _entry(row.number, text, parse(named["at"]), mapping)
        if isinstance(found, Fault):
            faults.append(found)
        else:
            entries.append(found)
    faults += _repeated(entries)
    if faults:
        raise WrongFile(faults)
    return entries


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _entry(number: int, text: dict[str, str], at: Any, mapping: Mapping) -> Entry | Fault:
    if not text["transaction"]:
        return Fault("payout.transaction", number, "transaction", "''", "must not be empty", REMEDY)
    if isinstance(at, Wrong):
        return Fault(at.code, number, "at", shown(text["at"]), at.rule, REMEDY)
    currency = text["currency"].upper()
    paid_in = text["paid_currency"].upper() or currency
    unit = mapping.values.unit
    try:
        gross, fee, net = (
            _amount(text[name], currency, name, unit) for name in ("gross", "fee", "net")
        )
        paid = gross
        if paid_in != currency:
            paid = abs(_amount(text["paid_amount"], paid_in, "paid_amount", unit))
            paid = -paid if gross < 0 else paid
    except WrongAmount as wrong:
        rule = f"must be {wrong.rule}"
        return Fault("payout.amount", number, wrong.field, shown(wrong.value), rule, REMEDY)
    return Entry(
        number,
        text["transaction"],
        text["payout"],
        mapping.kinds.get(text["kind"], Kind.OTHER),
        text["kind"],
        text["reference"],
        gross,
        fee,
        net,
        currency,
        paid,
        paid_in,
        at.at,
        text["arrived"][:10],
    )


def _amount(text: str, currency: str, field: str, unit: str) -> int:
    """Return minor units; an empty amount is none."""
    if not text:
        exponent(currency)
        return 0
    if unit == "major":
        return minor_units(text, currency, field)
    if not text.removeprefix("-").isdecimal():
        raise WrongAmount(field, text, "whole minor units, such as 1250")
    return int(text)


def _repeated(entries: list[Entry]) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for entry in entries:
        first = seen.setdefault(entry.transaction_id, entry.row)
        if first != entry.row:
            rule = f"is in row {first}, too"
            yield Fault(
                "payout.repeated",
                entry.row,
                "transaction",
                shown(entry.transaction_id),
                rule,
                REMEDY,
            )
