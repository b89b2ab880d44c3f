"""Bookkeeping programs of others, run as programs: Beancount and hledger.

Both are under the GPL; nothing here imports them.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from adapters.money import minor_units

BIN = Path(sys.executable).parent
RUN_SECONDS = 120

needs_beancount = pytest.mark.skipif(
    not (BIN / "bean-check").exists(), reason="Beancount is not installed"
)
needs_hledger = pytest.mark.skipif(
    shutil.which("hledger") is None, reason="hledger is not installed"
)

Balances = dict[tuple[str, str], int]
"""Balances that are not zero, in minor units, by account and currency."""


def _ran(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", check=False, timeout=RUN_SECONDS
    )


def _balances(table: str, commodity: str, amount: str) -> Balances:
    rows = csv.DictReader(io.StringIO(table))
    found = {
        (row["account"].strip(), row[commodity].strip()): minor_units(
            row[amount].strip(), row[commodity].strip()
        )
        for row in rows
        if row["account"] not in ("total", "Total:")
    }
    return {key: minor for key, minor in found.items() if minor}


class Beancount:
    """Beancount 3, with its query language."""

    name = "beancount"

    def complaints(self, file: Path) -> list[str]:
        """Return what it finds wrong with a file."""
        done = _ran(BIN / "bean-check", "--no-cache", file)
        found = [line for line in done.stderr.splitlines() if line.startswith(str(file))]
        assert bool(done.returncode) == bool(found), (done.stdout, done.stderr)
        return found

    def balances(self, file: Path) -> Balances:
        """Return its own sums."""
        query = (
            "SELECT account, currency, sum(number) AS amount GROUP BY account, currency"
            " ORDER BY account, currency"
        )
        done = _ran(BIN / "bean-query", "--format", "csv", file, query)
        assert not done.returncode, done.stderr
        return _balances(done.stdout, "currency", "amount")


class Hledger:
    """hledger."""

    name = "hledger"

    def complaints(self, file: Path) -> list[str]:
        """Return what it finds wrong with a file: the first thing only."""
        done = _ran("hledger", "check", "--strict", "--file", file)
        return [done.stderr] if done.returncode else []

    def balances(self, file: Path) -> Balances:
        """Return its own sums."""
        asked = ("--flat", "--layout", "bare", "--output-format", "csv")
        done = _ran("hledger", "balance", "--file", file, *asked)
        assert not done.returncode, done.stderr
        return _balances(done.stdout, "commodity", "balance")


Auditor = Beancount | Hledger

every_auditor = pytest.mark.parametrize(
    "auditor",
    [
        pytest.param(Beancount(), marks=needs_beancount, id="beancount"),
        pytest.param(Hledger(), marks=needs_hledger, id="hledger"),
    ],
)


def balances_of(rows: list[Mapping[str, object]]) -> Balances:
    """Return the balances that an export says the shop has, without those of zero."""
    return {
        (str(row["name"]), str(row["currency"])): int(str(row["amount_minor"]))
        for row in rows
        if row["amount_minor"]
    }


POSTING = re.compile(r"^ +(?:Assets|Liabilities|Income|Expenses):\S+ +(-?[0-9.]+) [A-Z]{3}$")


def one_minor_unit_more(amount: str) -> str:
    """Return an amount that is one of its last digits more: `1.00` becomes `1.01`."""
    whole, point, decimals = amount.partition(".")
    minor = int(whole + decimals) + 1
    digits = f"{abs(minor):0{len(decimals) + 1}d}"
    cut = len(digits) - len(decimals)
    return f"{'-' if minor < 0 else ''}{digits[:cut]}{point}{digits[cut:]}"


def planted(text: str, *places: int, signs: tuple[int, ...] = ()) -> str:
    """Change the postings at some places of an export by one minor unit, up or down."""
    lines = text.splitlines(keepends=True)
    postings = [number for number, line in enumerate(lines) if POSTING.match(line)]
    for place, sign in zip(places, signs or (1,) * len(places), strict=True):
        number = postings[place]
        found = POSTING.match(lines[number])
        assert found
        amount = found[1] if sign > 0 else _negated(found[1])
        changed = one_minor_unit_more(amount)
        start, end = found.span(1)
        lines[number] = (
            lines[number][:start]
            + (changed if sign > 0 else _negated(changed))
            + lines[number][end:]
        )
    return "".join(lines)


def _negated(amount: str) -> str:
    return amount[1:] if amount.startswith("-") else f"-{amount}"
