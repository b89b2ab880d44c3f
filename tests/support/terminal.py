"""The command line as a test types it: in this process, with what it printed."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, NamedTuple

from adapters.cli.app import run


class Printed(NamedTuple):
    """How a command ended, and what it printed where."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The one JSON document that was printed."""
        return json.loads(self.out)


def oms(*tokens: str, typed: str = "") -> Printed:
    """Run a command with `typed` as its input."""
    out, err, stdin = io.StringIO(), io.StringIO(), sys.stdin
    sys.stdin = io.StringIO(typed)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = run(tokens)
    finally:
        sys.stdin = stdin
    return Printed(code, out.getvalue(), err.getvalue())


def faults(printed: Printed) -> list[tuple[str, str]]:
    """Return the fields and values that a command refused, having said a rule and a remedy."""
    found = printed.data["errors"]
    assert all(fault["rule"] and fault["remedy"] for fault in found), found
    return [(fault["field"], fault["value"]) for fault in found]


def order(reference: str, *wanted: tuple[str, int], **terms: Any) -> dict[str, Any]:
    """Return an order of units at 10.00 EUR as people write it."""
    lines = [
        {"item_id": item, "quantity": units, "unit_price": "10.00", "net_minor": 1_000 * units}
        for item, units in wanted
    ]
    total = sum(line["net_minor"] for line in lines)
    return {
        "command": "PlaceOrder",
        "channel": "web",
        "external_ref": reference,
        "customer_id": "C1",
        "currency": "EUR",
        "lines": lines,
        "tenders": [{"method": "card", "amount_minor": total, "token": "tok"}],
        "ship_to": {"country": "FR"},
        **terms,
    }


def receipt(item: str, units: int, location: str = "LYON") -> dict[str, Any]:
    """Return a receipt of goods at 4.00 EUR each as people write it."""
    return {
        "command": "ReceiveStock",
        "item_id": item,
        "document_id": "R1",
        "location_id": location,
        "quantity": units,
        "cost_minor": 400 * units,
        "currency": "EUR",
    }
