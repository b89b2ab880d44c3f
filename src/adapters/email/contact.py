"""How to reach a person: what is sealed with a customer's key, and never stands in the log."""

from __future__ import annotations

import re

import msgspec

ADDRESS = re.compile(r"[^@\s<>(),;:\"\\\[\]]{1,64}@[^@\s<>(),;:\"\\\[\]]{1,255}")


class Contact(msgspec.Struct, frozen=True):
    """A person's name and addresses. Other fields that were sealed with them are not needed here.

    Sealed, it is the UTF-8 JSON object of these fields.
    """

    name: str = ""
    email: str = ""
    phone: str = ""


def is_address(text: str) -> bool:
    """Say whether mail can be sent to `text`: one plain address without a name."""
    return ADDRESS.fullmatch(text) is not None


def to_json(contact: Contact) -> str:
    """Return what is to be sealed."""
    return msgspec.json.encode(contact).decode()


def from_json(text: str) -> Contact:
    """Return what was sealed; nothing that mail could be sent to, if it has another form."""
    try:
        return msgspec.json.decode(text, type=Contact)
    except (msgspec.ValidationError, msgspec.DecodeError):
        return Contact()
