"""What notices may say, and the letters that they become, kept as they should look.

`python -m tests.support.letters` writes the kept letters anew; look at what changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec.structs import replace

from adapters.email.rendering import Rendering, Words
from adapters.email.shop import Sender
from oms_core.domain.notice.events import Kind
from oms_core.effects.addressee import SPOKEN
from oms_core.effects.items import Item, Matter
from oms_core.kernel import Instant

FOLDER = Path(__file__).parents[1] / "golden" / "letters"
PICTURED = ("order_placed.en", "review_request.ko")
"""The letters of which HTML is kept too: together they show every part of the layout."""

SENDER = Sender(
    "Mug & Co", "https://shop.example", "care@shop.example or +33 4 00 00 00 00", "Asia/Seoul"
)
NAMES = {
    "ko": {"MUG": "유약 머그컵, 코발트 블루", "CAP": "울 모자 <한정판>", "POST": "기본 배송"},
    "en": {"MUG": "Glazed mug, cobalt blue", "CAP": "Wool cap <limited>", "POST": "Standard post"},
}
READERS = {"en": "Ada Lovelace", "ko": "김하늘"}

ITEMS = (
    Item("MUG", "MUG-BLUE", 3, 123_400),
    Item("CAP", "CAP-RED", 1, 2_450),
    Item("POST", "POST", 1, 499),
)
ORDER = Matter(
    order_id="web:1001",
    reference="1001",
    customer_id="C1",
    currency="EUR",
    items=ITEMS,
    net_minor=126_349,
    tax_minor=25_269,
    at=Instant(1_767_625_200_000_000),  # The evening of one day in Paris, the next in Seoul.
)
BARE = replace(ORDER, items=ITEMS[:2], net_minor=0, tax_minor=0)
DOCUMENT = replace(
    ORDER,
    reference="",
    at=Instant(0),
    number="OMS-FR-INV-2026-000001",
    issued_on="2026-01-31",
    due_on="2026-03-02",
    amount_minor=151_618,
)
CART = Matter(
    customer_id="C1",
    cart_id="web:c1",
    currency="EUR",
    items=ITEMS[:2],
    net_minor=125_850,
    tax_minor=25_170,
    at=ORDER.at,
)
MATTERS: Mapping[Kind, Matter] = {
    Kind.ORDER_PLACED: ORDER,
    Kind.ORDER_SHIPPED: replace(BARE, carrier="DHL", tracking="JJD0099999999"),
    Kind.ORDER_DELAYED: replace(BARE, items=ITEMS[1:2]),
    Kind.ORDER_CANCELLED: replace(BARE, whole=True),
    Kind.REFUNDED: replace(BARE, items=(), amount_minor=2_940),
    Kind.INVOICE_ISSUED: DOCUMENT,
    Kind.PAYMENT_REMINDER: replace(DOCUMENT, items=(), level=2),
    Kind.CART_ABANDONED: CART,
    Kind.CART_LEFT: CART,
    Kind.REVIEW_REQUEST: BARE,
    Kind.PROMISE_BROKEN: replace(BARE, due_on="2026-01-09"),
}


def in_won(matter: Matter) -> Matter:
    """Return the same in won, which have no minor unit."""
    return replace(matter, currency="KRW") if matter.currency else matter


def letter(kind: Kind, spoken: str, matter: Matter | None = None) -> Words:
    """Return the letter of a kind in a language."""
    said = matter or MATTERS[kind]
    rendering = Rendering(SENDER, spoken, NAMES[spoken])
    reader = "" if kind is Kind.CART_LEFT else READERS[spoken]
    return rendering.write(kind, in_won(said) if spoken == "ko" else said, reader)


def kept() -> Iterator[tuple[str, str]]:
    """Yield the name and content of every file that is kept."""
    for kind in Kind:
        for spoken in SPOKEN:
            words = letter(kind, spoken)
            yield f"{kind}.{spoken}.txt", f"{words.subject}\n\n{words.text}"
            if f"{kind}.{spoken}" in PICTURED:
                yield f"{kind}.{spoken}.html", words.html


def write() -> None:
    """Write what is kept."""
    FOLDER.mkdir(exist_ok=True)
    for name, content in kept():
        (FOLDER / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    write()
