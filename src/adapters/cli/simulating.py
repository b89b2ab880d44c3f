"""`oms simulate`: a seeded shop whose channels place orders and live through them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import RenderableType

from adapters.bootstrap import Shop
from adapters.cli.amounts import ago, whole
from adapters.cli.faults import Fault, Refused
from adapters.cli.following import follow
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, panel, progress, styled
from adapters.cli.parsing import positive
from adapters.simulation.run import OtherOrders, OtherWorld
from adapters.simulation.run import simulate as run_simulation

ORDERS = 1_000
SEED = 1


def simulate(*, orders: int = ORDERS, seed: int = SEED, options: Common = PLAIN) -> None:
    """Let seeded channels place orders and live through them, from receipt to return.

    Web, marketplace, till and telephone sell in several countries and currencies; suppliers
    deliver, warehouses run short, cards are declined, customers cancel and send back. The same
    seed gives the same events. A run that was killed goes on where it was.

    **Examples**

        oms simulate --orders 1000 --seed 7
        oms simulate --orders 200 --seed 8 --json

    **Next:** `oms boards` shows the result, `oms rebuild --check` proves it from the log.

    Parameters
    ----------
    orders
        How many orders arrive.
    seed
        Which world: each number is another one.
    """
    positive("--orders", orders)
    with opened(options) as shop:
        data = simulated(shop, orders, seed)
        follow(shop)
    emit(options, data, render)


@contextmanager
def unsynced() -> Iterator[None]:
    """Let new connections not wait for the disk at each commit.

    A crash of the server then costs the last moments of a simulated world, never its order: the
    same command lives them again, as it does after a kill.
    """
    before = os.environ.get("PGOPTIONS")
    os.environ["PGOPTIONS"] = f"{before or ''} -c synchronous_commit=off".strip()
    try:
        yield
    finally:
        if before is None:
            del os.environ["PGOPTIONS"]
        else:
            os.environ["PGOPTIONS"] = before


def simulated(shop: Shop, orders: int, seed: int) -> dict[str, Any]:
    """Run a simulation with a progress bar, and return what came of it.

    :raises Refused: if the seed was used for another number of orders.
    """
    begin = time.perf_counter()
    with unsynced(), progress() as bars:
        task = bars.add_task("Simulating orders", total=orders)
        try:
            summary = run_simulation(
                shop,
                orders=orders,
                seed=seed,
                progress=lambda done, total: bars.update(task, completed=done, total=total),
            )
        except (OtherOrders, OtherWorld) as error:
            rule, _, remedy = str(error).partition(". ")
            raise Refused(Fault("--orders", str(orders), f"{rule}.", remedy)) from None
    seconds = time.perf_counter() - begin
    return {"seed": seed, "orders": orders, **summary._asdict(), "seconds": round(seconds, 2)}


def render(data: dict[str, Any]) -> RenderableType:
    """Show what came of a simulation."""
    rate = data["events"] / data["seconds"] if data["seconds"] else 0
    return panel(
        f"Simulated, seed {data['seed']}",
        [
            f"{whole(data['placed'])} orders placed, {whole(data['rejected'])} rejected",
            f"{whole(data['completed'])} completed, {whole(data['cancelled'])} cancelled",
            f"{whole(data['waiting'])} waiting for stock, a customer or a person",
            f"{whole(data['events'])} events in {ago(data['seconds'])}, {rate:,.0f} events/s",
            styled("Next: [cyan]oms boards[/cyan]"),
        ],
        style="green",
    )
