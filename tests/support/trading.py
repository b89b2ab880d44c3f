"""A shop that trades by EDI, and its partners: files in, files out, on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests.support.edi import PARTNERS
from tests.support.terminal import Printed, oms, receipt


@contextmanager
def trading(postgres: str, folder: Path, customer_id: str, currency: str) -> Iterator[Path]:
    """Open a shop with ten mugs and one cup, and credit for a partner."""
    name = f"test_edi_{uuid4().hex[:8]}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMS_DSN", postgres)
        patch.setenv("OMS_HOME", str(folder / "home"))
        patch.setenv("OMS_LOG_SCHEMA", f"{name}_log")
        patch.setenv("OMS_VIEWS_SCHEMA", f"{name}_views")
        account = {
            "command": "OpenAccount",
            "account_id": f"{customer_id}|{currency}",
            "customer_id": customer_id,
            "currency": currency,
            "limit_minor": 1_000_000,
        }
        send(receipt("MUG", 10, "RENO"), receipt("CUP", 1, "RENO"), account)
        yield folder
    with psycopg.connect(postgres, autocommit=True) as connection:
        for schema in (f"{name}_log", f"{name}_views"):
            drop = sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema))
            connection.execute(drop)


def send(*commands: dict[str, object]) -> None:
    """Give commands that must change something."""
    sent = oms("send", "--json", typed=json.dumps(commands))
    assert [answer["verdict"] for answer in sent.data["answers"]] == ["done"] * len(commands), sent


def edi(command: str, *tokens: str, code: int = 0) -> Printed:
    """Run a command of trade."""
    printed = oms("edi", command, *tokens, "--partners", str(PARTNERS), "--json")
    assert printed.code == code, printed
    return printed


def take(folder: Path, data: bytes, code: int = 0) -> Printed:
    """Take a file in."""
    file = folder / f"in-{uuid4().hex[:8]}.x12"
    file.write_bytes(data)
    return edi("take", str(file), code=code)


def written(folder: Path) -> dict[str, str]:
    """Return our interchanges by the names of their files."""
    found = sorted((folder / "home" / "edi").iterdir())
    return {path.name: path.read_text(encoding="ascii") for path in found}
