"""The rules of a record of another system: its last version counts, and it stays one customer's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from operator import attrgetter

from oms_core.domain.profile import commands, events
from oms_core.kernel import Decider, Rejected, State, deciding, evolving
from oms_core.kernel.identity import is_language

Events = Iterator[events.ProfileUpserted]

SOURCE = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)
SEGMENT = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)
SEGMENTS_MAX = 20


class Profile(State, frozen=True):
    """Whose record it is, and which version of it counts. No version: there is no record yet."""

    customer_id: str = ""
    version: int | None = None


class UnusableProfile(Rejected):
    """A record names its source, itself, a customer and a version, and puts segments in words."""

    code = "profile.unusable"
    remedy = (
        "Name the record source:reference, give a version of 0 or more, a language in two small "
        "letters, and at most 20 segments in small letters, digits, - and _, each once."
    )


class RelinkedProfile(Rejected):
    """The record was another customer's."""

    code = "profile.relinked"
    remedy = "Merge the two customers, if they are one person; or give the record another name."


def upsert(command: commands.UpsertProfile, profile: Profile) -> Events:
    """Take a later version; an earlier one, or the same again, is no news."""
    if wrong := _wrong(command):
        raise UnusableProfile(f"{wrong} is {getattr(command, wrong)!r}.")
    if profile.version is not None and command.customer_id != profile.customer_id:
        raise RelinkedProfile(
            f"customer_id is {command.customer_id!r}, and was {profile.customer_id!r}."
        )
    if profile.version is None or command.version > profile.version:
        yield events.ProfileUpserted(
            command.profile_id,
            command.source,
            command.external_ref,
            command.customer_id,
            command.version,
            command.country,
            command.sealed,
            command.segments,
            command.consent,
            command.survivor_id,
        )


def _wrong(command: commands.UpsertProfile) -> str:
    """Return the field that cannot be so; empty, if all can."""
    segments, consent = command.segments, command.consent
    named = all(SEGMENT.fullmatch(segment) for segment in segments)
    told = {
        "source": SOURCE.fullmatch(command.source) is not None,
        "external_ref": command.external_ref != "",
        "profile_id": command.profile_id == f"{command.source}:{command.external_ref}",
        "customer_id": command.customer_id != "",
        "version": command.version >= 0,
        "segments": named and len(set(segments)) == len(segments) <= SEGMENTS_MAX,
        "consent": consent is None or is_language(consent.language),
    }
    return next((field for field, right in told.items() if not right), "")


def upserted(_: Profile, event: events.ProfileUpserted) -> Profile:
    """Know which version counts."""
    return Profile(event.customer_id, event.version)


profile = Decider(
    "profile",
    attrgetter("profile_id"),
    Profile(),
    deciding({commands.UpsertProfile: upsert}),
    evolving({events.ProfileUpserted: upserted}),
)
