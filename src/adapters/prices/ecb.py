"""The reference rates of the European Central Bank, out of the files that it publishes.

`eurofxref.csv` and `eurofxref-daily.xml` have one day, `eurofxref-hist` and `-hist-90d` have many.
A currency that has no rate on a day is written as `N/A`, or is missing.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from oms_core.kernel import Rejected
from oms_core.kernel.money import is_currency_code
from oms_core.policies.exchange import Rates

RATE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)
SPOKEN = "%d %B %Y"
CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"


class WrongRates(Rejected):
    """The file of reference rates cannot be used."""

    code = "rates.wrong"
    remedy = "Download eurofxref as CSV or XML from the European Central Bank again."


def load(path: Path) -> Rates:
    """Read a file of reference rates.

    :raises WrongRates: if it cannot be read, or says nothing that could be a rate.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = _xml(text) if text.lstrip().startswith("<") else _csv(text)
        days = {day: _rates(day, found) for day, found in rows}
    except (OSError, UnicodeDecodeError, ET.ParseError, ValueError) as error:
        raise WrongRates(f"{path}: {error}.") from error
    if not days:
        raise WrongRates(f"{path}: there is no day with rates in it.")
    return Rates(dict(sorted(days.items())))


def _csv(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    rows = csv.reader(text.splitlines(), skipinitialspace=True)
    header = [name.strip() for name in next(rows, [])]
    if header[:1] != ["Date"]:
        raise ValueError(f"the first column is {header[:1]}, but must be Date")
    for row in filter(None, rows):
        cells = dict(zip(header[1:], row[1:], strict=False))
        yield _day(row[0].strip()), {code: cell.strip() for code, cell in cells.items() if code}


def _xml(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    root = ET.fromstring(text)  # noqa: S314  (the shop's own download; expat bounds what expands)
    for day in root.iter(CUBE):
        if time := day.get("time"):
            cubes = day.findall(CUBE)
            yield _day(time), {c.get("currency", ""): c.get("rate", "") for c in cubes}


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return datetime.strptime(text, SPOKEN).date().isoformat()  # noqa: DTZ007  (a day)


def _rates(day: str, found: dict[str, str]) -> dict[str, str]:
    rates = {code: rate for code, rate in found.items() if rate not in ("", "N/A")}
    for code, rate in rates.items():
        if not is_currency_code(code) or not RATE.fullmatch(rate) or not float(rate):
            raise ValueError(f"the rate of {code!r} on {day} is {rate!r}, but must be above zero")
    return rates
