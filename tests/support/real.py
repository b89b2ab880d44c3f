"""The real file, where there is one: `OMS_REAL_DATA` names it, or the folder that it is in."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

NAME = "online_retail_II_2009-2010.parquet"

given = os.environ.get("OMS_REAL_DATA", "")
real_file = Path(given) / NAME if Path(given).is_dir() else Path(given)
needs_real_file = pytest.mark.skipif(
    not given or not real_file.is_file(),
    reason=f"OMS_REAL_DATA names neither {NAME} nor the folder that it is in",
)


def part_of_real_file(folder: Path, month: str) -> Path:
    """Write the rows of one month, such as `2009-12`, to a file of their own."""
    table = pq.read_table(real_file)
    part = folder / f"{month}.parquet"
    pq.write_table(table.filter(pc.starts_with(table["InvoiceDate"], month)), part)
    return part
