"""What may be asked of a record of another system."""

from __future__ import annotations

from oms_core.domain.profile.events import Consent
from oms_core.kernel import Command


class UpsertProfile(Command, frozen=True):
    """Take what another system says of a customer, unless it has said something later.

    `profile_id` is the source, a colon, and the record's own name there; `survivor_id` is whom the
    customer turned out to be, if somebody else.
    """

    profile_id: str
    source: str
    external_ref: str
    customer_id: str
    version: int
    country: str = ""
    sealed: bytes = b""
    segments: tuple[str, ...] = ()
    consent: Consent | None = None
    survivor_id: str = ""
