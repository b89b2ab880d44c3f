"""`oms erase-customer`: the key to a customer's personal data, destroyed for good."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import RenderableType

from adapters.cli.faults import Fault, Refused
from adapters.cli.following import follow
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, panel
from adapters.cli.sending import refusal
from adapters.postgres.privacy import vault_of
from oms_core.domain.customer.commands import EraseCustomer
from oms_core.effects.persons import all_ids
from oms_core.engine.cause import Cause, Verdict


def erase_customer(
    customer_id: str,
    *,
    yes: Annotated[bool, Parameter(negative="")] = False,
    actor: str = "cli",
    options: Common = PLAIN,
) -> None:
    """Destroy the key to a customer's personal data: nobody can read it any more, nor in copies.

    Who was merged is one person: the keys of the survivor and of every duplicate are destroyed.

    The events stay, with their numbers and their hashes; what was about the person is ciphertext
    without a key. It cannot be taken back.

    **Examples**

        oms erase-customer C1 --yes

    **Next:** `oms audit verify` shows that the log is still what was written.

    Parameters
    ----------
    customer_id
        Who is to be forgotten.
    yes
        Mean it.
    actor
        Who is asking; it is kept with the event.
    """
    if not yes:
        rule = "This destroys a key, and cannot be taken back."
        remedy = f"Say `oms erase-customer {customer_id} --yes` if you mean it."
        raise Refused(Fault("--yes", "", rule, remedy))
    command = EraseCustomer(customer_id)
    cause = Cause(command, f"cli:erase:{customer_id}", f"user:{actor}")
    with opened(options) as shop:
        with shop.engine() as engine:
            answer = engine.handle([cause])[0]
        if answer.verdict is Verdict.REJECTED:
            raise Refused(refusal(command, answer.code, answer.detail))
        with shop.connection() as connection, shop.log() as log:
            vault = vault_of(shop.settings, connection)
            ids = all_ids(log, customer_id)
            destroyed = [each for each in ids if vault.erase(each)]
        follow(shop)
    data = {
        "customer_id": customer_id,
        "ids": ids,
        "keys_destroyed": len(destroyed),
        "verdict": answer.verdict,
    }
    emit(options, data, _render)


def _render(data: dict[str, Any]) -> RenderableType:
    keys = data["keys_destroyed"]
    what = {0: "There was no key to destroy.", 1: "The key is destroyed."}
    told = what.get(keys, f"{keys} keys are destroyed, of {', '.join(data['ids'])}.")
    return panel(f"Customer {data['customer_id']} is forgotten", [told], style="green")
