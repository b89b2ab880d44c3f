"""`oms demo`: a shop out of nothing, lived through, and its boards."""

from __future__ import annotations

import time
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from adapters.cli.amounts import ago, whole
from adapters.cli.boards import show_boards
from adapters.cli.following import follow
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit
from adapters.cli.parsing import positive
from adapters.cli.simulating import simulated
from adapters.postgres.board_queries import boards, examples
from adapters.postgres.queries import ReadModels

ORDERS = 3_000
SEED = 2_026
ROWS = 6


def demo(*, orders: int = ORDERS, seed: int = SEED, options: Common = PLAIN) -> None:
    """Simulate a shop from nothing and show its boards.

    It starts the embedded PostgreSQL, lets some thousand orders live from placement to delivery
    and return, works out the read models, and shows them. A second time it only shows them: the
    orders are there already.

    **Examples**

        oms demo
        oms demo --orders 500 --seed 3

    **Next:** the last board names what to try, with ids out of your own data.

    Parameters
    ----------
    orders
        How many orders arrive.
    seed
        Which world: each number is another one.
    """
    positive("--orders", orders)
    begin = time.perf_counter()
    with opened(options) as shop:
        simulation = simulated(shop, orders, seed)
        follow(shop)
        with shop.connection() as connection:
            models = ReadModels(connection, shop.settings.views_schema)
            data = boards(models, ROWS)
            data["examples"] = examples(models, data)
    data["simulation"] = simulation
    data["seconds"] = round(time.perf_counter() - begin, 1)
    emit(options, data, _render)


def _render(data: dict[str, Any]) -> RenderableType:
    run = data["simulation"]
    summary = (
        f"{whole(run['placed'])} orders of seed {run['seed']} were lived through: "
        f"{whole(run['events'])} events; {ago(data['seconds'])} in all.\n"
    )
    return Group(Text(summary, "bold green"), show_boards(data))
