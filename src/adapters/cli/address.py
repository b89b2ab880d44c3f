"""`oms address`: a customer's name and address, sealed with the customer's own key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec.structs import replace
from rich.console import RenderableType

from adapters.cli.faults import Fault, Refused
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, panel
from adapters.cli.sealing import say
from adapters.documents.party import Buyer, WrongParty, read_buyer
from adapters.personal import Billing, Person

REMEDY = (
    'Write JSON such as {"name": "…", "street": "…", "city": "…", "country": "FR"}; '
    "street2, postal_code, vat_id, email, phone, contact and language (en, ko) may be added."
)


def address(customer_id: str, file: Path, *, actor: str = "cli", options: Common = PLAIN) -> None:
    """Say who a customer is: the name and address that invoices are made out to.

    They are encrypted with a key of the customer's own before anything is stored; `oms
    erase-customer` destroys that key. What `oms contact` has said stays as it is. Saying the same
    again changes nothing.

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
    billing = Billing(**buyer.model_dump())

    def billed(person: Person) -> Person:
        return replace(person, billing=billing)

    with opened(options) as shop:
        verdict = say(shop, customer_id, billed, country=buyer.country, actor=actor)
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


def _render(data: dict[str, Any]) -> RenderableType:
    what = {"handed_in": "handed to the engine that runs"}.get(data["verdict"], data["verdict"])
    return panel(f"The contact of {data['customer_id']} is sealed", [what], style="green")
