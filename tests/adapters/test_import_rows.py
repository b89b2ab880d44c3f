"""Rows are read one by one: a bad one is named with its row, field, value, rule and remedy."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.intake.document import Cell, Source, SourceLine, read_source
from adapters.intake.fault import MissingColumn, UnreadableFile
from tests.support.orderlines import COLUMNS, mapping, row, write

FORMATS = (".csv", ".jsonl", ".parquet")
JANUARY = 1_262_599_200_000_000
"""2010-01-04 10:00 in London."""

every_format = pytest.mark.parametrize("suffix", FORMATS)


def read(tmp_path: Path, suffix: str, *rows: dict, **changes) -> Source:
    return read_source(write(tmp_path / f"lines{suffix}", rows), mapping(**changes))


def faults(source: Source) -> list[tuple[str, str]]:
    """Return the documents with faults, each with its first one's code."""
    return [(d.reference, d.faults[0].code) for d in source.documents if d.faults]


@every_format
def test_a_row_says_the_same_in_every_format(tmp_path, suffix):
    source = read(tmp_path, suffix, row(), row(code="cup", units=1, price=0.001))
    (document,) = source.documents
    first = 2 if suffix == ".csv" else 1
    assert document.lines == [
        SourceLine(first, "MUG", "A mug", 2, Decimal("1.5")),
        SourceLine(first + 1, "cup", "A mug", 1, Decimal("0.001")),
    ]
    assert [line.item_id for line in document.lines] == ["sku:MUG", "sku:CUP"]
    assert (document.reference, document.occurred_at, document.customer_id) == (
        "1",
        JANUARY,
        "crm:123",
    )
    cell = Cell("2010-01", "GB", "GBP")
    assert {c: (t.lines, t.quantity, t.value) for c, t in source.totals.items()} == {
        cell: (2, 3, Decimal("3.001"))
    }


@every_format
def test_lines_of_a_document_are_gathered_from_the_whole_file_and_the_first_says_when(
    tmp_path, suffix
):
    source = read(
        tmp_path,
        suffix,
        row("2", date="2010-01-05T00:00:00"),
        row("1"),
        row("2", code="CUP", date="2010-01-05T00:01:00"),
    )
    assert [(d.reference, [line.sku for line in d.lines]) for d in source.documents] == [
        ("1", ["MUG"]),
        ("2", ["MUG", "CUP"]),
    ]
    assert not faults(source)


def test_a_number_that_stands_for_a_name_is_read_as_the_name(tmp_path):
    source = read(tmp_path, ".parquet", row(489434, 85048, customer=13085.0))
    (document,) = source.documents
    assert (document.reference, document.lines[0].sku, document.customer) == (
        "489434",
        "85048",
        "13085",
    )


@every_format
def test_a_document_without_a_customer_is_a_guests(tmp_path, suffix):
    source = read(tmp_path, suffix, row("1", customer=None), row("2"))
    assert [d.customer_id for d in source.documents] == ["guest:1", "crm:123"]


BAD = [
    ({"code": ""}, "row.missing"),
    ({"code": "x" * 65}, "row.too_long"),
    ({"code": "MUG\x00"}, "row.unprintable"),
    ({"text": "x" * 301}, "row.too_long"),
    ({"units": ""}, "row.missing"),
    ({"units": "two"}, "row.not_a_number"),
    ({"units": "1.5"}, "row.fraction"),
    ({"units": "1e999999"}, "row.too_large"),
    ({"units": "9" * 41}, "row.not_a_number"),
    ({"price": "NaN"}, "row.not_finite"),
    ({"price": "-Infinity"}, "row.not_finite"),
    ({"price": "1,50"}, "row.not_a_number"),
    ({"price": "1_0"}, "row.not_a_number"),
    ({"price": "1.1234567"}, "row.too_precise"),
    ({"price": "10000000000000"}, "row.too_large"),
    ({"date": ""}, "row.missing"),
    ({"date": "4 January"}, "row.not_a_date"),
    ({"date": "2010-02-30T10:00:00"}, "row.not_a_date"),
    ({"date": "0001-01-01T00:00:00"}, "row.not_a_date"),
    ({"date": "9999-12-31T23:59:59-14:00"}, None),
    ({"country": "Atlantis"}, "row.unknown_country"),
    ({"country": ""}, "row.missing"),
]


@every_format
@pytest.mark.parametrize(("change", "code"), BAD, ids=lambda value: str(value)[:30])
def test_a_bad_value_condemns_its_document_and_no_other(tmp_path, suffix, change, code):
    rows = [row("1", units="2", price="1.5"), row("2", **{"units": "2", "price": "1", **change})]
    source = read(tmp_path, suffix, *rows)
    assert faults(source) == ([("2", code)] if code else [])
    assert sum(tally.lines for tally in source.totals.values()) == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"units": 1.5}, "row.fraction"),
        ({"units": True}, "row.not_a_number"),
        ({"units": [2]}, "row.not_a_value"),
        ({"price": float("nan")}, "row.not_finite"),
        ({"price": {"amount": 2}}, "row.not_a_value"),
        ({"code": 12.5}, "row.not_text"),
        ({"code": False}, "row.not_text"),
        ({"code": "\ud800"}, "row.unprintable"),
        ({"date": 40_000}, "row.not_a_date"),
    ],
    ids=str,
)
def test_a_value_of_the_wrong_type_condemns_its_document(tmp_path, change, code):
    assert faults(read(tmp_path, ".jsonl", row(**change))) == [("1", code)]


