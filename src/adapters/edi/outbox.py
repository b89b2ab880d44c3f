"""The folder that partners' interchanges are fetched from: one file for each of ours."""

from __future__ import annotations

import os
from pathlib import Path

from adapters.edi.book import EdiBook, Sent
from adapters.edi.edifact.writing import KINDS


def name_of(sent: Sent) -> str:
    """Return the name of a file: partner, control number and kind."""
    ending = "edi" if sent.kind in KINDS else "x12"
    return f"{sent.partner}-{sent.control:09d}-{sent.kind}.{ending}"


def write_out(book: EdiBook, folder: Path) -> list[Sent]:
    """Write what is not there yet, and return it. A file is whole or not there.

    :raises OSError: if the folder cannot be written to; what is left is written the next time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = [sent for sent in book.sent() if not sent.written]
    for sent in written:
        path = folder / name_of(sent)
        draft = path.with_suffix(".part")
        with draft.open("w", encoding="ascii", newline="") as file:
            file.write(sent.content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        book.wrote(sent)
    return written
