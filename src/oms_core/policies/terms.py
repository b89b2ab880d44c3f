"""Terms of payment: how many days after its date an invoice is due, and when it is dunned."""

from __future__ import annotations

import re
from datetime import date

from oms_core.kernel import Rejected
from oms_core.kernel.calendar import days_after

NET = re.compile(r"NET(0|[1-9][0-9]{0,2})", re.ASCII)


class UnknownTerms(Rejected):
    """Nobody can tell from the terms when the invoice is due."""

    code = "terms.unknown"
    remedy = "Use NET and a number of days, such as NET30; NET0 is due at once."


def are_terms(text: str) -> bool:
    """Say whether `text` is terms of payment: `NET30` and the like, of at most 999 days."""
    return NET.fullmatch(text) is not None


def require_terms(text: str) -> None:
    """Check terms of payment.

    :raises UnknownTerms: if they say nothing about when to pay.
    """
    if not are_terms(text):
        raise UnknownTerms(f"terms is {text!r}.")


def due_date(terms: str, issued_on: date) -> date:
    """Return the last day on which an invoice of this date can be paid in time."""
    return days_after(issued_on, int(terms.removeprefix("NET")))
