"""What another system says of a customer goes on to the customer: known, reached, agreed."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from oms_core.domain.customer.commands import ChangeContact, ChangePreferences, RegisterCustomer
from oms_core.domain.customer.events import Channel
from oms_core.domain.profile.events import ProfileUpserted
from oms_core.kernel import Command, Event, Process


def react(event: Event, memory: None) -> Iterator[Command]:
    """Tell the customer; what the other system does not speak of stays as it is."""
    del memory
    assert isinstance(event, ProfileUpserted), "nothing else is heard"
    customer_id = event.survivor_id or event.customer_id
    yield RegisterCustomer(customer_id, event.country, event.sealed)
    if event.sealed:
        yield ChangeContact(customer_id, event.sealed)
    if event.consent is not None:
        agreed = event.consent
        channel = Channel.EMAIL if agreed.mail else Channel.NONE
        yield ChangePreferences(
            customer_id, agreed.language, agreed.marketing, channel, agreed.basis
        )


profiling: Process[None] = Process(
    "profiling", {ProfileUpserted: attrgetter("profile_id")}, react, None
)
