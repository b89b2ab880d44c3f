"""The EDIFACT ORDERS (D.96A, D.01B): its form as we take it, and the purchase order that is in it.

What is not in the table was not agreed on, and is refused rather than passed over: an allowance
(ALC) changes what is owed, a split of a delivery (SCC) what is shipped when. References (RFF) have
to be well-formed; nothing depends on them.
"""

from __future__ import annotations

from adapters.edi.edifact.form import Composite, Form, maybe, needed
from adapters.edi.shape import Element, Use, must

KIND = "ORDERS"
RELEASES = ("D:96A:UN", "D:01B:UN")

REFERENCE_MAX = 35
UNUSED = Composite((Element("", "-", 0, 0),))

DOCUMENT_DATE, DELIVER_ON, DELIVER_LATEST = "137", "2", "63"
SHIP_ON, SHIP_LATEST = "10", "38"
DATES = frozenset({DOCUMENT_DATE, DELIVER_ON, DELIVER_LATEST, SHIP_ON, SHIP_LATEST})
FORMATS = frozenset({"102", "203"})
"""CCYYMMDD, and the same with HHMM, of which we take the day."""

BUYER = "BY"
DELIVERIES = ("DP", "ST")
TOTAL_LINES, TOTAL_UNITS = "2", "1"
NET_TOTAL, LINE_NET = "79", "203"


def text(ref: str, most: int) -> Element:
    """Return a text that may be there."""
    return Element(ref, "AN", 1, most)


def code(ref: str, *codes: str, most: int = 3) -> Element:
    """Return a code that must be there, one of those listed if any are."""
    return must(ref, "AN", 1, most, frozenset(codes))


_REFERENCE = Use("RFF", 10)
_FIGURE = must("5004", "R", 1, 18)
_ITEM = (text("7140", 35), text("7143", 3), text("1131", 17), text("3055", 3))
_PARTY = (must("3039", "AN", 1, 35), text("1131", 17), text("3055", 3))

ORDER = Form(
    (
        Use("UNH", required=True),
        Use("BGM", required=True),
        Use("DTM", 35, required=True),
        _REFERENCE,
        Use("NAD", 99, required=True, inner=(_REFERENCE,)),
        Use("CUX"),
        Use("PAT"),
        Use(
            "LIN",
            200_000,
            required=True,
            inner=(
                Use("PIA", 25),
                Use("QTY", required=True),
                Use("MOA"),
                Use("PRI", required=True),
                _REFERENCE,
            ),
        ),
        Use("UNS", required=True),
        Use("MOA"),
        Use("CNT", 2),
        Use("UNT", required=True),
    ),
    {
        "UNH": (
            needed(must("0062", "AN", 1, 14)),
            needed(
                code("0065", KIND, most=6),
                code("0052", "D"),
                code("0054", "96A", "01B"),
                code("0051", "UN", most=2),
                text("0057", 6),
            ),
        ),
        "BGM": (
            needed(code("1001", "220"), text("1131", 17), text("3055", 3), text("1000", 35)),
            needed(must("1004", "AN", 1, REFERENCE_MAX)),
            maybe(code("1225", "9")),
            maybe(text("4343", 3)),
        ),
        "DTM": (needed(code("2005", *DATES), must("2380", "AN", 8, 12), code("2379", *FORMATS)),),
        "RFF": (needed(must("1153", "AN", 1, 3), text("1154", 70), text("1156", 6)),),
        "NAD": (
            needed(must("3035", "AN", 2, 3)),
            maybe(*_PARTY),
            maybe(*(text("3124", 35),) * 5),
            maybe(must("3036", "AN", 1, 35), *(text("3036", 35),) * 4, text("3045", 3)),
            maybe(*(text("3042", 35),) * 4),
            maybe(text("3164", 35)),
            maybe(text("3229", 9), text("1131", 17), text("3055", 3), text("3228", 70)),
            maybe(text("3251", 17)),
            maybe(Element("3207", "AN", 2, 3)),
        ),
        "CUX": (
            needed(code("6347", "2"), must("6345", "AN", 3, 3), text("6343", 3), UNUSED.parts[0]),
        ),
        "PAT": (
            needed(code("4279", "1", "3")),
            UNUSED,
            needed(
                code("2475", "5"),
                text("2009", 3),
                code("2151", "D"),
                must("2152", "N0", 1, 3),
            ),
        ),
        "LIN": (
            needed(must("1082", "AN", 1, 6)),
            maybe(code("1229", "1")),
            maybe(*_ITEM),
        ),
        "PIA": (needed(code("4347", "1", "5")), needed(*_ITEM), *(maybe(*_ITEM),) * 4),
        "QTY": (needed(code("6063", "21"), must("6060", "R", 1, 15), text("6411", 3)),),
        "PRI": (
            needed(
                code("5125", "AAA"),
                must("5118", "R", 1, 15),
                text("5375", 3),
                text("5387", 3),
                Element("5284", "R", 1, 9),
                text("6411", 3),
            ),
        ),
        "MOA": (needed(code("5025", NET_TOTAL, LINE_NET), _FIGURE, text("6345", 3)),),
        "UNS": (needed(code("0081", "S", most=1)),),
        "CNT": (
            needed(
                code("6069", TOTAL_LINES, TOTAL_UNITS), must("6066", "R", 1, 18), text("6411", 3)
            ),
        ),
        "UNT": (needed(must("0074", "N0", 1, 6)), needed(must("0062", "AN", 1, 14))),
    },
)
