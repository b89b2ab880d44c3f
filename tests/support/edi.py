"""Interchanges as a partner sends them, and the tools that judge ours."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mockedi import x12
from mockedi.validate import validate

from adapters.edi import partners
from adapters.edi.partners import Partners

ROOT = Path(__file__).parents[2]
PARTNERS = ROOT / "deploy" / "partners.toml"
NOW = 1_769_860_800_000_000

Line = tuple[str, ...]

HEADER: tuple[Line, ...] = (
    ("BEG", "00", "SA", "4500001", "", "20260131"),
    ("CUR", "BY", "USD"),
    ("REF", "DP", "038"),
    ("ITD", "01", "3", "", "", "", "", "30"),
    ("DTM", "002", "20260210"),
    ("N1", "BY", "Acme Stores", "92", "ACME"),
    ("N1", "ST", "Acme Store 42", "92", "0042"),
)
LINES: tuple[Line, ...] = (
    ("PO1", "1", "10", "EA", "9.95", "", "VP", "MUG"),
    ("PID", "F", "", "", "", "A mug"),
    ("PO1", "2", "3", "EA", "4.333", "", "BP", "ACM-0002", "VP", "CUP"),
)
TOTALS: tuple[Line, ...] = (("CTT", "2", "13"), ("AMT", "TT", "112.5"))
ORDER: tuple[Line, ...] = (*HEADER, *LINES, *TOTALS)


def profiles() -> Partners:
    """Return the partners that the deployment shows as an example."""
    return partners.load(PARTNERS)


def transaction_set(lines: Sequence[Line], control: str = "0001", kind: str = "850") -> list[Line]:
    """Put ST and SE around the lines of a document."""
    return [("ST", kind, control), *lines, ("SE", str(len(lines) + 2), control)]


def interchange(*sets: Sequence[Line], control: int = 77, ends: str = "~\n", **other: str) -> bytes:
    """Put envelopes around transaction sets; `other` replaces what the partner would say."""
    said = {
        "sender": "123456789",
        "receiver": "OMSSHOP",
        "usage": "P",
        "version": "00501",
        "release": "005010",
        "group": "PO",
    } | other
    isa = (
        *("ISA", "00", " " * 10, "00", " " * 10, "01", said["sender"].ljust(15)),
        *("ZZ", said["receiver"].ljust(15), "260131", "1030", "^", said["version"]),
        *(f"{control:09d}", "0", said["usage"], ">"),
    )
    gs = ("GS", said["group"], "ACMEPUR", "OMSSHOP", "20260131", "1030", str(control), "X")
    lines: list[Line] = [isa, (*gs, said["release"])]
    for each in sets:
        lines += each
    lines += [("GE", str(len(sets)), str(control)), ("IEA", "1", f"{control:09d}")]
    return "".join("*".join(line) + ends for line in lines).encode("latin-1")


JUDGE = """
import json, logging, sys
import edi_parser

logging.disable(logging.CRITICAL)
found = [edi_parser.validate_edi(each, "x12", "x12")["errors"] for each in json.load(sys.stdin)]
print(json.dumps([[str(error["message"]) for error in errors] for errors in found]))
"""


def bots(*contents: str) -> list[list[str]]:
    """Return what the Bots grammars (GPL: a process of its own) find wrong with interchanges.

    They know every segment of a set of 005010, its place, how often it may stand, and the kind and
    length of its elements; envelopes and counts too. They know no code lists, and not which
    elements go together.
    """
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", JUDGE],
        input=json.dumps(contents),
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    found: list[list[str]] = json.loads(ended.stdout.splitlines()[-1])
    return found


IN_DETAIL = "5"
"""Says only that segments are in error: which, is told beside it."""

BEYOND_MOCK = {"N9", "MTX", "PAM"}
"""Segments of the standard that mock-edi's dictionary does not have."""


def mock(content: str) -> list[str]:
    """Return what mock-edi finds wrong: it knows code lists, control numbers and counts.

    Its dictionary is that of 004010, and has not every segment.
    """
    report = validate(x12.parse(content))
    found = [each.note for each in report.interchange_findings]
    found += [note for _, note in report.envelope_errors]
    found += [note for errors in report.group_errors.values() for _, note in errors]
    for message in report.messages:
        found += [note for code, note in message.set_errors if code != IN_DETAIL]
        for segment in message.segments:
            if segment.tag not in BEYOND_MOCK:
                found += [f"{segment.tag} {segment.note}" * bool(segment.code)]
                found += [f"{segment.tag}{e.position:02d} {e.note}" for e in segment.elements]
    return [each for each in found if each]


def shown(findings: Sequence[Any]) -> list[tuple[str, str, str]]:
    """Return where findings are, the values and the codes."""
    return [(found.field, found.value, found.code) for found in findings]
