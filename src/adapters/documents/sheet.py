"""Sheets of paper with the shop's foot, and what is drawn on them: text, rules and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from font_roboto import Roboto, RobotoBold
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos
from fpdf.fonts import TTFFont

from adapters.documents.document import Document, Unwritable
from adapters.documents.words import Language, Words

MARGIN_MM, WIDTH_MM, FOOT_MM = 20.0, 170.0, 28.0
ROW_MM = 5.0
PADDING_MM = 1.3
BLACK, GREY, RULE, TINT = (25, 25, 25), (95, 95, 95), (185, 185, 185), (241, 243, 246)
FAMILY = "sheet"
BUILT_IN = {"": str(Roboto), "B": str(RobotoBold)}

Column = tuple[str, float, str]
"""The name of its label, its width in mm, and where its text stands: L or R."""


class Sheet(FPDF):
    """Pages of one document."""

    def __init__(self, document: Document, words: Words, language: Language) -> None:
        """Take the seller's fonts, or those that are built in."""
        super().__init__(format="A4", enforce_compliance="PDF/A-3B")
        self.document, self.words = document, words
        fonts = document.seller.fonts
        for style, file in BUILT_IN.items():
            own = fonts and (fonts.bold if style else fonts.regular)
            self.add_font(FAMILY, style, own or file)
        self.set_lang(language)
        self.set_margins(MARGIN_MM, MARGIN_MM, MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=FOOT_MM)

    def close(self) -> None:
        """Let go of the files of the fonts."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    def header(self) -> None:
        """Say on every page but the first what it belongs to."""
        if self.page_no() > 1:
            self.say(self.title or "", 8.5, colour=GREY, height=5, end=True)
            self.ln(3)

    def footer(self) -> None:
        """Say who the seller is, and which page of how many this is."""
        seller, words = self.document.seller, self.words
        self.set_y(-FOOT_MM + 6)
        self.set_draw_color(*RULE)
        self.line(MARGIN_MM, self.get_y(), MARGIN_MM + WIDTH_MM, self.get_y())
        self.ln(1.5)
        number = f"{words.registration} {seller.registration}" if seller.registration else ""
        ids = (seller.name, number, f"{words.vat_id} {seller.vat_id}")
        self.say(" · ".join(filter(None, ids)), 7.5, colour=GREY, height=4, width=140)
        told = words.page.format(page=self.page_no(), pages="{nb}")
        self.say(told, 7.5, colour=GREY, height=4, width=WIDTH_MM - 140, align="R", end=True)
        if seller.footer:
            self.say(seller.footer, 7.5, colour=GREY, height=3.6, width=WIDTH_MM, wraps=True)

    def say(
        self,
        text: str,
        size: float,
        *,
        bold: bool = False,
        colour: tuple[int, int, int] = BLACK,
        width: float = WIDTH_MM,
        height: float = 5.4,
        align: Literal["L", "R"] = "L",
        fill: bool = False,
        wraps: bool = False,
        end: bool = False,
    ) -> None:
        """Write text in a box of this width; `wraps` in as many lines as it needs.

        :raises Unwritable: if the font lacks a sign.
        """
        self._take(size, bold=bold, colour=colour)
        self._require_signs(text)
        if wraps:
            self.multi_cell(width, height, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            return
        new_x, new_y = (XPos.LMARGIN, YPos.NEXT) if end else (XPos.RIGHT, YPos.TOP)
        self.cell(width, height, text, align=align, fill=fill, new_x=new_x, new_y=new_y)

    def table_head(self, columns: Sequence[Column]) -> None:
        """Draw the labels of a table."""
        self.set_fill_color(*TINT)
        for name, width, align in columns:
            label = str(getattr(self.words, name))
            self.say(
                label,
                8.5,
                bold=True,
                width=width,
                height=7,
                align="R" if align == "R" else "L",
                fill=True,
            )
        self.ln(7)

    def row_height(self, columns: Sequence[Column], cells: Sequence[str]) -> float:
        """Return how high a row is, in mm."""
        return self._tallest(columns, cells) + 2 * PADDING_MM

    def row(self, columns: Sequence[Column], cells: Sequence[str]) -> None:
        """Draw a row, as high as its longest cell needs, and a rule under it."""
        top, left = self.get_y(), self.get_x()
        bottom = top + self.row_height(columns, cells)
        for (_, width, align), text in zip(columns, cells, strict=True):
            self.set_xy(left, top + PADDING_MM)
            self._take(9)
            self._require_signs(text)
            self.multi_cell(width, ROW_MM, text, align=align)
            left += width
        self.set_draw_color(*RULE)
        self.line(MARGIN_MM, bottom, MARGIN_MM + sum(width for _, width, _ in columns), bottom)
        self.set_xy(MARGIN_MM, bottom)

    def _tallest(self, columns: Sequence[Column], cells: Sequence[str]) -> float:
        self._take(9)
        heights = [
            self.multi_cell(
                width, ROW_MM, text, align=align, dry_run=True, output=MethodReturnValue.HEIGHT
            )
            for (_, width, align), text in zip(columns, cells, strict=True)
        ]
        return max(float(str(height)) for height in heights)

    def _take(
        self, size: float, *, bold: bool = False, colour: tuple[int, int, int] = BLACK
    ) -> None:
        self.set_font(FAMILY, "B" if bold else "", size)
        self.set_text_color(*colour)

    def _require_signs(self, text: str) -> None:
        font = self.fonts[f"{FAMILY}{self.font_style}"]
        known = font.cmap if isinstance(font, TTFFont) else {}
        for sign in text:
            if ord(sign) not in known:
                rule = f"The font has no {sign} (U+{ord(sign):04X})."
                remedy = "Name fonts that have it in the seller's file, under [seller.fonts]."
                raise Unwritable("fonts", sign, rule, remedy)
