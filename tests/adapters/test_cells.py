"""The table of cells: every message has one cell, and a wrong table says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.kafka.cells import CellTable, Unroutable, UnusableTable, read_table

EXAMPLE = Path("deploy/kafka/cells.yaml")


def never(cell: str, order_id: str) -> bool:
    raise AssertionError(f"{cell} was asked for {order_id}")


def table(**given: object) -> CellTable:
    return CellTable.model_validate(
        {
            "cells": {"eu": {"dsn_variable": "EU"}, "asia": {}},
            "markets": {"DE": {"cell": "eu"}, "JP": {"cell": "asia", "draining": "eu"}},
            **given,
        }
    )


def test_a_market_has_one_cell_and_nobody_is_asked():
    assert table().cell_of("DE", "web:1", never) == "eu"


def test_while_a_market_moves_its_old_cell_keeps_the_orders_that_it_has():
    known = {("eu", "web:old")}
    cell_of = table().cell_of
    assert cell_of("JP", "web:old", lambda *asked: asked in known) == "eu"
    assert cell_of("JP", "web:new", lambda *asked: asked in known) == "asia"


@pytest.mark.parametrize("market", ["", "US"])
def test_what_no_market_claims_goes_to_the_default_or_nowhere(market: str):
    assert table(default="eu").cell_of(market, "web:1", never) == "eu"
    with pytest.raises(Unroutable) as refused:
        table().cell_of(market, "web:1", never)
    assert refused.value.code == "route.unknown_market"
    assert market in refused.value.detail


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cells: {eu: {}}\nmarkets: {DE: {cell: us}}", "markets.DE.cell: there is no cell 'us'"),
        ("cells: {eu: {}}\nmarkets: {}\ndefault: us", "default: there is no cell 'us'"),
        (
            "cells: {eu: {}, us: {}}\nmarkets: {DE: {cell: us, draining: eu}}",
            "markets.DE.draining: cell 'eu' needs a dsn_variable",
        ),
        ("cells: {EU: {}}\nmarkets: {}", "cells: 'EU' must be lower-case"),
        ("cells: {eu: {host: x}}\nmarkets: {}", "cells.eu.host: Extra inputs"),
        ("markets: {}", "cells: Field required"),
        ("cells: [", "expected the node content"),
        ("", "valid dictionary"),
    ],
)
def test_a_wrong_table_names_the_field_and_the_rule(tmp_path: Path, text: str, said: str):
    path = tmp_path / "cells.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnusableTable, match=said):
        read_table(path)


def test_the_example_can_be_used():
    assert read_table(EXAMPLE).cell_of("KR", "web:1", never) == "asia"
