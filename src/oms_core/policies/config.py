"""The choices of one shop, in one place: given to the processes when the engine is put together."""

from __future__ import annotations

from oms_core.kernel import State
from oms_core.policies.patience import Patience
from oms_core.policies.prices import Tariff
from oms_core.policies.promising import Promising
from oms_core.policies.renewing import Renewing
from oms_core.policies.routing import Network, Site
from oms_core.policies.screening import Screening


class Policies(State, frozen=True):
    """What a shop may set without changing code.

    `vip_minor` is the spend that makes a VIP, by currency, in minor units. `invoice_series` and
    `credit_series` begin the names of the series that number invoices and credit notes: the legal
    entity, its country and the kind; the year follows. `dunning_days` are the days after its due
    date on which an open invoice is dunned, `blocking_level` the level from which its customer gets
    no more credit. `cart_units_max` is how many units of one item a customer may hold in all carts.
    `screening` says which orders look odd; without rules none does. `promising` says by when goods
    leave and arrive; without a version nothing is promised.
    `notices` are the kinds of notice that are sent, none if others write to the customers;
    `quiet_channels` are those whose customers may not be written to, and `review_days` is how long
    after a delivery they are asked what they think. `patience` says when an order has waited for
    too long, `renewing` when what lapses is authorized anew. With a `tariff` the prices of orders
    are compared with it.
    """

    network: Network = Network()
    routing_attempts_max: int = 5
    vip_minor: tuple[tuple[str, int], ...] = (
        ("EUR", 100_000),
        ("GBP", 100_000),
        ("USD", 100_000),
        ("JPY", 150_000),
        ("KRW", 1_500_000),
        ("KWD", 300_000),
    )
    invoice_series: str = "OMS-FR-INV"
    credit_series: str = "OMS-FR-CN"
    dunning_days: tuple[int, ...] = (7, 21, 35)
    blocking_level: int = 2
    cart_units_max: int = 100
    screening: Screening = Screening()
    promising: Promising = Promising()
    notices: tuple[str, ...] = ()
    quiet_channels: tuple[str, ...] = ("marketplace", "till")
    review_days: int = 14
    patience: Patience = Patience()
    renewing: Renewing = Renewing()
    tariff: Tariff | None = None

    def vip_mark(self, currency: str) -> int:
        """Return the spend in `currency` that makes a VIP, or 0 if there is none."""
        return dict(self.vip_minor).get(currency, 0)


EUROPE_AND_ASIA = Policies(
    network=Network(
        sites=(
            Site("LYON", "FR", 45.76, 4.84, 450, 2),
            Site("LEEDS", "GB", 53.80, -1.55, 480, 1),
            Site("BUSAN", "KR", 35.18, 129.08, 400, 1),
            Site("RENO", "US", 39.53, -119.81, 520, 1),
        ),
        countries=(
            ("FR", 46.6, 2.5),
            ("DE", 51.1, 10.4),
            ("GB", 52.8, -1.6),
            ("IT", 42.8, 12.8),
            ("ES", 40.0, -3.6),
            ("NL", 52.2, 5.3),
            ("KR", 36.4, 127.8),
            ("JP", 36.6, 138.0),
            ("KW", 29.3, 47.6),
            ("US", 39.8, -98.6),
        ),
    )
)
"""A shop with four warehouses: what the demonstration and the simulator run on."""
