"""What became of an interchange, whatever it was written in: verdict, documents, answers."""

from __future__ import annotations

from typing import Generic, NamedTuple, Protocol, TypeVar

from adapters.edi.finding import Finding, Unreadable
from adapters.edi.partners import Partner, Partners
from adapters.edi.purchase import Purchase


class Interchanged(Protocol):
    """An interchange that was read; `text` has a character for each byte."""

    @property
    def text(self) -> str:
        """All of it."""

    @property
    def control(self) -> str:
        """Its number with the sender."""

    @property
    def digest(self) -> bytes:
        """What tells its text from every other."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with its envelope."""

    @property
    def sender(self) -> tuple[str, str]:
        """The qualifier and id of who has sent it."""

    @property
    def receiver(self) -> tuple[str, str]:
        """The qualifier and id of whom it was sent to."""

    def key(self, partner: str) -> str:
        """Return what makes it this interchange of a partner and no other."""


Taken = TypeVar("Taken", bound=Interchanged)
Part = TypeVar("Part")


class Answered(NamedTuple):
    """What a partner says of a group of ours: its number, and whether it was accepted."""

    control: str
    verdict: str


class Document(NamedTuple):
    """A document that has come: `purchase` is what is in it, if it can be taken."""

    document_id: str
    kind: str
    reference: str
    purchase: Purchase | None
    findings: tuple[Finding, ...]


class Verdict(NamedTuple, Generic[Taken, Part]):
    """An interchange, judged: what there is in it, and what is to be said about it.

    `parts` are what is acknowledged one by one: groups of X12, messages of EDIFACT.
    """

    name: str
    partner: Partner
    interchange: Taken
    parts: tuple[Part, ...]
    documents: tuple[Document, ...]
    answers: tuple[Answered, ...]

    @property
    def key(self) -> str:
        """What makes it this interchange and no other."""
        return self.interchange.key(self.name)

    @property
    def refused(self) -> tuple[Finding, ...]:
        """What is wrong with the envelope: nothing of the interchange is taken then."""
        return self.interchange.findings


def sender_of(
    interchange: Interchanged,
    partners: Partners,
    dialect: str,
    header: str,
    places: tuple[int, int],
) -> tuple[str, Partner]:
    """Return the partner that an interchange is from; it has to be for us.

    `places` are the elements of the header that name the receiver and the sender.

    :raises Unreadable: if it comes from nobody that we know, or is not for us.
    """
    us, (qualifier, number) = partners.ours(dialect), interchange.sender
    if interchange.receiver != (us.qualifier, us.id):
        rule = f"It is for {'/'.join(interchange.receiver)}; we are {us.qualifier}/{us.id}."
        remedy = "Hand it on, or correct `us`."
        value = interchange.receiver[1]
        raise Unreadable(Finding(header, 1, places[0], value, rule, remedy, level="file"))
    found = partners.sender(qualifier, number)
    if found is None or found[1].dialect != dialect:
        rule = f"No profile has the qualifier {qualifier} and the id {number} (dialect {dialect})."
        remedy = "Enter the partner, and take it again."
        raise Unreadable(Finding(header, 1, places[1], number, rule, remedy, level="file"))
    return found


def blamed(document: Document, findings: tuple[Finding, ...]) -> Document:
    """Blame what is around a document for it not being taken."""
    if not findings:
        return document
    return document._replace(purchase=None, findings=(*findings, *document.findings))
