"""What people ask of coupons and gift cards."""

from __future__ import annotations

from typing import LiteralString

from adapters.postgres.queries import Found, ReadModels, counted

COUPONS: LiteralString = """
SELECT code, state, uses_max, customer_uses_max, used, open, returned, declined, valid_from,
    valid_until, last_used_at, count(*) OVER () AS found
FROM {schema}.coupons
WHERE (%(state)s::text IS NULL OR state = %(state)s)
ORDER BY last_used_at DESC, code LIMIT %(limit)s
"""

GIFT_CARDS: LiteralString = """
SELECT card_id, state, origin, currency, issued_minor, left_minor, reserved_minor, redeemed_minor,
    credited_minor, expired_minor, declined, issued_at, expires_at, count(*) OVER () AS found
FROM {schema}.gift_cards
WHERE (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(currency)s::text IS NULL OR currency = %(currency)s)
ORDER BY issued_at DESC, card_id LIMIT %(limit)s
"""


def coupons(models: ReadModels, limit: int, *, state: str | None = None) -> Found:
    """Return coupons, those that were used last first."""
    return counted(models.ask(COUPONS, limit=limit, state=state))


def gift_cards(
    models: ReadModels, limit: int, *, state: str | None = None, currency: str | None = None
) -> Found:
    """Return gift cards, the latest first."""
    return counted(models.ask(GIFT_CARDS, limit=limit, state=state, currency=currency))
