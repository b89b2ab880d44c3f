"""Letters as they should look, in each language: kept word for word, and without a hole."""

from __future__ import annotations

import re
from html import unescape

import pytest
from jinja2 import Environment, meta
from msgspec.structs import replace

from adapters.email.rendering import LOCALES, Rendering, Unwritable, language
from oms_core.domain.notice.events import Kind
from oms_core.effects.addressee import SPOKEN
from oms_core.effects.items import Item, Matter
from tests.support.letters import FOLDER, MATTERS, NAMES, ORDER, SENDER, kept, letter

every_kind = pytest.mark.parametrize("kind", Kind)
every_language = pytest.mark.parametrize("spoken", SPOKEN)


def seen(html: str) -> str:
    """Return what a reader sees of a page."""
    body = html.partition("<body")[2]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", f"<{body}")).split())


@pytest.mark.parametrize(("name", "content"), [pytest.param(*k, id=k[0]) for k in kept()])
def test_a_letter_is_as_it_is_kept(name: str, content: str):
    assert (FOLDER / name).read_text(encoding="utf-8") == content, (
        "look at it, then run `python -m tests.support.letters`"
    )


def test_no_letter_is_kept_of_a_kind_that_is_gone():
    assert {path.name for path in FOLDER.iterdir()} == {name for name, _ in kept()}


@every_kind
@every_language
def test_both_parts_of_a_letter_say_the_same(kind: Kind, spoken: str):
    words, matter = letter(kind, spoken), MATTERS[kind]
    page = seen(words.html)
    for item in matter.items:
        assert NAMES[spoken][item.item_id] in page
        assert NAMES[spoken][item.item_id] in words.text
    for part in (matter.tracking, matter.number, matter.reference, SENDER.name):
        assert part in page
        assert part in words.text
    assert set(re.findall(r"https://[^\s\"<]+", words.text)) == set(
        re.findall(r"href=\"(https://[^\"]+)\"", words.html)
    )


def test_all_languages_have_words_for_all_kinds_and_speak_of_the_same():
    assert set(LOCALES) == set(SPOKEN)
    texts = {spoken: language(spoken) for spoken in SPOKEN}
    assert {frozenset(words) for words in texts.values()} == {frozenset({"common", *Kind})}
    spoken_of = [
        {
            (kind, name): meta.find_undeclared_variables(Environment().parse(text))
            for kind, words in found.items()
            for name, text in words.items()
            if name not in ("lead", "subject", "heading", "note")
        }
        for found in texts.values()
    ]
    assert all(found == spoken_of[0] for found in spoken_of)


@pytest.mark.parametrize(
    "kind",
    [
        Kind.ORDER_PLACED,
        Kind.REFUNDED,
        Kind.INVOICE_ISSUED,
        Kind.PAYMENT_REMINDER,
        Kind.CART_ABANDONED,
        Kind.CART_LEFT,
    ],
)
@every_language
def test_a_word_without_its_meaning_is_an_error_and_no_letter(kind: Kind, spoken: str):
    rendering = Rendering(SENDER, spoken, {})
    with pytest.raises(Unwritable, match=f"{kind} in '{spoken}': .*(undefined|currency)"):
        rendering.write(kind, Matter(items=(Item("MUG", "MUG", 1),)), "")


@every_language
def test_what_customers_and_shops_are_called_cannot_change_the_page(spoken: str):
    tricky = '<script>alert("x")</script> {{ 77 * 77 }}'
    rendering = Rendering(SENDER._replace(name=tricky), spoken, {"MUG": tricky})
    words = rendering.write(Kind.ORDER_PLACED, ORDER, tricky)
    assert "<script" not in words.html
    assert "5929" not in words.subject + seen(words.html)
    assert tricky in words.text


@every_language
def test_without_a_site_a_letter_has_no_links(spoken: str):
    rendering = Rendering(SENDER._replace(site=""), spoken, {})
    for kind, matter in MATTERS.items():
        words = rendering.write(kind, matter, "")
        assert "http" not in words.text
        assert "href" not in words.html


def test_amounts_and_dates_are_written_as_readers_write_them():
    english, korean = (letter(Kind.ORDER_PLACED, spoken) for spoken in ("en", "ko"))
    assert "€1,234.00" in english.text
    assert "€1,516.18" in english.text
    assert "₩123,400" in korean.text
    assert "6 January 2026" in english.text
    assert "2026년 1월 6일" in korean.text
    dinars = letter(Kind.ORDER_PLACED, "en", replace(ORDER, currency="KWD"))
    assert "KWD151.618" in dinars.text


def test_a_day_is_that_of_the_shop_and_not_of_greenwich():
    paris = Rendering(SENDER._replace(zone="Europe/Paris"), "en", {})
    assert "5 January 2026" in paris.write(Kind.ORDER_PLACED, ORDER, "").text


@pytest.mark.parametrize(
    ("kind", "change", "subject"),
    [
        (Kind.ORDER_CANCELLED, {"whole": True}, "Your order 1001 is cancelled"),
        (Kind.ORDER_CANCELLED, {"whole": False}, "Items of your order 1001 are cancelled"),
        (Kind.INVOICE_ISSUED, {"credit": True}, "Credit note OMS-FR-INV-2026-000001"),
        (Kind.INVOICE_ISSUED, {}, "Invoice OMS-FR-INV-2026-000001"),
        (
            Kind.PAYMENT_REMINDER,
            {"level": 1},
            "Reminder: invoice OMS-FR-INV-2026-000001 is overdue",
        ),
        (
            Kind.PAYMENT_REMINDER,
            {"level": 2},
            "Reminder 2: invoice OMS-FR-INV-2026-000001 is overdue",
        ),
    ],
)
def test_the_subject_says_what_it_is_about(kind: Kind, change: dict[str, object], subject: str):
    assert letter(kind, "en", replace(MATTERS[kind], **change)).subject == subject


def test_a_credit_note_asks_for_nothing():
    note = letter(Kind.INVOICE_ISSUED, "en", replace(MATTERS[Kind.INVOICE_ISSUED], credit=True))
    assert "We have credited €1,516.18 to your account." in note.text
    assert "Due on" not in note.text
    assert "pay" not in note.text
