"""What an invoice's events add up to."""

from __future__ import annotations

from enum import StrEnum

from rpds import HashTrieSet

from oms_core.domain.invoice.events import Content
from oms_core.kernel import Instant, State


class Standing(StrEnum):
    """How far the document has come."""

    NONE = "none"
    DRAFT = "draft"
    NUMBERING = "numbering"
    OPEN = "open"
    SETTLED = "settled"
    WRITTEN_OFF = "written_off"
    VOID = "void"


ISSUED = frozenset({Standing.OPEN, Standing.SETTLED, Standing.WRITTEN_OFF})
"""The standings of a document that is out and counts."""


class Invoice(State, frozen=True):
    """One document. `applied` and `corrections` name what it has taken into account: a few.

    `corrected_minor` is what was credited before tax by corrections.
    """

    standing: Standing = Standing.NONE
    content: Content | None = None
    series_id: str = ""
    number: str = ""
    issued_on: str = ""
    due_on: str = ""
    open_minor: int = 0
    level: int = 0
    dun_at: Instant = Instant(0)
    corrected_minor: int = 0
    applied: HashTrieSet[str] = HashTrieSet()
    corrections: HashTrieSet[str] = HashTrieSet()

    @property
    def terms(self) -> Content:
        """What the document says; there is nothing to ask of one that was never drafted."""
        assert self.content is not None
        return self.content
