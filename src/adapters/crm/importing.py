"""Customers of a CRM into the log: each record once, its last version, sealed beforehand.

What was agreed on counts by when it was: a consent that the CRM knows is not taken over one that
was given or withdrawn here later, and without a time only a withdrawal is taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import msgspec
from msgspec.structs import replace

from adapters.crm.record import CustomerRecord, Misfit
from adapters.personal import ERASED, Person, from_json, to_json
from adapters.postgres.privacy import UnreadableError, Vault
from oms_core.domain.customer import events as customer
from oms_core.domain.profile.commands import UpsertProfile
from oms_core.domain.profile.events import Consent, ProfileUpserted
from oms_core.effects.persons import Streams
from oms_core.effects.persons import records as persons
from oms_core.engine.cause import Answer, Cause, Verdict
from oms_core.kernel import CommandRefused, Instant, Recorded

BATCH_MAX = 500

Histories = dict[str, list[Recorded]]
"""What happened to streams, by their names."""

Hand = Callable[[Sequence[Cause]], Sequence[Answer] | None]
"""Lets causes be decided; None if they were handed to an engine that runs elsewhere."""

Row = tuple[int, CustomerRecord | Misfit]


class Outcome(msgspec.Struct):
    """What became of the records of a file. `consents_kept` are those that ours were newer than."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    handed_in: int = 0
    consents_kept: int = 0
    rejected: list[Misfit] = []


class _Known(msgspec.Struct):
    """What the log says of a customer and of a record about them."""

    sealed: bytes = b""
    erased: bool = False
    preferences: Recorded | None = None
    version: int = -1


