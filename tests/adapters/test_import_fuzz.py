"""Whatever a file holds, every row ends somewhere, the good ones are sold, and nothing stops.

A bad row is a good one with one value replaced by something that no reading of it makes sense of.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.bootstrap import open_shop
from adapters.intake.document import read_source
from adapters.intake.history import History
from adapters.intake.importing import run
from adapters.intake.plan import make_plan
from adapters.intake.report import make_report
from adapters.settings import Settings
from tests.support.orderlines import mapping, row, write

letters = st.text(st.characters(codec="utf-8"), max_size=80)
numberless = st.text("abcxyz,;: €-", min_size=1, max_size=50).filter(str.strip)
plain = st.none() | st.booleans() | st.integers() | st.floats() | letters
anything = plain | st.lists(plain, max_size=3) | st.dictionaries(letters, plain, max_size=2)

MALFORMED: dict[str, st.SearchStrategy[Any]] = {
    "code": st.sampled_from(["", "   ", "x" * 65, "MUG\x07", "\u202e", 1.5, True]),
    "units": st.sampled_from(["", "1.5", "NaN", "1e400", "0x10", "--1", "1 2", 0.5, False, None])
    | numberless,
    "price": st.sampled_from(["", "inf", "1,5", "0.00000001", "1e30", "£1", "1__0", None])
    | numberless,
    "date": st.sampled_from(["", "2010-13-01", "0000-00-00", "1969-12-31", "noon", 5, None])
    | numberless,
    "country": st.sampled_from(["", "Neverland", "gb", "G8", "GBR", 44, None]) | numberless,
    "text": st.sampled_from(["x" * 301, "tab\tted", "\x00"]),
    "customer": st.sampled_from(["c" * 65, "1\n2", 1.25, False]),
}
bad_values = st.sampled_from(sorted(MALFORMED)).flatmap(
    lambda field: st.tuples(st.just(field), MALFORMED[field])
)


def bad_row(number: int, change: tuple[str, Any]) -> dict[str, Any]:
    field, value = change
    return {**row(f"bad{number}", units="2", price="1.5"), field: value}


def codes(report: Any) -> Counter[str]:
    return Counter(ending.code for ending in report.endings)


@settings(max_examples=2, suppress_health_check=list(HealthCheck))
@given(changes=st.lists(bad_values, min_size=200, max_size=200))
def test_two_hundred_malformed_rows_are_each_rejected_for_a_reason_and_the_good_ones_sold(
    dsn, schema, tmp_path_factory, changes
):
    folder = tmp_path_factory.mktemp("fuzz")
    bad = [bad_row(number, change) for number, change in enumerate(changes)]
    good = [row(f"good{number}") for number in range(20)]
    mixed = [r for n, b in enumerate(bad) for r in ([b, good[n // 10]] if n % 10 == 0 else [b])]
    own = f"{schema}_{folder.name}"
    settings_ = Settings(dsn=dsn, log_schema=own, views_schema=f"{own}_views")
    with open_shop(settings_) as shop:
        report = run(shop, write(folder / "rows.jsonl", mixed), mapping())
        assert report.rows == 220
        assert report.ties
        assert len(report.endings) == 220
        placed = {e.document for e in report.endings if e.outcome == "placed"}
        assert placed == {r["doc"] for r in good}
        for ending in report.endings:
            if ending.document not in placed:
                assert ending.outcome == "rejected"
                assert ending.code.startswith("row.")
                assert ending.detail.startswith("row ")
                assert ending.detail.endswith("Correct the row and import the file again.")


@given(changes=st.lists(bad_values, max_size=30))
def test_a_malformed_row_is_never_lost_nor_taken_for_a_good_one(tmp_path_factory, changes):
    bad = [bad_row(number, change) for number, change in enumerate(changes)]
    path = write(tmp_path_factory.getbasetemp() / "malformed.jsonl", bad)
    source = read_source(path, mapping())
    plan = make_plan(source, mapping(), History())
    report = make_report(plan, History())
    assert len(report.endings) == report.rows == len(bad)
    assert report.ties
    assert {ending.outcome.value for ending in report.endings} <= {"rejected"}
    assert codes(report)[""] == 0


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
@given(
    rows=st.lists(
        st.fixed_dictionaries(dict.fromkeys(row(), anything)) | st.builds(row, anything), max_size=8
    )
)
def test_rows_of_anything_at_all_end_once_and_tie(tmp_path_factory, rows: list[dict], suffix):
    path = Path(tmp_path_factory.getbasetemp()) / f"anything{suffix}"
    source = read_source(write(path, rows), mapping())
    report = make_report(make_plan(source, mapping(), History()), History())
    assert sum(len(d.lines) + d.faulty_rows for d in source.documents) >= source.rows
    assert source.rows == sum(totals.source.lines for totals in report.cells.values())
    asked = {e.document for e in report.endings if e.outcome == "missing"}
    assert all(e.code or e.document in asked for e in report.endings)
    assert report.ties is not bool(asked)
