"""`oms contact`: how to reach a customer, sealed before it goes anywhere near the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import RenderableType

from adapters.cli.faults import Fault, Refused
from adapters.cli.following import follow
from adapters.cli.giving import hand
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, panel
from adapters.cli.sending import refusal
from adapters.email.contact import Contact, is_address, to_json
from adapters.postgres.privacy import Vault, vault_of
from oms_core.domain.customer.commands import ChangeContact, ChangePreferences, RegisterCustomer
from oms_core.engine.cause import Answer, Cause, Verdict
from oms_core.kernel import Command

ERASED = "customer.erased"
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
    and `oms erase-customer` destroys the key. Without `--marketing` nothing is advertised to them.

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
        How letters address them.
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
    with opened(options) as shop:
        with shop.connection() as connection:
            vault = vault_of(shop.settings, connection)
            sealed = vault.seal(customer_id, to_json(Contact(name, email)))
            commands: tuple[Command, ...] = (
                RegisterCustomer(customer_id, country, sealed),
                ChangeContact(customer_id, sealed),
                ChangePreferences(customer_id, language, marketing, basis=basis),
            )
            causes = [Cause(c, f"cli:contact:{customer_id}", f"user:{actor}") for c in commands]
            answers = hand(shop, causes) or []
            _check(vault, customer_id, commands, answers)
        follow(shop)
    data = {"customer_id": customer_id, "handed_in": not answers, "marketing": marketing}
    emit(options, data, _render)


def _check(
    vault: Vault, customer_id: str, commands: Sequence[Command], answers: Sequence[Answer]
) -> None:
    """Tell of a refusal; who was erased does not keep the key that sealing has made anew."""
    for command, answer in zip(commands, answers, strict=False):
        if answer.verdict is Verdict.REJECTED:
            if answer.code == ERASED:
                vault.erase(customer_id)
            raise Refused(refusal(command, answer.code, answer.detail))


def _render(data: dict[str, Any]) -> RenderableType:
    what = "It is handed to the engine that is running." if data["handed_in"] else "It is known."
    return panel(f"How {data['customer_id']} is reached", [what], style="green")
