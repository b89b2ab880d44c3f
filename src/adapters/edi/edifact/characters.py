"""The repertoires of EDIFACT interchanges: which characters they have, and as which bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from adapters.edi.shape import Alphabet

_SIGNS = r" .,\-()/='+:?!\"%&*;<>"

ALPHABETS: Mapping[str, Alphabet] = {
    "UNOA": Alphabet("the capitals, digits and signs of UNOA", re.compile(f"[A-Z0-9{_SIGNS}]*")),
    "UNOB": Alphabet("the letters, digits and signs of UNOB", re.compile(f"[A-Za-z0-9{_SIGNS}]*")),
    "UNOC": Alphabet("printable characters of ISO 8859-1", re.compile("[ -~\xa0-\xff]*")),
    "UNOY": Alphabet("printable characters of UTF-8", re.compile("[^\x00-\x1f\x7f-\x9f\ufffd]*")),
}
"""Level A and B of ISO 9735, Latin alphabet no. 1, and ISO 10646 as UTF-8."""


def decoded(text: str, charset: str) -> str:
    """Return text of a character for each byte as what it says.

    Bytes that say nothing in UTF-8 become U+FFFD, which no alphabet has.
    """
    return text.encode("latin-1").decode("utf-8", "replace") if charset == "UNOY" else text
