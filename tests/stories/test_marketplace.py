"""A marketplace follows our stock: late, twice and in any order, it ends with what there is."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from adapters.bootstrap import Shop, open_shop
from adapters.postgres.offers import Offer, Offers
from adapters.postgres.projections import Projector, install
from adapters.settings import Settings
from oms_core.domain.order.commands import CancelOrder
from oms_core.domain.order.events import CancellationReason, TenderMethod
from oms_core.domain.product.commands import DiscontinueProduct, RegisterProduct
from oms_core.domain.stock.commands import AdjustStock, SetRingFence
from oms_core.domain.stock.events import AdjustmentReason
from oms_core.engine.application import Engine
from oms_core.engine.catalog import BY_CATEGORY
from tests.support.shop import ask, must, placement, receipt, shopping
from tests.support.terminal import faults, oms

CHANNEL = "marketplace"


class Marketplace:
    """A marketplace that keeps, for each item, what it was told under the greatest number."""

    def __init__(self) -> None:
        """Begin with nothing on offer."""
        self.told: dict[str, Offer] = {}

    def hear(self, offer: Offer) -> None:
        """Take an offer, unless a newer one is known."""
        known = self.told.get(offer.item_id)
        if known is None or known.sequence < offer.sequence:
            self.told[offer.item_id] = offer

    @property
    def on_sale(self) -> dict[str, int]:
        """How many units of each item may be sold."""
        return {item_id: offer.quantity for item_id, offer in self.told.items()}


class Feed:
    """The feed of a shop at work."""

    def __init__(self, shop: Shop, engine: Engine) -> None:
        """Open the shop's read models and offers."""
        self.engine, self._shop = engine, shop

    def offers(self, after: int = 0, limit: int = 1_000) -> list[Offer]:
        """Return what has changed after a number, with read models that are up to date."""
        views = self._shop.settings.views_schema
        with self._shop.connection() as connection, self._shop.log() as log:
            install(connection, schema=views)
            Projector(connection, log, schema=views).catch_up()
            feed = Offers(connection, self._shop.settings.log_schema, views)
            feed.refresh(CHANNEL)
            return feed.since(CHANNEL, after, limit)

    def promised(self, item_id: str) -> int:
        """Return what stock itself would grant the channel."""
        with self._shop.log() as log:
            history = log.stream(f"stock:{item_id}")
        return BY_CATEGORY["stock"].fold(each.event for each in history).available(CHANNEL)


@pytest.fixture
def settings(dsn: str, schema: str) -> Settings:
    """The settings of a shop of this test's own."""
    return Settings(dsn=dsn, log_schema=schema, views_schema=f"{schema}_views")


@pytest.fixture
def feed(settings: Settings) -> Iterator[Feed]:
    """A shop with ten mugs and four cups."""
    with open_shop(settings) as shop, shop.engine() as engine:
        must(engine, RegisterProduct("MUG", "mug-blue", "A mug"), receipt("MUG", 10))
        must(engine, receipt("CUP", 4, "LEEDS"))
        yield Feed(shop, engine)


def happenings() -> Iterator[list[object]]:
    """Yield what happens to a shop, one after the other."""
    yield [placement(1, ("MUG", 3), method=TenderMethod.CASH)]
    yield [SetRingFence("MUG", CHANNEL, 2), SetRingFence("CUP", "web", 1)]
    yield list(shopping("web:c1", ("CUP", 2)))
    yield [placement(2, ("MUG", 4), channel=CHANNEL)]
    yield [CancelOrder("web:1", CancellationReason.CUSTOMER)]
    yield [AdjustStock("CUP", "A-1", "LEEDS", -4, AdjustmentReason.DAMAGED)]
    yield [receipt("CUP", 5, "LEEDS", document="R2")]


def test_what_is_offered_is_what_stock_would_grant_the_channel(feed):
    seen = []
    for commands in happenings():
        ask(feed.engine, *commands)
        offers = {offer.item_id: offer.quantity for offer in feed.offers()}
        assert offers == {item: feed.promised(item) for item in ("MUG", "CUP")}
        seen.append((offers["MUG"], offers["CUP"]))
    assert len(set(seen)) > 4


def test_late_repeated_and_reordered_offers_end_with_what_there_is(feed):
    said, after = feed.offers(), 0
    for commands in happenings():
        ask(feed.engine, *commands)
        said += feed.offers(after)
        after = max(offer.sequence for offer in said)
    right = {item: feed.promised(item) for item in ("MUG", "CUP")}
    for seed in range(50):
        chance, marketplace = Random(seed), Marketplace()
        heard = [*said, *chance.choices(said, k=len(said))]
        chance.shuffle(heard)
        for offer in heard:
            marketplace.hear(offer)
        assert marketplace.on_sale == right


def test_a_number_is_given_once_and_only_to_what_has_changed(feed):
    first = feed.offers()
    assert [(o.item_id, o.sku, o.quantity, o.sequence) for o in first] == [
        ("CUP", "CUP", 4, 1),
        ("MUG", "mug-blue", 10, 1),
    ]
    assert feed.offers() == first
    assert feed.offers(after=1) == []
    must(feed.engine, receipt("MUG", 1, document="R2"))
    assert [(o.item_id, o.quantity, o.sequence) for o in feed.offers(after=1)] == [("MUG", 11, 2)]


def test_items_that_changed_together_are_told_together(feed):
    assert [offer.item_id for offer in feed.offers(limit=1)] == ["CUP", "MUG"]


def test_what_is_discontinued_is_offered_no_more(feed):
    must(feed.engine, DiscontinueProduct("MUG"))
    assert {offer.item_id: offer.quantity for offer in feed.offers()} == {"MUG": 0, "CUP": 4}


def test_the_command_line_tells_it_and_where_to_go_on(feed, settings, monkeypatch):
    monkeypatch.setenv("OMS_DSN", settings.dsn)
    monkeypatch.setenv("OMS_LOG_SCHEMA", settings.log_schema)
    monkeypatch.setenv("OMS_VIEWS_SCHEMA", settings.views_schema)
    feed.offers()
    told = oms("offers", CHANNEL, "--json")
    assert [(row["item_id"], row["quantity"]) for row in told.data["offers"]] == [
        ("CUP", 4),
        ("MUG", 10),
    ]
    assert told.data["sequence"] == 1
    assert oms("offers", CHANNEL, "--after", "1", "--json").data == {"offers": [], "sequence": 1}
    assert faults(oms("offers", CHANNEL, "--after", "-1", "--json")) == [("--after", "-1")]
