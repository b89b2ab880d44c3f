"""Puts notices in words out of the log, as things stand when they are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from adapters.email.rendering import Rendering, Unwritable
from adapters.email.shop import Sender
from adapters.personal import Contact, Person, from_json, is_address
from adapters.postgres.privacy import UnreadableError
from oms_core.domain.notice.events import Kind, NoticeRequested, Why
from oms_core.domain.product.events import ProductRegistered
from oms_core.effects.addressee import Addressee, addressee, objection
from oms_core.effects.courier import Letter, Refused, Silence
from oms_core.effects.items import Matter
from oms_core.effects.matter import matter, streams_of
from oms_core.effects.persons import Streams, records


class Vault(Protocol):
    """Opens what was sealed."""

    def open(self, customer_id: str, sealed: bytes) -> str | None:
        """Decrypt what was sealed for a customer; nothing if the customer was erased.

        :raises UnreadableError: if it was sealed for someone else, or with another key.
        """


class MailClerk:
    """Reads what a notice is about, asks whether it may be sent, and writes it."""

    def __init__(
        self, log: Streams, vault: Vault, sender: Sender, merchant: str = "", language: str = "en"
    ) -> None:
        """Write for a shop; `merchant` is the address of its own staff, `language` theirs."""
        self._log, self._vault, self._sender = log, vault, sender
        self._merchant, self._language = merchant, language

    def write(self, request: NoticeRequested) -> Letter | Silence | Refused:
        """Return the letter, or why there is none: consent is asked for here, and not before."""
        about = matter(request, [r.event for r in self._log.stream(*streams_of(request))])
        if isinstance(about, Why):
            return Silence(about, request.customer_id)
        if request.kind is Kind.CART_LEFT:
            return self._compose(request, about, Contact(email=self._merchant), self._language)
        customer_id = about.customer_id or request.customer_id
        known = [
            addressee(each, (recorded.event for recorded in history))
            for each, history in records(self._log, customer_id)
        ]
        survivor = known[-1]
        if why := objection(request.kind, survivor):
            return Silence(why, customer_id)
        try:
            contact = self._contact(known, about)
        except UnreadableError as error:
            return Refused(str(error), final=True)
        return self._compose(request, about, contact, survivor.speaks(about.country))

    def _contact(self, known: Sequence[Addressee], about: Matter) -> Contact:
        """Return how to reach a customer; a guest has left an address on the order alone.

        `known` is their record and those that it was merged into: the survivor's goes first.
        """
        sealed_by = [(each.customer_id, each.sealed) for each in reversed(known)]
        for owner, sealed in (*sealed_by, (known[0].customer_id, about.sealed)):
            opened = self._vault.open(owner, sealed) if sealed else None
            contact = (from_json(opened) if opened is not None else Person()).reached
            if is_address(contact.email):
                return contact
        return Contact()

    def _compose(
        self, request: NoticeRequested, about: Matter, contact: Contact, language: str
    ) -> Letter | Silence | Refused:
        customer_id = about.customer_id or request.customer_id
        if not is_address(contact.email):
            return Silence(Why.NO_ADDRESS, customer_id)
        rendering = Rendering(self._sender, language, self._names(about))
        try:
            words = rendering.write(request.kind, about, contact.name.strip())
        except Unwritable as error:
            return Refused(str(error), final=True)
        return Letter(
            request.notice_id,
            customer_id,
            language,
            contact.email,
            words.subject,
            words.text,
            words.html,
            about.tells,
        )

    def _names(self, about: Matter) -> Mapping[str, str]:
        streams = sorted({f"product:{item.item_id}" for item in about.items})
        found = (recorded.event for recorded in self._log.stream(*streams)) if streams else ()
        return {
            event.item_id: event.name
            for event in found
            if isinstance(event, ProductRegistered) and event.name
        }
