"""`oms address`: a customer's name and address, sealed with the customer's own key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import RenderableType

from adapters.bootstrap import Shop
from adapters.cli.faults import Fault, Refused
from adapters.cli.following import follow
from adapters.cli.giving import hand
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, panel
from adapters.cli.sending import cause_id, refusal
from adapters.documents.party import Buyer, WrongParty, read_buyer
from adapters.postgres.privacy import vault_of
from oms_core.domain.customer.commands import ChangeContact, RegisterCustomer
from oms_core.domain.customer.events import ContactChanged, CustomerErased, CustomerRegistered
from oms_core.engine.cause import Cause, Verdict
from oms_core.kernel import Command

REMEDY = (
    'Write JSON such as {"name": "…", "street": "…", "city": "…", "country": "FR"}; '
    "street2, postal_code, vat_id, email, phone, contact and language (en, ko) may be added."
)


def address(customer_id: str, file: Path, *, actor: str = "cli", options: Common = PLAIN) -> None:
    """Say who a customer is: the name and address that invoices are made out to.

    They are encrypted with a key of the customer's own before anything is stored; `oms
    erase-customer` destroys that key. Saying the same again changes nothing.

    **Examples**

        oms address C1 address.json

    **Next:** `oms invoice NUMBER --pdf FILE` writes an invoice to the address.

    Parameters
    ----------
    customer_id
        Whose address it is; a customer that is not known is registered.
    file
        JSON with name, street, city and country, and what else there is to say.
    actor
        Who is asking; it is kept with the event.
    """
    buyer = _read(customer_id, file)
    with opened(options) as shop:
        command = _command(shop, customer_id, buyer)
        verdict = _verdict(shop, command, actor) if command else Verdict.UNCHANGED
    emit(options, {"customer_id": customer_id, "verdict": verdict}, _render)


def _read(customer_id: str, file: Path) -> Buyer:
    try:
        return read_buyer(file.read_text(encoding="utf-8"), customer_id)
    except OSError as error:
        rule = f"The file cannot be read: {error.strerror}."
        raise Refused(Fault("file", str(file), rule, REMEDY)) from None
    except UnicodeDecodeError:
        raise Refused(Fault("file", str(file), "It is not text in UTF-8.", REMEDY)) from None
    except WrongParty as error:
        raise Refused(Fault(error.field, error.value, error.rule, REMEDY)) from None


def _command(shop: Shop, customer_id: str, buyer: Buyer) -> Command | None:
    """Return what is to be asked; nothing if it is known already."""
    with shop.log() as log, shop.connection() as connection:
        events = [recorded.event for recorded in log.stream(f"customer:{customer_id}")]
        if any(isinstance(event, CustomerErased) for event in events):
            rule, remedy = "The customer was erased.", "Use a new customer_id, if they wish so."
            raise Refused(Fault("customer_id", customer_id, rule, remedy))
        known = [e for e in events if isinstance(e, CustomerRegistered | ContactChanged)]
        vault = vault_of(shop.settings, connection)
        text = buyer.model_dump_json()
        if known and known[-1].sealed and vault.open(customer_id, known[-1].sealed) == text:
            return None
        sealed = vault.seal(customer_id, text)
    if known:
        return ChangeContact(customer_id, sealed)
    return RegisterCustomer(customer_id, buyer.country, sealed)


def _verdict(shop: Shop, command: Command, actor: str) -> str:
    cause = Cause(command, cause_id(command), f"user:{actor}")
    answers = hand(shop, [cause])
    if answers is None:
        return "handed_in"
    answer = answers[0]
    if answer.verdict is Verdict.REJECTED:
        raise Refused(refusal(command, answer.code, answer.detail))
    follow(shop)
    return answer.verdict


def _render(data: dict[str, Any]) -> RenderableType:
    what = {"handed_in": "handed to the engine that runs"}.get(data["verdict"], data["verdict"])
    return panel(f"The contact of {data['customer_id']} is sealed", [what], style="green")
