"""Engines at work and standing by, as those see them who look after them."""

from __future__ import annotations

from pathlib import Path

from adapters.bootstrap import open_shop
from adapters.settings import Settings
from tests.support.asking import ask, figures
from tests.support.kafka.ports import free_ports
from tests.support.process import running, until


def test_an_engine_tells_how_it_works_and_its_standby_that_it_stands_by(
    dsn: str, schema: str, tmp_path: Path
):
    names = {"OMS_DSN": dsn, "OMS_LOG_SCHEMA": schema, "OMS_VIEWS_SCHEMA": f"{schema}_views"}
    first, second = ports = free_ports(2)
    working, waiting = (
        {**names, "OMS_HTTP_PORT": str(port), "OMS_HOME": str(tmp_path)} for port in ports
    )
    settings = Settings(dsn=dsn, log_schema=schema, views_schema=f"{schema}_views", home=tmp_path)
    with open_shop(settings):  # Lays out the log, so that both find it.
        pass
    with running("run", "--standby", env=working, log=tmp_path / "first") as engine:
        engine.await_line("started")
        with running("run", "--standby", env=waiting, log=tmp_path / "second") as standby:
            standby.await_line("lease.standby")
            until(lambda: ask(second, "/readyz") == (200, "standing by\n"))
            assert ask(second, "/healthz")[0] == 200
            until(lambda: ask(first, "/readyz") == (200, "ready\n"))
            until(lambda: ("oms_parked", "engine") in figures(first))
            told = figures(first)
            assert told["oms_epoch", "run"] >= 1
            assert told["oms_parked", "engine"] == 0
            assert told["oms_lag_events", "views"] == 0
            assert ("oms_epoch", "run") not in figures(second)
            engine.kill()
            until(lambda: figures(second).get(("oms_epoch", "run"), 0) > told["oms_epoch", "run"])
            assert standby.ask_to_stop() == 0
