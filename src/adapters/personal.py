"""What is sealed with a customer's key, and never stands in the log: one record in parts.

How a person is reached, and whom invoices are made out to, are said at different times by
different people; each part is replaced by itself. Older shops have sealed either part alone:
what they kept is read as the part that it is.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

ERASED = "customer.erased"
"""The code of what is refused because the customer was erased."""

ADDRESS = re.compile(r"[^@\s<>(),;:\"\\\[\]]{1,64}@[^@\s<>(),;:\"\\\[\]]{1,255}")


class Contact(msgspec.Struct, frozen=True):
    """How a person is reached: the name that letters address them by, and where they go."""

    name: str = ""
    email: str = ""
    phone: str = ""


class Billing(msgspec.Struct, frozen=True):
    """Whom invoices are made out to, and where. `country` is an ISO 3166-1 alpha-2 code.

    `contact` is a person there. `language` is the one that the page is written in, as a code of
    ISO 639-1; empty, it is the one that the customer is written to in. What an invoice cannot do
    without is asked for when one is made (`documents.party`), not here.
    """

    name: str = ""
    street: str = ""
    street2: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    vat_id: str = ""
    email: str = ""
    phone: str = ""
    contact: str = ""
    language: str = ""


class Person(msgspec.Struct, frozen=True):
    """All that is sealed about a customer. Sealed, it is the UTF-8 JSON object of its parts."""

    contact: Contact = Contact()
    billing: Billing | None = None

    @property
    def reached(self) -> Contact:
        """Return how the person is reached: as invoices say, if nothing else was said."""
        if self.contact.email or self.billing is None:
            return self.contact
        return Contact(self.billing.name, self.billing.email, self.billing.phone)


def is_address(text: str) -> bool:
    """Say whether mail can be sent to `text`: one plain address without a name."""
    return ADDRESS.fullmatch(text) is not None


def to_json(person: Person) -> str:
    """Return what is to be sealed."""
    return msgspec.json.encode(person).decode()


def from_json(text: str) -> Person:
    """Return what was sealed, in whatever form; nobody at all, if it has none that we know."""
    try:
        found = msgspec.json.decode(text, type=dict[str, Any])
        return msgspec.convert(_in_parts(found), Person)
    except (msgspec.ValidationError, msgspec.DecodeError):
        return Person()


def _in_parts(found: dict[str, Any]) -> dict[str, Any]:
    """Return the record in parts; a part that stands alone has its fields at the top."""
    if isinstance(found.get("contact"), dict):
        return found
    return {"billing" if "street" in found else "contact": found}
