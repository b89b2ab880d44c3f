"""What is asked of payments by the name that their provider has for them."""

from __future__ import annotations

from typing import LiteralString

from adapters.postgres.queries import ReadModels

PAYMENT: LiteralString = """
SELECT payment_id FROM {schema}.payments
WHERE provider_ref = %(reference)s AND method IN ('card', 'wallet') ORDER BY payment_id LIMIT 1
"""


def payment_of(models: ReadModels, provider_ref: str) -> str | None:
    """Return the payment that a provider knows under a name of its own; None if there is none."""
    rows = models.ask(PAYMENT, reference=provider_ref) if provider_ref else []
    return str(rows[0]["payment_id"]) if rows else None
