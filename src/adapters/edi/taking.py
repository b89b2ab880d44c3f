"""Taking interchanges in: each is entered once with what is in it, answered, and handed on.

Nothing is lost between two steps: what is entered and not yet handed on is handed on by the next
run, and asking the engine twice changes no more than asking once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple

from adapters.edi.book import Came, EdiBook, Entry, cause_of
from adapters.edi.dialect import Answer, Dialect, dialect_of
from adapters.edi.finding import Finding, Unreadable, printable
from adapters.edi.partners import Partners
from adapters.edi.purchase import CHANNEL, message_of
from adapters.edi.verdict import Document, Interchanged, Verdict
from adapters.intake.translation import command_of, order_id
from oms_core.engine.cause import Cause
from oms_core.kernel import Instant

Seal = Callable[[str, str], bytes]
"""Encrypts what is said about a customer."""

TAKEN, REFUSED, REPEATED, UNREADABLE = "taken", "refused", "repeated", "unreadable"


class Taken(NamedTuple):
    """What became of one interchange of a file."""

    file: str
    partner: str
    control: str
    state: str
    documents: int = 0
    accepted: int = 0
    findings: tuple[Finding, ...] = ()


class Taking:
    """What takes files into the book."""

    def __init__(self, book: EdiBook, partners: Partners, seal: Seal, now: Instant) -> None:
        """Enter into a book what comes from these partners."""
        self._book, self._partners, self._seal, self._now = book, partners, seal, now

    def take(self, file: str, data: bytes) -> list[Taken]:
        """Enter every interchange of a file, and what we say about its form."""
        taken: list[Taken] = []
        dialect = dialect_of(data)
        try:
            for interchange in dialect.interchanges(data):
                taken.append(self._one(file, interchange, dialect))  # noqa: PERF401  (what was taken stays)
        except Unreadable as error:
            taken.append(self._unreadable(file, data, error.finding))
        return taken

    def _one(self, file: str, interchange: Interchanged, dialect: Dialect) -> Taken:
        try:
            return self._known(file, interchange, dialect)
        except Unreadable as error:
            return self._unreadable(file, interchange.text.encode("latin-1"), error.finding)

    def _known(self, file: str, interchange: Interchanged, dialect: Dialect) -> Taken:
        with self._book.entering():
            verdict = dialect.judge(interchange, self._partners, "")
            known = self._book.digest(verdict.key)
            if known == interchange.digest:
                return Taken(file, verdict.name, interchange.control, REPEATED)
            if known is not None:
                rule = "Another interchange had this control number."
                verdict = dialect.judge(interchange, self._partners, rule)
                if self._book.digest(verdict.key) is not None:
                    return Taken(file, verdict.name, interchange.control, REPEATED)
            return self._enter(file, verdict, dialect)

    def _enter(self, file: str, verdict: Verdict[Any, Any], dialect: Dialect) -> Taken:
        interchange = verdict.interchange
        control = printable(interchange.control)
        state = REFUSED if verdict.refused else TAKEN
        content = interchange.text.encode("latin-1")
        entries = [self._entry(document, verdict) for document in verdict.documents]
        self._book.enter(
            Came(
                verdict.key,
                verdict.name,
                control,
                interchange.digest,
                content,
                file,
                state,
                verdict.refused,
            ),
            entries,
        )
        self._answer(verdict, dialect)
        accepted = sum(entry.cause is not None for entry in entries)
        findings = tuple(
            dict.fromkeys(
                found
                for found in (*verdict.refused, *(f for d in verdict.documents for f in d.findings))
            )
        )
        return Taken(file, verdict.name, control, state, len(entries), accepted, findings)

    def _entry(self, document: Document, verdict: Verdict[Any, Any]) -> Entry:
        cause, order = None, ""
        if document.purchase is not None:
            partner = verdict.partner
            sealed = self._seal(partner.customer_id, document.purchase.ship_to.address)
            message = message_of(document.purchase, verdict.name, partner, sealed)
            order = order_id(CHANNEL, message.external_ref)
            command = command_of(message, CHANNEL)
            name = cause_of(document.document_id)
            cause = Cause(command, name, f"partner:{verdict.name}", self._now)
        return Entry(
            document.document_id,
            verdict.name,
            document.kind,
            document.reference,
            order,
            cause,
            document.findings,
        )

    def _answer(self, verdict: Verdict[Any, Any], dialect: Dialect) -> None:
        """Say what we think of the form, and take note of what the partner thinks of ours."""
        for answer in verdict.answers:
            self._book.answered(verdict.name, answer.control, answer.verdict)
        for said in dialect.answers(verdict):
            self._send(verdict, said)

    def _send(self, verdict: Verdict[Any, Any], said: Answer) -> None:
        def render(number: int) -> str:
            return said.write(self._partners, verdict.partner, number, self._now)

        self._book.send(verdict.name, said.kind, said.subject, render)

    def _unreadable(self, file: str, data: bytes, finding: Finding) -> Taken:
        """Keep what nobody can be answered about, as it came."""
        digest = hashlib.sha256(data).digest()
        key = f"|{digest.hex()[:16]}"
        with self._book.entering():
            if self._book.digest(key) is not None:
                return Taken(file, "", "", REPEATED, findings=(finding,))
            came = Came(key, "", "", digest, data, file, UNREADABLE, (finding,))
            self._book.enter(came)
        return Taken(file, "", "", UNREADABLE, findings=(finding,))
