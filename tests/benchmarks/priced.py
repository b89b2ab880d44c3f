"""Bars 1 to 3 once more: every order priced, discounted and taxed, and with a coupon on each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from oms_core.domain.coupon.commands import IssueCoupon
from oms_core.domain.order.commands import PlaceOrder
from oms_core.engine.cause import Cause
from oms_core.policies.config import Policies
from oms_core.policies.prices import Discount, OnDifference, PriceList, Step, Tariff
from oms_core.policies.pricing import Basket, Quotation, quote
from oms_core.policies.pricing import Wanted as Sold
from oms_core.policies.taxation import Rate, Rounding, Taxes, by_country_and_category
from tests.benchmarks import plain_sql
from tests.benchmarks.ceiling import copy_again
from tests.benchmarks.findings import Finding, ratios
from tests.benchmarks.placing import SCHEMA, Run, place_causes
from tests.benchmarks.stage import Stage
from tests.benchmarks.workload import ITEMS, Wanted, cause, fill_shelves, item_id, orders

BENCH = "priced"
CLIENTS = (4, 8)
COUPON = "WELCOME"
PLENTY = 1_000_000_000
ORDERS_PER_SECOND = 2_000.0
WAYS = ("given", "priced", "priced, with a coupon")
MIXES = ("spread", "hot")
BARS = {"spread": 2.0, "hot": 3.0}
STEPS = (Step(1, "9.99"), Step(12, "9.49"), Step(144, "8.99"))
TARIFF = Tariff(
    lists=tuple(
        PriceList(name, currency, 2, {item_id(n): STEPS for n in range(1, ITEMS + 1)})
        for name, currency in (("eur", "EUR"), ("usd", "USD"))
    ),
    discounts=(
        Discount("bulk", "Bulk", ppm=30_000, currency="EUR", least_minor=5_000),
        Discount("welcome", "Welcome", ppm=100_000, coupon=COUPON),
    ),
    taxes=Taxes(
        by_country_and_category(
            [Rate("FR", "", "standard", 200_000), Rate("DE", "", "standard", 190_000)]
        ),
        (),
        Rounding.LINE,
    ),
    on_difference=OnDifference.REJECT,
)
"""Whatever is not priced to the last cent is rejected, and the run fails."""


def priced(stage: Stage) -> Iterator[Finding]:
    """Place the same orders at given prices, at our own, and with a coupon that all share."""
    runs: dict[tuple[str, str], list[Run]] = defaultdict(list)
    ceilings: dict[str, list[float]] = defaultdict(list)
    rivals: dict[str, list[float]] = defaultdict(list)
    for number in range(stage.scale.rounds):
        for mix in MIXES:
            wanted = orders(mix, stage.scale.orders, f"p{number}")
            for way in WAYS:
                run, ceiling = _run(stage, way, _causes(way, wanted))
                runs[way, mix].append(run)
                ceilings[f"{way} {mix}"].append(ceiling)
            best = (plain_sql.run(stage, mix, stage.scale.orders, clients) for clients in CLIENTS)
            rivals[mix].append(max(run.orders_per_s for run in best))
    for way in WAYS:
        for mix in MIXES:
            yield from _found(
                f"{way}, {mix}", mix, runs[way, mix], ceilings[f"{way} {mix}"], rivals[mix]
            )
        hot, spread = ([run.orders_per_s for run in runs[way, mix]] for mix in ("hot", "spread"))
        yield Finding(BENCH, f"{way}, hot : spread", tuple(ratios(hot, spread)), "ratio", 0.9)


def _found(
    what: str,
    mix: str,
    runs: Sequence[Run],
    ceilings: Sequence[float],
    rivals: Sequence[float],
) -> Iterator[Finding]:
    speeds = [run.orders_per_s for run in runs]
    events = [run.events_per_s for run in runs]
    yield Finding(BENCH, what, tuple(speeds), "orders/s", ORDERS_PER_SECOND)
    yield Finding(
        BENCH, f"{what}: CPU of the client", tuple(run.client_us for run in runs), "µs/order"
    )
    yield Finding(BENCH, f"{what} : binary COPY", tuple(ratios(events, ceilings)), "ratio", 0.25)
    against = tuple(ratios(speeds, rivals))
    yield Finding(BENCH, f"{what} : psycopg without prices", against, "ratio", BARS[mix])


def _run(stage: Stage, way: str, causes: Sequence[Cause]) -> tuple[Run, float]:
    policies = Policies() if way == "given" else Policies(tariff=TARIFF)
    with stage.fresh_shop(SCHEMA) as shop, shop.engine(policies=policies) as engine:
        fill_shelves(engine)
        engine.handle([Cause(IssueCoupon(COUPON, PLENTY, PLENTY), "coupon", "benchmark")])
        with shop.log() as log:
            before = log.head()
        stage.settle()
        run = place_causes(stage, engine, causes)
        return run, copy_again(stage, SCHEMA, before)


def _causes(way: str, wanted: Sequence[Wanted]) -> list[Cause]:
    """Put orders in our words, at the prices that they will have; the same work for every way."""
    coupons = (COUPON,) if way.endswith("coupon") else ()
    return [_at_our_prices(cause(order), coupons) for order in wanted]


def _at_our_prices(placing: Cause, coupons: tuple[str, ...]) -> Cause:
    order = placing.command
    assert isinstance(order, PlaceOrder)
    quotation = _quoted(order, coupons)
    lines = tuple(
        replace(
            line,
            unit_price=price.unit_price,
            net_minor=price.net_minor,
            tax_minor=price.tax_minor,
            discount_minor=price.discount_minor,
        )
        for line, price in zip(order.lines, quotation.lines, strict=True)
    )
    (tender,) = order.tenders
    tenders = (replace(tender, amount_minor=quotation.total_minor),)
    return replace(placing, command=replace(order, lines=lines, tenders=tenders, coupons=coupons))


def _quoted(order: PlaceOrder, coupons: tuple[str, ...]) -> Quotation:
    sold = tuple(Sold(line.line_id, line.item_id, line.quantity) for line in order.lines)
    basket = Basket(
        sold,
        order.currency,
        order.channel,
        order.ship_to.country,
        "1970-01-01",
        customer_id=order.customer_id,
        coupons=coupons,
    )
    return quote(basket, TARIFF)
