"""Saying something about a person: it is sealed beside what is known of them, part by part."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adapters.bootstrap import Shop
from adapters.cli.faults import Fault, Refused
from adapters.cli.following import follow
from adapters.cli.giving import hand
from adapters.cli.sending import cause_id, refusal
from adapters.personal import ERASED, Person, from_json, to_json
from adapters.postgres.privacy import UnreadableError, Vault, vault_of
from oms_core.domain.customer.commands import ChangeContact, RegisterCustomer
from oms_core.domain.customer.events import ContactChanged, CustomerErased, CustomerRegistered
from oms_core.engine.cause import Answer, Cause, Verdict
from oms_core.kernel import Command, Event


def say(
    shop: Shop,
    customer_id: str,
    part: Callable[[Person], Person],
    *,
    country: str,
    also: Sequence[Command] = (),
    actor: str,
) -> str:
    """Put a part of what is sealed about a customer in the place of what it was.

    A customer that is not known is registered, in `country`. `also` is asked after it.

    :returns: the verdict: `done`, `unchanged`, or `handed_in` to the engine that runs.
    :raises Refused: if the customer was erased, or what is known of them cannot be read.
    """
    with shop.log() as log, shop.connection() as connection:
        events = [recorded.event for recorded in log.stream(f"customer:{customer_id}")]
        vault = vault_of(shop.settings, connection)
        commands = (*_sealed(vault, customer_id, events, part, country), *also)
        if not commands:
            return Verdict.UNCHANGED.value
        causes = [Cause(command, cause_id(command), f"user:{actor}") for command in commands]
        answers = hand(shop, causes)
        if answers is None:
            return "handed_in"
        _check(vault, customer_id, commands, answers)
    follow(shop)
    done = any(answer.verdict is Verdict.DONE for answer in answers)
    return (Verdict.DONE if done else Verdict.UNCHANGED).value


def _sealed(
    vault: Vault,
    customer_id: str,
    events: Sequence[Event],
    part: Callable[[Person], Person],
    country: str,
) -> tuple[Command, ...]:
    """Return what is to be asked; nothing, if it is known already."""
    if any(isinstance(event, CustomerErased) for event in events):
        rule, remedy = "The customer was erased.", "Use a new customer_id, if they wish so."
        raise Refused(Fault("customer_id", customer_id, f"{rule} ({ERASED})", remedy))
    kept = [e.sealed for e in events if isinstance(e, CustomerRegistered | ContactChanged)]
    try:
        text = vault.open(customer_id, kept[-1]) if kept and kept[-1] else None
    except UnreadableError as error:
        remedy = "Check OMS_MASTER_KEY: nothing is sealed over what cannot be read."
        raise Refused(Fault("customer_id", customer_id, f"{error}.", remedy)) from None
    after = to_json(part(from_json(text) if text else Person()))
    if after == text:
        return ()
    sealed = vault.seal(customer_id, after)
    if kept:
        return (ChangeContact(customer_id, sealed),)
    return (RegisterCustomer(customer_id, country, sealed),)


def _check(
    vault: Vault, customer_id: str, commands: Sequence[Command], answers: Sequence[Answer]
) -> None:
    """Tell of a refusal; who was erased does not keep the key that sealing has made anew."""
    for command, answer in zip(commands, answers, strict=True):
        if answer.verdict is Verdict.REJECTED:
            if answer.code == ERASED:
                vault.erase(customer_id)
            raise Refused(refusal(command, answer.code, answer.detail))
