"""What can have happened to a record of another system."""

from __future__ import annotations

from oms_core.kernel import Event, State


class Consent(State, frozen=True):
    """What a customer has agreed to, as the other system knows it.

    They are written to in this language, not at all without `mail`, and advertised to only with
    `marketing`; `basis` is the evidence.
    """

    language: str
    marketing: bool
    basis: str = ""
    mail: bool = True


class ProfileUpserted(Event, frozen=True):
    """The other system has this to say of a customer, and has not said anything later.

    `version` grows with each change there. `sealed` is the contact data, empty if it says none;
    `consent` none means that it does not speak of it. `survivor_id` is whom the customer turned out
    to be, empty if nobody else: it goes on to them.
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
