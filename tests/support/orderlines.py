"""Files of order lines as tests write them, and a mapping that reads them."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping as Record
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from adapters.intake.mapping import Mapping

COLUMNS = ("doc", "code", "text", "units", "price", "date", "customer", "country")

TERMS: Record[str, Any] = {
    "channel": "shop",
    "columns": {
        "document": "doc",
        "sku": "code",
        "quantity": "units",
        "unit_price": "price",
        "date": "date",
        "description": "text",
        "customer": "customer",
        "country": "country",
    },
    "values": {"timezone": "Europe/London", "currency": "GBP"},
    "countries": {"United Kingdom": "GB", "EIRE": "IE"},
    "documents": {
        "cancellation_prefix": "C",
        "services": ["POST", "gift_*"],
        "internal": ["FEE"],
        "price_tolerance": "0.25",
    },
    "stock": {"location": "LEEDS", "unit_cost_share": "0.5"},
}


def mapping(**changes: Record[str, Any]) -> Mapping:
    """Return the mapping for `COLUMNS`, with other values for some keys of its tables."""
    terms = dict(TERMS)
    for table, keys in changes.items():
        terms[table] = {**terms.get(table, {}), **keys}
    return Mapping.model_validate(terms)


def row(doc: Any = "1", code: Any = "MUG", units: Any = 2, price: Any = 1.5, **more: Any) -> dict:
    """Return a row of a good order, with some values changed."""
    rest = {
        "text": "A mug",
        "date": "2010-01-04T10:00:00",
        "customer": "123",
        "country": "United Kingdom",
    }
    return {"doc": doc, "code": code, "units": units, "price": price, **rest, **more}


def write(path: Path, rows: Sequence[Record[str, Any]]) -> Path:
    """Write rows in the format that the name of the file says."""
    match path.suffix:
        case ".csv":
            with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
                out = csv.DictWriter(file, COLUMNS)
                out.writeheader()
                out.writerows(rows)
        case ".jsonl":
            text = "".join(json.dumps(row) + "\n" for row in rows)
            path.write_text(text, encoding="utf-8")
        case ".parquet":
            pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return path
