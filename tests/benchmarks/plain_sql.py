"""Rival: plain SQL with psycopg, one transaction for an order, several processes at once.

Its best form, of those tried here: statements prepared, pipeline mode, so that an order takes two
round trips; rows are written before stock is locked; items are locked in ascending order, hence no
deadlock, and the hot one last, hence only for the end of the transaction. Each client is a process
of its own, with its orders made beforehand.
"""

from __future__ import annotations

import time
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from typing import NamedTuple

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from tests.benchmarks.placing import Run
from tests.benchmarks.rivals import SCHEMA, clear, lay_out
from tests.benchmarks.stage import Stage
from tests.benchmarks.workload import NET_MINOR, QUANTITY, TAX_MINOR, TOTAL_MINOR, Wanted, orders

ORDER = """
INSERT INTO orders (order_id, channel, reference, customer, currency, total_minor)
VALUES (%s, %s, %s, %s, %s, %s)
"""
LINES = """
INSERT INTO lines VALUES (%s, 1, %s, %s, %s, %s), (%s, 2, %s, %s, %s, %s), (%s, 3, %s, %s, %s, %s)
"""
PAYMENT = "INSERT INTO payments VALUES (%s, %s, %s, %s, %s)"
TAKE = "UPDATE stock SET available = available - %s WHERE item = %s AND available >= %s"


class _Share(NamedTuple):
    began: float
    ended: float
    cpu: float


def run(stage: Stage, mix: str, count: int, clients: int) -> Run:
    """Place orders over so many connections."""
    lay_out(stage)
    context = get_context("spawn")
    barrier, shares = context.Barrier(clients + 1), context.Queue()
    share = count // clients
    workers = [
        context.Process(target=_work, args=(stage.dsn, mix, share, n, barrier, shares))
        for n in range(clients)
    ]
    for worker in workers:
        worker.start()
    barrier.wait(timeout=60)
    server = stage.server_cpu()
    done = [shares.get(timeout=300) for _ in workers]
    server = stage.server_cpu() - server
    for worker in workers:
        worker.join()
    placed = share * clients
    clear(stage, placed)
    seconds = max(s.ended for s in done) - min(s.began for s in done)
    client = sum(s.cpu for s in done)
    return Run(placed / seconds, 1e6 * client / placed, 1e6 * server / placed)


def _work(dsn: str, mix: str, count: int, n: int, barrier: Barrier, shares: Queue[_Share]) -> None:
    wanted = orders(mix, count, f"client{n}")
    with psycopg.connect(dsn, autocommit=True, prepare_threshold=0) as connection:
        connection.execute(f"SET search_path = {SCHEMA}")
        barrier.wait()
        began, cpu = time.monotonic(), time.process_time()
        for order in wanted:
            _place(connection, order)
        shares.put(_Share(began, time.monotonic(), time.process_time() - cpu))


def _place(connection: Connection[TupleRow], wanted: Wanted) -> None:
    order_id = f"web:{wanted.reference}"
    header = (order_id, "web", wanted.reference, f"customer-{wanted.customer}", "EUR", TOTAL_MINOR)
    lines: tuple[object, ...] = ()
    for item in wanted.items:
        lines += (order_id, item, QUANTITY, NET_MINOR, TAX_MINOR)
    with connection.pipeline() as pipeline:
        connection.execute("BEGIN")
        connection.execute(ORDER, header)
        connection.execute(LINES, lines)
        connection.execute(PAYMENT, (f"{order_id}/p1", order_id, "card", TOTAL_MINOR, "requested"))
        taken = [connection.execute(TAKE, (QUANTITY, item, QUANTITY)) for item in wanted.items]
        pipeline.sync()
        met = all(cursor.rowcount == 1 for cursor in taken)
        connection.execute("COMMIT" if met else "ROLLBACK")
