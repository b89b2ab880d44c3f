"""`oms contact`: how to reach a customer, sealed before it goes anywhere near the log."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter
from msgspec.structs import replace
from rich.console import RenderableType

from adapters.cli.faults import Fault, Refused
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, panel
from adapters.cli.sealing import say
from adapters.personal import Person, is_address
from oms_core.domain.customer.commands import ChangePreferences

LETTERS = 2
"""Of which the code of a language has so many."""


def contact(
    customer_id: str,
    *,
    email: str,
    name: str = "",
    country: str = "",
    language: str = "en",
    marketing: Annotated[bool, Parameter(negative="")] = False,
    basis: str = "",
    actor: str = "cli",
    options: Common = PLAIN,
) -> None:
    """Say how a customer is reached, and what they have agreed to.

    Name and address are encrypted with a key of the customer's own; the log keeps the ciphertext,
    and `oms erase-customer` destroys the key. What `oms address` has said stays as it is. Without
    `--marketing` nothing is advertised to them.

    **Examples**

        oms contact C1 --email ada@buyer.example --name "Ada Lovelace" --country FR
        oms contact C2 --email haneul@buyer.example --language ko --marketing --basis "checkout"

    **Next:** `oms show notices --customer C1` lists what was sent to them.

    Parameters
    ----------
    customer_id
        Who it is.
    email
        Where mail is sent to: one plain address.
    name
        How letters address them; without it, as before.
    country
        Where they live (two letters); it is kept when they are first known.
    language
        What letters are written in (two letters).
    marketing
        They have agreed to be advertised to.
    basis
        Where they have agreed, to be shown when somebody asks for it.
    actor
        Who is asking; it is kept with the events.
    """
    if not is_address(email):
        remedy = "Give one plain address, such as ada@buyer.example."
        raise Refused(Fault("--email", email, "It is no address of mail.", remedy))
    if not (len(language) == LETTERS and language.isascii() and language.islower()):
        remedy = "Give a code of ISO 639-1 in two small letters, such as en or ko."
        raise Refused(Fault("--language", language, "No language is written like this.", remedy))
    wishes = ChangePreferences(customer_id, language, marketing, basis=basis)

    def reached(person: Person) -> Person:
        known = person.contact
        return replace(person, contact=replace(known, name=name or known.name, email=email))

    with opened(options) as shop:
        verdict = say(shop, customer_id, reached, country=country, also=(wishes,), actor=actor)
    data = {"customer_id": customer_id, "verdict": verdict, "marketing": marketing}
    emit(options, data, _render)


def _render(data: dict[str, Any]) -> RenderableType:
    what = {"handed_in": "It is handed to the engine that is running."}
    told = what.get(data["verdict"], "It is known.")
    return panel(f"How {data['customer_id']} is reached", [told], style="green")
