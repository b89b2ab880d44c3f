"""What an EDIFACT interchange asks for: who sent it, what can be taken, and why the rest cannot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from adapters.edi.edifact import orders
from adapters.edi.edifact.characters import ALPHABETS
from adapters.edi.edifact.interchange import (
    DUPLICATE,
    NOT_AGREED,
    TEST,
    Interchange,
    Message,
    is_reference,
    of_envelope,
    of_message,
)
from adapters.edi.edifact.reading import read
from adapters.edi.finding import Finding, printable
from adapters.edi.partners import Partner, Partners
from adapters.edi.verdict import Answered, Document, Verdict, blamed, sender_of

ORDER, ANSWER = orders.KIND, "CONTRL"
REJECTED, RECEIVED = "4", "8"
"""Codes of data element 0083: this level and all below it; the interchange has arrived."""

VERDICTS = {REJECTED: "R", "7": "A", RECEIVED: "A"}


class Judged(NamedTuple):
    """A message, and everything that is wrong with it."""

    message: Message
    findings: tuple[Finding, ...]


def judge(
    interchange: Interchange, partners: Partners, repeated: str = ""
) -> Verdict[Interchange, Judged]:
    """Say what is in an interchange. `repeated` says why its reference cannot be taken.

    :raises Unreadable: if it comes from nobody that we know, or is not for us.
    """
    name, partner = sender_of(interchange, partners, "edifact", "UNB", (3, 2))
    interchange = interchange._replace(
        findings=(*interchange.findings, *_not_agreed(interchange, partner, repeated))
    )
    messages: list[Judged] = []
    documents: list[Document] = []
    answers: list[Answered] = []
    for number, message in enumerate(interchange.messages, 1):
        if message.kind == ANSWER:
            answers += _answers(message)
            continue
        judged, document = _judged(
            message, interchange, f"{interchange.key(name)}|1.{number}", partner
        )
        messages.append(judged)
        documents.append(blamed(document, interchange.findings))
    return Verdict(name, partner, interchange, tuple(messages), tuple(documents), tuple(answers))


def _not_agreed(interchange: Interchange, partner: Partner, repeated: str) -> Iterator[Finding]:
    usage = "T" if interchange.header.get(11) == "1" else "P"
    if usage != partner.usage:
        rule = f"Agreed on is the usage {partner.usage}; nothing of another is taken."
        yield of_envelope(interchange.header, 11, rule, TEST)
    if repeated:
        yield of_envelope(interchange.header, 5, repeated, DUPLICATE)


def _judged(
    message: Message, interchange: Interchange, document_id: str, partner: Partner
) -> tuple[Judged, Document]:
    findings = list(message.findings)
    purchase, reference = None, ""
    if [each.control for each in interchange.messages].count(message.control) > 1:
        rule = "The interchange has this reference twice."
        findings.append(of_message(message.segments[0], 1, rule, DUPLICATE))
    if message.kind != ORDER or message.release not in orders.RELEASES:
        agreed = " or ".join(f"{ORDER}:{release}" for release in orders.RELEASES)
        rule = f"Agreed on is {agreed}."
        findings.append(of_message(message.segments[0], 2, rule, NOT_AGREED))
    elif interchange.charset in ALPHABETS:
        purchase, wrong = read(message, interchange.charset, partner)
        findings += wrong
        reference = next((s.get(2) for s in message.segments if s.tag == "BGM"), "")
    document = Document(
        document_id,
        printable(message.kind),
        printable(reference),
        None if findings else purchase,
        tuple(findings),
    )
    return Judged(message, tuple(findings)), document


def _answers(message: Message) -> Iterator[Answered]:
    """Read what a partner says of an interchange of ours; nobody acknowledges a CONTRL."""
    about = next((s for s in message.segments if s.tag == "UCI"), None)
    if about is None or about.get(4) not in VERDICTS:
        return
    verdict = VERDICTS[about.get(4)]
    parts = {s.get(3) for s in message.segments if s.tag == "UCM"}
    if verdict == "A" and REJECTED in parts:
        verdict = "P" if len(parts) > 1 else "R"
    if is_reference(about.get(1)) and about.get(1).isdecimal():
        yield Answered(about.get(1), verdict)