def test_an_error_names_row_field_value_rule_and_remedy(tmp_path):
    source = read(tmp_path, ".csv", row("1"), row("2", units="1.5"))
    fault = source.documents[0].faults or source.documents[1].faults
    assert str(fault[0]) == (
        "row 3: units '1.5' is not a whole number of units. "
        "Correct the row and import the file again."
    )


def test_terms_that_differ_within_a_document_condemn_it(tmp_path):
    source = read(tmp_path, ".csv", row(), row(customer="124"))
    (document,) = source.documents
    assert str(document.faults[0]).startswith(
        "row 3: customer '124' differs from '123' in the document's first row."
    )


def test_a_row_without_a_document_is_a_document_of_its_own(tmp_path):
    source = read(tmp_path, ".csv", row(""), row("2"), row(None))
    assert faults(source) == [("(row 2)", "row.missing"), ("(row 4)", "row.missing")]


def test_bytes_that_are_no_text_condemn_their_document(tmp_path):
    path = write(tmp_path / "lines.csv", [row("1"), row("2", text="caf\udce9")])
    assert faults(read_source(path, mapping())) == [("2", "row.encoding")]


def test_bytes_that_are_no_text_condemn_their_document_in_parquet(tmp_path):
    table = pa.Table.from_pylist([row("1"), row("2")])
    bad = pa.array([b"fine", b"caf\xe9"]).view(pa.string())
    place = table.schema.get_field_index("text")
    pq.write_table(table.set_column(place, "text", bad), tmp_path / "lines.parquet")
    assert faults(read_source(tmp_path / "lines.parquet", mapping())) == [("2", "row.encoding")]


def test_a_row_with_too_few_or_too_many_values_condemns_its_document(tmp_path):
    path = write(tmp_path / "lines.csv", [row("1")])
    with path.open("a", encoding="utf-8") as file:
        file.write("2,MUG,A mug\n\n3,MUG,A mug,2,1.5,2010-01-04T10:00:00,123,EIRE,more\n")
    source = read_source(path, mapping())
    assert faults(source) == [("2", "row.columns"), ("3", "row.columns")]


def test_a_quote_that_is_never_closed_takes_no_other_rows_with_it_than_it_encloses(tmp_path):
    path = write(tmp_path / "lines.csv", [row("1")])
    with path.open("a", encoding="utf-8") as file:
        file.write('2,"MUG' + "x" * 140_000 + "\n")
        file.write("3,MUG,A mug,2,1.5,2010-01-04T10:00:00,123,EIRE\n")
    source = read_source(path, mapping())
    assert faults(source) == [("(row 3)", "row.unparseable")]
    assert {d.reference for d in source.documents} == {"1", "3", "(row 3)"}


@pytest.mark.parametrize("line", ["{", "[1]", "7", '"doc"', "null", "[" * 100_000])
def test_a_line_that_is_no_json_object_is_a_document_of_its_own(tmp_path, line):
    path = write(tmp_path / "lines.jsonl", [row("1")])
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    assert faults(read_source(path, mapping())) == [("(row 2)", "row.unparseable")]


@pytest.mark.parametrize("name", ["lines.csv", "lines.jsonl", "lines.parquet", "lines.xlsx"])
def test_a_file_that_is_not_there_is_refused_by_name(tmp_path, name):
    with pytest.raises(UnreadableFile, match=name):
        read_source(tmp_path / name, mapping())


@pytest.mark.parametrize("content", [b"", b"PAR1", b"doc,code\n"])
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path, content):
    (tmp_path / "lines.parquet").write_bytes(content)
    with pytest.raises(UnreadableFile, match="is not Parquet"):
        read_source(tmp_path / "lines.parquet", mapping())


def test_an_empty_file_is_refused_and_one_without_rows_is_not(tmp_path):
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(UnreadableFile, match="is empty"):
        read_source(tmp_path / "empty.csv", mapping())
    source = read_source(write(tmp_path / "header.csv", []), mapping())
    assert (source.documents, source.rows) == ((), 0)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_column_that_the_file_lacks_is_named(tmp_path, suffix):
    columns = {"sku": "barcode"}
    with pytest.raises(MissingColumn, match=r"no column \['barcode'\]; it has \['doc', "):
        read(tmp_path, suffix, row(), columns=columns)


@given(st.sampled_from([".csv", ".jsonl", ".parquet"]), st.binary(max_size=300))
def test_whatever_bytes_a_file_holds_it_is_read_or_refused(tmp_path_factory, suffix, content):
    path = tmp_path_factory.getbasetemp() / f"bytes{suffix}"
    header = ",".join(COLUMNS).encode() + b"\n" if suffix == ".csv" else b""
    path.write_bytes(header + content)
    try:
        source = read_source(path, mapping())
    except UnreadableFile:
        assert suffix == ".parquet" or content
    else:
        assert all(document.faults for document in source.documents)
        assert source.rows == sum(document.tally.lines for document in source.documents)
