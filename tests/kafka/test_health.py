"""Every process of a cell tells how it is, under the name that boards and alarms know it by."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from adapters.bootstrap import open_shop
from tests.support.asking import ask, figures
from tests.support.kafka.cell import Cell
from tests.support.kafka.ports import free_ports
from tests.support.process import running, until

TABLE = "cells: {eu: {}}\nmarkets: {}\ndefault: eu\n"


def test_every_process_is_ready_and_tells_of_itself(cell: Cell, tmp_path: Path):
    table = tmp_path / "cells.yaml"
    table.write_text(TABLE)
    orders = {
        "run": ("run", "--standby"),
        "relay": ("relay", "--standby"),
        "project": ("project",),
        "state": ("publish", "--standby", "orders"),
        "route": ("kafka", "route", str(table), "--channel", "web"),
    }
    with open_shop(cell.settings):  # Lays out the log, so that all find it.
        pass
    ports = dict(zip(orders, free_ports(len(orders)), strict=True))
    with ExitStack() as stack:
        for name, order in orders.items():
            env = {**cell.env, "OMS_HTTP_PORT": str(ports[name]), "OMS_HOME": str(tmp_path)}
            stack.enter_context(running(*order, env=env, log=tmp_path / f"{name}.log"))
        for name, port in ports.items():
            until(lambda port=port: ask(port, "/readyz")[0] == 200, told=name)
            told = figures(port)
            assert told["oms_up", name] == 1
            assert told["oms_ready", name] == 1
            assert ask(port, "/healthz")[0] == 200
