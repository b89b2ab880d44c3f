"""Rival: one PL/pgSQL function for an order, called by pgbench.

Its best form: the function's plans are cached, its call is prepared, pgbench is a C program with
two threads. As in the other rival, rows are written before stock is locked, and items are locked in
ascending order, the hot one last. pgbench draws the items from the same distribution.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.meter import children_cpu
from tests.benchmarks.placing import Run
from tests.benchmarks.rivals import SCHEMA, clear, lay_out
from tests.benchmarks.stage import Stage
from tests.benchmarks.workload import (
    CUSTOMERS,
    HOT,
    ITEMS,
    NET_MINOR,
    QUANTITY,
    TAX_MINOR,
    TOTAL_MINOR,
)

THREADS = 2

FUNCTION = f"""
SET search_path = {SCHEMA};
CREATE FUNCTION place(number bigint, buyer int, items int[]) RETURNS void
LANGUAGE plpgsql SET search_path = {SCHEMA} AS $$
DECLARE
    id text := 'web:' || number;
    wanted int;
BEGIN
    INSERT INTO orders (order_id, channel, reference, customer, currency, total_minor)
    VALUES (id, 'web', number::text, 'customer-' || buyer, 'EUR', {TOTAL_MINOR});
    INSERT INTO lines VALUES
        (id, 1, items[1], {QUANTITY}, {NET_MINOR}, {TAX_MINOR}),
        (id, 2, items[2], {QUANTITY}, {NET_MINOR}, {TAX_MINOR}),
        (id, 3, items[3], {QUANTITY}, {NET_MINOR}, {TAX_MINOR});
    INSERT INTO payments VALUES (id || '/p1', id, 'card', {TOTAL_MINOR}, 'requested');
    FOREACH wanted IN ARRAY items LOOP
        UPDATE stock SET available = available - {QUANTITY}
        WHERE item = wanted AND available >= {QUANTITY};
        IF NOT FOUND THEN
            RAISE EXCEPTION 'item % is short', wanted;
        END IF;
    END LOOP;
END $$
"""

NUMBER = """
\\set count :count + 1
\\set number :client_id * 1000000000 + :count
\\set buyer random(0, {customers})
"""
DRAW = {
    "spread": f"""
\\set a random(1, {ITEMS})
\\set b random(1, {ITEMS})
\\set c random(1, {ITEMS})
\\set low least(:a, :b, :c)
\\set high greatest(:a, :b, :c)
\\set middle :a + :b + :c - :low - :high
""",
    "hot": f"""
\\set a random(1, {HOT - 1})
\\set b random(1, {HOT - 1})
\\set low least(:a, :b)
\\set middle greatest(:a, :b)
\\set high {HOT}
""",
}
CALL = f"SELECT {SCHEMA}.place(:number, :buyer, ARRAY[:low, :middle, :high]::int[]);\n"


def run(stage: Stage, mix: str, count: int, clients: int) -> Run:
    """Place orders over so many connections."""
    lay_out(stage)
    with stage.connect() as connection:
        connection.execute(FUNCTION)
    share = count // clients
    placed = share * clients
    with TemporaryDirectory() as folder:
        script = Path(folder) / "place.sql"
        script.write_text(NUMBER.format(customers=CUSTOMERS) + DRAW[mix] + CALL)
        client, server = children_cpu(), stage.server_cpu()
        report = _pgbench(stage, script, clients, share)
        client, server = children_cpu() - client, stage.server_cpu() - server
    clear(stage, placed)
    return Run(_rate(report), 1e6 * client / placed, 1e6 * server / placed)


def _pgbench(stage: Stage, script: Path, clients: int, share: int) -> str:
    command = (
        *(str(stage.program("pgbench")), "--no-vacuum", "--protocol=prepared"),
        *(f"--client={clients}", f"--jobs={THREADS}", f"--transactions={share}"),
        *("--define=count=0", f"--file={script}", stage.dsn),
    )
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise RuntimeError(f"pgbench failed: {done.stderr}")
    return done.stdout


def _rate(report: str) -> float:
    found = re.search(r"^tps = ([0-9.]+) \(without initial", report, re.MULTILINE)
    assert found, report
    return float(found.group(1))
