"""EDIFACT interchanges as a partner sends them, and the tools that read and judge ours."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from warnings import catch_warnings, simplefilter

from mockedi import edifact, schema
from mockedi.validate import validate
from pydifact.parser import Parser

HEADER: tuple[str, ...] = (
    "BGM+220+B-2026-7+9+AC",
    "DTM+137:20260131:102",
    "DTM+2:202602101200:203",
    "FTX+AAI+++Ring at the gate",
    "RFF+CT:8812",
    "NAD+BY+4012345000009::9",
    "RFF+VA:ATU12345678",
    "NAD+DP+4012345000016::9++Berg Filiale 2+Graben 1+Wien++1010+AT",
    "CUX+2:EUR:9",
    "PAT+1++5:3:D:30",
)
LINES: tuple[str, ...] = (
    "LIN+1++4006381333931:EN",
    "PIA+1+MUG:SA",
    "QTY+21:10:PCE",
    "MOA+203:99.5",
    "PRI+AAA:9.95",
    "LIN+2",
    "PIA+5+B-77:IN",
    "IMD+F++:::Cup ?'Zoe?+Bo?'",
    "QTY+21:3",
    "PRI+AAA:4.333:CT::1:PCE",
)
TOTALS: tuple[str, ...] = ("UNS+S", "MOA+79:112.5:EUR", "CNT+2:2", "CNT+1:13")
ORDER: tuple[str, ...] = (*HEADER, *LINES, *TOTALS)


def message(lines: Sequence[str], reference: str = "1", kind: str = "ORDERS:D:96A:UN") -> list[str]:
    """Put UNH and UNT around the segments of a document."""
    return [f"UNH+{reference}+{kind}", *lines, f"UNT+{len(lines) + 2}+{reference}"]


def interchange(
    *messages: Sequence[str],
    control: str = "77",
    advice: str = "",
    syntax: str = "UNOC:3",
    sender: str = "4012345000009:14",
    receiver: str = "5412345000013:14",
    test: str = "",
    ends: str = "'\n",
) -> bytes:
    """Put the envelope around messages."""
    lines = [f"UNB+{syntax}+{sender}+{receiver}+260131:1030+{control}{test}"]
    for each in messages:
        lines += each
    lines.append(f"UNZ+{len(messages)}+{control}")
    text = advice + "".join(line + ends for line in lines)
    return text.encode("utf-8" if syntax.startswith("UNOY") else "latin-1")


JUDGE = """
import codecs, json, logging, sys
import edi_parser
from edi_parser.core import inmessage
from edi_parser.grammars import edifact

edifact.__path__ += [f"{edifact.__path__[0]}/{directory}" for directory in ("D96A", "D01B")]

logging.disable(logging.CRITICAL)
codecs.register(lambda name: codecs.lookup("latin-1") if name.startswith("uno") else None)
found = []
for each in json.load(sys.stdin):
    inmessage.botslib.readdata_bin = lambda filename: each.encode("latin-1")
    report = edi_parser.validate_edi(each, "edifact", "edifact")
    found.append([str(error["message"]) for error in report["errors"]])
print(json.dumps(found))
"""
"""The edition of Bots that we have neither opens EDIFACT files by itself nor looks into the folders
of its grammars: it is handed the bytes, and told where to look."""


def bots(*contents: str) -> list[list[str]]:
    """Return what the Bots grammars (GPL: a process of its own) find wrong with interchanges.

    They know the messages of every directory, but not CONTRL, and not what a code means.
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


schema.EDIFACT_SYNTAX_ERRORS.update(
    {
        "2": "Syntax version or level not supported",
        "17": "No agreement",
        "19": "Invalid decimal notation",
        "21": "Invalid character(s)",
        "25": "Test indicator not supported",
        "33": "Invalid occurrence outside message, package or group",
    }
)
"""Codes of ISO 9735 (data element 0085) that mock-edi's dictionary leaves out."""

schema.MESSAGE_FUNCTION_CODES.update({"27": "Not accepted", "29": "Accepted without amendment"})
"""Codes of D.96A (data element 1225) that it leaves out, too."""


def mock(content: str) -> list[str]:
    """Return what mock-edi finds wrong: it knows CONTRL, code lists, references and counts."""
    report = validate(edifact.parse(content))
    found = [each.note for each in report.interchange_findings]
    found += [note for _, note in report.envelope_errors]
    for each in report.messages:
        found += [note for _, note in each.set_errors]
        for segment in each.segments:
            found += [f"{segment.tag} {segment.note}" * bool(segment.code)]
            found += [f"{segment.tag}{e.position:02d} {e.note}" for e in segment.elements]
    return [note for note in found if note]


Parts = tuple[tuple[str, ...], ...]


def read_by_pydifact(content: str) -> list[tuple[str, Parts]]:
    """Return the segments of a text, in components, as pydifact (MIT) takes them apart."""
    found = []
    with catch_warnings():
        simplefilter("ignore")  # It has no dictionary of every directory; we want its syntax only.
        segments = list(Parser().parse(content))
    for segment in segments:
        elements = [each if isinstance(each, list) else [each] for each in segment.elements]
        found.append((segment.tag, tuple(tuple(map(str, each)) for each in elements)))
    return found
