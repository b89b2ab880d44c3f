"""Notices in words: one layout, and the words of each language in a file of its own.

A word that speaks of something that a notice does not have is an error, so that a test finds it; if
none does, the notice is kept for a person, and nobody gets a letter with a hole in it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from adapters.email.shop import Sender
from adapters.money import displayed
from oms_core.domain.notice.events import Kind
from oms_core.effects.items import Matter
from oms_core.kernel import Instant

FOLDER = Path(__file__).parent
LOCALES = {"en": "en_GB", "ko": "ko_KR"}
PRICED = frozenset({Kind.ORDER_PLACED, Kind.INVOICE_ISSUED, Kind.CART_ABANDONED, Kind.CART_LEFT})
"""Notices that say what their items cost, and what that adds up to."""


class Unwritable(Exception):
    """A letter cannot be put in words: they ask for something that the notice does not have."""


class Words(NamedTuple):
    """A letter in words."""

    subject: str
    text: str
    html: str


class Row(NamedTuple):
    """One item of a letter. `came` and `missing` are where to say whether it has arrived."""

    name: str
    sku: str
    quantity: int
    amount: str
    came: str = ""
    missing: str = ""


class Line(NamedTuple):
    """A word and what it stands for: a sum, or a detail such as a tracking number."""

    label: str
    value: str


@cache
def language(name: str) -> Mapping[str, Mapping[str, str]]:
    """Return the words of a language, by kind of notice; `common` are those of all."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def environment(*, html: bool) -> Environment:
    """Return where templates are found. What stands in HTML is escaped."""
    return Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=html,  # noqa: S701  (a text is no page)
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


class Rendering:
    """Puts what a notice says in words of one language."""

    def __init__(self, sender: Sender, spoken: str, names: Mapping[str, str]) -> None:
        """Write for a shop, in a language; `names` are those of items."""
        self._sender, self._spoken, self._names = sender, spoken, names
        self._locale = LOCALES[spoken]

    def write(self, kind: Kind, matter: Matter, reader: str) -> Words:
        """Return a letter to `reader`, a name that may be empty.

        :raises Unwritable: if the words ask for something that is not there.
        """
        try:
            return self._write(kind, matter, reader)
        except (TemplateError, KeyError, ValueError) as error:
            raise Unwritable(f"{kind} in {self._spoken!r}: {error}") from error

    def _write(self, kind: Kind, matter: Matter, reader: str) -> Words:
        common, words = language(self._spoken)["common"], language(self._spoken)[kind]
        known = self._known(matter, reader)
        said = {name: self._say(text, known) for name, text in {**common, **words}.items()}
        page = {
            "language": self._spoken,
            "words": said,
            "reader": reader,
            "shop": self._sender,
            "rows": self._rows(kind, matter),
            "sums": self._sums(kind, matter, said),
            "details": self._details(kind, matter, said),
            "link": self._link(kind, matter),
        }
        text = environment(html=False).get_template("mail.txt.j2").render(page)
        html = environment(html=True).get_template("mail.html.j2").render(page)
        return Words(" ".join(said["subject"].split()), text, html)

    def _say(self, text: str, known: Mapping[str, Any]) -> str:
        return environment(html=False).from_string(text).render(known)

    def _known(self, matter: Matter, reader: str) -> Mapping[str, Any]:
        """Return what words may speak of: only what this notice has."""
        known: dict[str, Any] = {
            "shop": self._sender.name,
            "contact": self._sender.contact,
            "reader": reader,
            "order": matter.reference or matter.order_id,
            "number": matter.number,
            "level": matter.level,
            "whole": matter.whole,
            "credit": matter.credit,
            "units": sum(item.quantity for item in matter.items),
            "customer": matter.customer_id,
            "cart": matter.cart_id,
        }
        if matter.currency:
            known["amount"] = self._money(matter.amount_minor, matter.currency)
            total = matter.net_minor + matter.tax_minor
            known["total"] = self._money(total, matter.currency)
        if matter.due_on:
            known["due"] = self._day(date.fromisoformat(matter.due_on))
        if matter.at:
            known["at"] = self._moment(matter.at)
        return {name: value for name, value in known.items() if value != "" or name == "reader"}

    def _money(self, amount_minor: int, currency: str) -> str:
        return displayed(amount_minor, currency, self._locale)

    def _day(self, day: date) -> str:
        return format_date(day, "long", locale=self._locale)

    def _moment(self, at: Instant) -> str:
        moment = datetime.fromtimestamp(at // 1_000_000, UTC)
        return self._day(moment.astimezone(ZoneInfo(self._sender.zone)).date())

    def _rows(self, kind: Kind, matter: Matter) -> list[Row]:
        return [
            Row(
                self._names.get(item.item_id, item.sku),
                item.sku,
                item.quantity,
                self._money(item.amount_minor, matter.currency) if kind in PRICED else "",
                *(
                    self._sender.link("reviews", matter.order_id, item.item_id, answer)
                    for answer in (("came", "missing") if kind is Kind.REVIEW_REQUEST else ())
                ),
            )
            for item in matter.items
        ]

    def _sums(self, kind: Kind, matter: Matter, said: Mapping[str, str]) -> list[Line]:
        """Return the sums under the items, the total last."""
        if kind not in PRICED:
            return []
        sums = [("total", matter.net_minor + matter.tax_minor)]
        if matter.tax_minor:
            sums = [("subtotal", matter.net_minor), ("tax", matter.tax_minor), *sums]
        return [Line(said[name], self._money(amount, matter.currency)) for name, amount in sums]

    def _details(self, kind: Kind, matter: Matter, said: Mapping[str, str]) -> list[Line]:
        reminded = kind is Kind.PAYMENT_REMINDER
        found = {
            "order": matter.reference or matter.order_id,
            "ordered_on": self._moment(matter.at) if matter.reference and matter.at else "",
            "number": matter.number,
            "issued_on": self._date(matter.issued_on),
            "due_on": "" if matter.credit or not matter.number else self._date(matter.due_on),
            "open": self._money(matter.amount_minor, matter.currency) if reminded else "",
            "carrier": matter.carrier,
            "tracking": matter.tracking,
        }
        return [Line(said[f"label_{name}"], value) for name, value in found.items() if value]

    def _date(self, text: str) -> str:
        return self._day(date.fromisoformat(text)) if text else ""

    def _link(self, kind: Kind, matter: Matter) -> str:
        """Return the address of the page that the letter leads to."""
        match kind:
            case Kind.CART_ABANDONED | Kind.CART_LEFT:
                return self._sender.link("carts", matter.cart_id)
            case Kind.INVOICE_ISSUED | Kind.PAYMENT_REMINDER:
                return self._sender.link("invoices", matter.number)
            case Kind.REVIEW_REQUEST:
                return self._sender.link("reviews", matter.order_id)
        return self._sender.link("orders", matter.order_id)
