"""What an interchange asks for: who sent it, what can be taken, and why the rest cannot."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.edi import functional, order_850
from adapters.edi.finding import CORRECT, Finding, printable
from adapters.edi.functional import Judged, JudgedGroup
from adapters.edi.partners import Partner, Partners
from adapters.edi.verdict import Answered, Document, Verdict, blamed, sender_of
from adapters.edi.writing import RELEASE
from adapters.edi.x12 import CONTROL, WIDTHS, Group, Interchange, TransactionSet, of_envelope

ORDER, ANSWER = "850", "997"
GROUP_UNSUPPORTED, GROUP_VERSION, SET_REPEATED = "1", "2", "23"


def judge(
    interchange: Interchange, partners: Partners, repeated: str = ""
) -> Verdict[Interchange, JudgedGroup]:
    """Say what is in an interchange. `repeated` says why its control number cannot be taken.

    :raises Unreadable: if it comes from nobody that we know, or is not for us.
    """
    name, partner = sender_of(interchange, partners, "x12", "ISA", (8, 6))
    interchange = interchange._replace(
        findings=(*interchange.findings, *_not_agreed(interchange, partner, repeated))
    )
    groups: list[JudgedGroup] = []
    documents: list[Document] = []
    answers: list[Answered] = []
    for number, group in enumerate(interchange.groups, 1):
        if group.header.get(1) == "FA":
            answers += _answers(group)
            continue
        around = (*interchange.findings, *group.findings, *_wrong_group(group))
        stem = f"{interchange.key(name)}|{number}"
        sets = [
            _judged(each, group, f"{stem}.{place}", partner)
            for place, each in enumerate(group.sets, 1)
        ]
        groups.append(JudgedGroup(group, around, tuple(each for each, _ in sets)))
        documents += (blamed(document, around) for _, document in sets)
    return Verdict(name, partner, interchange, tuple(groups), tuple(documents), tuple(answers))


def _not_agreed(interchange: Interchange, partner: Partner, repeated: str) -> Iterator[Finding]:
    usage = interchange.header.get(15)
    if usage in ("P", "T") and usage != partner.usage:
        rule = f"Agreed on is the usage {partner.usage}; nothing of another is taken."
        yield of_envelope(interchange.header, 15, rule, "020")
    if repeated:
        yield of_envelope(interchange.header, 13, repeated, "025")


def _wrong_group(group: Group) -> Iterator[Finding]:
    header = group.header
    if header.get(1) != "PO":
        rule = "Purchase orders (PO) and acknowledgements (FA) are agreed on."
        yield _of_group(group, 1, rule, GROUP_UNSUPPORTED)
    if not header.get(8).startswith(RELEASE):
        yield _of_group(group, 8, f"Agreed on is release {RELEASE}.", GROUP_VERSION)


def _of_group(group: Group, element: int, rule: str, code: str) -> Finding:
    header = group.header
    value = header.get(element)
    return Finding("GS", header.place, element, value, rule, CORRECT, code, level="group")


def _judged(
    taken: TransactionSet, group: Group, document_id: str, partner: Partner
) -> tuple[Judged, Document]:
    findings = list(taken.findings)
    purchase, reference = None, ""
    if [each.control for each in group.sets].count(taken.control) > 1:
        rule = "The group has this control number twice."
        findings.append(_of_set(taken, 2, taken.control, rule, SET_REPEATED))
    if taken.kind != ORDER:
        rule = f"Agreed on is the transaction set {ORDER}."
        code = functional.SET_UNSUPPORTED
        findings.append(_of_set(taken, 1, taken.kind, rule, code))
    else:
        purchase, wrong = order_850.read(taken.segments, taken.signs, partner)
        findings += wrong
        reference = next((s.get(3) for s in taken.segments if s.tag == "BEG"), "")
    document = Document(
        document_id,
        printable(taken.kind),
        printable(reference),
        None if findings else purchase,
        tuple(findings),
    )
    return Judged(taken, tuple(findings)), document


def _of_set(taken: TransactionSet, element: int, value: str, rule: str, code: str) -> Finding:
    place = taken.segments[0].place
    return Finding("ST", place, element, value, rule, CORRECT, code, level="set")


def _answers(group: Group) -> Iterator[Answered]:
    """Read what a partner says of our groups; nobody acknowledges an acknowledgement."""
    for each in group.sets:
        about = next((s.get(2) for s in each.segments if s.tag == "AK1"), "")
        verdict = next((s.get(1) for s in each.segments if s.tag == "AK9"), "")
        if about.isdecimal() and len(about) <= WIDTHS[CONTROL] and verdict:
            yield Answered(about, verdict)