class CustomerImport:
    """Takes the records of one source in."""

    def __init__(
        self, source: str, vault: Vault, log: Streams, hand: Hand, now: Instant, actor: str
    ) -> None:
        """Take in what `source` says; what it says of a time later than `now` is of now."""
        self._source, self._vault, self._log, self._hand = source, vault, log, hand
        self._now, self._actor = now, actor
        self.outcome = Outcome(rejected=[])

    def take(self, rows: Iterable[Row]) -> Outcome:
        """Take records in, batch by batch; what is known already changes nothing."""
        waiting = iter(rows)
        while batch := list(islice(waiting, BATCH_MAX)):
            self._take(batch)
        return self.outcome

    def _customer_id(self, record: CustomerRecord) -> str:
        return record.customer_id or self._profile_id(record)

    def _profile_id(self, record: CustomerRecord) -> str:
        return f"{self._source}:{record.external_ref}"

    def _take(self, batch: Sequence[Row]) -> None:
        self.outcome.rows += len(batch)
        records = [(number, r) for number, r in batch if isinstance(r, CustomerRecord)]
        self.outcome.rejected += [row for _, row in batch if isinstance(row, Misfit)]
        histories = self._histories(record for _, record in records)
        asked: list[tuple[int, Cause]] = []
        spoken_of: set[str] = set()
        for number, record in records:
            if self._person(record, histories)[0] in spoken_of:
                self._decide(asked)
                asked, spoken_of = [], set()
                histories = self._histories(record for _, record in records)
            person_id, about = self._person(record, histories)
            spoken_of.add(person_id)
            said = histories[f"profile:{self._profile_id(record)}"]
            command = self._command(number, record, person_id, _known(about, said))
            if command is not None:
                asked.append((number, self._cause(command, record)))
        self._decide(asked)

    def _histories(self, records: Iterable[CustomerRecord]) -> Histories:
        streams = {
            name
            for record in records
            for name in (
                f"customer:{self._customer_id(record)}",
                f"profile:{self._profile_id(record)}",
            )
        }
        histories: Histories = {name: [] for name in streams}
        for recorded in self._log.stream(*sorted(streams)) if streams else ():
            histories[recorded.stream].append(recorded)
        return histories

    def _person(
        self, record: CustomerRecord, histories: Histories
    ) -> tuple[str, Sequence[Recorded]]:
        """Return whom a record speaks of, and what happened to them: the survivor of merges."""
        customer_id = self._customer_id(record)
        history = histories[f"customer:{customer_id}"]
        if any(isinstance(recorded.event, customer.CustomerMerged) for recorded in history):
            return persons(self._log, customer_id)[-1]
        return customer_id, history

    def _cause(self, command: UpsertProfile, record: CustomerRecord) -> Cause:
        name = f"crm:{command.profile_id}@{command.version}"
        at = Instant(min(record.agreed_at or self._now, self._now))
        return Cause(command, name, self._actor, occurred_at=at)

    def _command(
        self, number: int, record: CustomerRecord, person_id: str, known: _Known
    ) -> UpsertProfile | None:
        """Return what is to be asked; nothing, if it is known, or cannot be."""
        customer_id = self._customer_id(record)
        if known.erased:
            self._reject(number, "customer_id", customer_id, "The customer was erased.")
            return None
        if record.counted <= known.version:
            self.outcome.unchanged += 1
            return None
        try:
            sealed = self._sealed(person_id, record, known)
        except UnreadableError as error:
            self._reject(number, "customer_id", customer_id, f"{error}.")
            return None
        return UpsertProfile(
            self._profile_id(record),
            self._source,
            record.external_ref,
            customer_id,
            record.counted,
            record.country,
            sealed,
            record.segments,
            self._consent(record, known),
            person_id if person_id != customer_id else "",
        )

    def _sealed(self, customer_id: str, record: CustomerRecord, known: _Known) -> bytes:
        """Return the contact data, if the record changes any; what it leaves out stays."""
        text = self._vault.open(customer_id, known.sealed) if known.sealed else None
        person = from_json(text) if text else Person()
        before = person.contact
        contact = replace(
            before,
            name=record.name or before.name,
            email=record.email or before.email,
            phone=record.phone or before.phone,
        )
        if contact == before:
            return b""
        return self._vault.seal(customer_id, to_json(replace(person, contact=contact)))

    def _consent(self, record: CustomerRecord, known: _Known) -> Consent | None:
        if record.marketing is None:
            return None
        before = known.preferences
        wanted = record.marketing and record.mail
        if before is not None:
            at = record.agreed_at
            if wanted if at is None else at <= before.occurred_at:
                self.outcome.consents_kept += 1
                return None
        said = before.event if before else None
        spoken = said.language if isinstance(said, customer.PreferencesChanged) else "en"
        language = record.language or spoken
        return Consent(language, record.marketing, record.consent_basis, record.mail)

    def _reject(self, number: int, field: str, value: str, rule: str) -> None:
        self.outcome.rejected.append(Misfit(number, field, value, rule))

    def _decide(self, asked: Sequence[tuple[int, Cause]]) -> None:
        """Let causes be decided, and count what became of them."""
        if not asked:
            return
        answers = self._hand([cause for _, cause in asked])
        if answers is None:
            self.outcome.handed_in += len(asked)
            return
        verdicts: Counter[str] = Counter()
        for (number, cause), answer in zip(asked, answers, strict=True):
            happened = {type(recorded.event) for recorded in answer.recorded}
            if refused := _erased_meanwhile(answer):
                self._vault.erase(_customer_of(cause))
                self._reject(number, "customer_id", _customer_of(cause), refused)
            elif answer.verdict in {Verdict.REJECTED, Verdict.PARKED}:
                rule = answer.detail or answer.code
                self._reject(number, answer.code, cause.cause_id, rule)
            elif customer.CustomerRegistered in happened:
                verdicts["created"] += 1
            else:
                verdicts["updated" if happened else "unchanged"] += 1
        self.outcome.created += verdicts["created"]
        self.outcome.updated += verdicts["updated"]
        self.outcome.unchanged += verdicts["unchanged"]


def _erased_meanwhile(answer: Answer) -> str:
    """Say that the customer was erased while the record was read; nothing, if it was not."""
    codes = {r.event.code for r in answer.recorded if isinstance(r.event, CommandRefused)}
    return "The customer was erased." if ERASED in codes else ""


def _customer_of(cause: Cause) -> str:
    assert isinstance(cause.command, UpsertProfile), "nothing else is asked"
    return cause.command.survivor_id or cause.command.customer_id


def _known(about: Iterable[Recorded], record: Iterable[Recorded]) -> _Known:
    """Return what two histories add up to."""
    known = _Known()
    for recorded in about:
        event = recorded.event
        if isinstance(event, customer.CustomerRegistered | customer.ContactChanged):
            known.sealed = event.sealed
        elif isinstance(event, customer.PreferencesChanged):
            known.preferences = recorded
        elif isinstance(event, customer.CustomerErased):
            known.erased = True
    for recorded in record:
        if isinstance(recorded.event, ProfileUpserted):
            known.version = recorded.event.version
    return known
