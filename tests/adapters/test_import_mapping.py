"""Whoever wrote a mapping is told every mistake, where it is and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.intake.fault import WrongMapping
from adapters.intake.mapping import load

REAL = Path(__file__).parents[2] / "deploy" / "mappings" / "online-retail-ii.toml"


def refusal(tmp_path: Path, old: str, new: str) -> str:
    """Return what is said of the shipped mapping with one passage changed."""
    path = tmp_path / "mapping.toml"
    text = REAL.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(WrongMapping) as refused:
        load(path)
    return refused.value.detail.removeprefix(f"{path}: ")


def test_the_shipped_mapping_can_be_used():
    found = load(REAL)
    assert (found.channel, found.values.currency, found.countries["EIRE"]) == (
        "retail",
        "GBP",
        "IE",
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('document = "Invoice"', 'document = ""', "columns.document: String should have at least"),
        ('document = "Invoice"', "", "columns.document: Field required, not this"),
        ('sku = "Sto', 'barcode = "EAN"\nsku = "Sto', "columns.barcode: Extra inputs are not"),
        ('"GBP"', '"GBR"', "values.currency: must be an ISO 4217 code, such as GBP, not 'GBR'"),
        ('"Europe/London"', '"London"', "values.timezone: must be a time zone of the IANA"),
        ('= "IE"', '= "Ireland"', "countries.EIRE: String should match pattern"),
        ('"cover_demand"\nunit', '"plenty"\nunit', "stock.opening: Input should be 'cover_demand'"),
        ('channel = "retail"', 'channel = "a:b"', "channel: String should match pattern"),
        ('currency = "GBP"', "", "the mapping: needs columns.currency or a constant values"),
        ("[stock]", "[stock", "Expected ']' at the end of a table declaration"),
    ],
)
def test_a_mistake_is_named_with_its_key_its_value_and_the_rule(tmp_path, old, new, said):
    assert refusal(tmp_path, old, new).startswith(said)


def test_a_mapping_that_is_not_there_is_named(tmp_path):
    with pytest.raises(WrongMapping, match=r"none\.toml: .*No such file"):
        load(tmp_path / "none.toml")


def test_codes_are_told_by_pattern_in_either_case():
    found = load(REAL)
    skus = ("POST", "post", "GIFT_0001_20", "gift_0001_20", "GIFT", "85048", "m", "AMAZONFEE")
    assert [found.is_service(sku) for sku in skus] == [
        True, True, True, True, False, False, True, True,
    ]  # fmt: skip
    assert [sku for sku in skus if found.is_internal(sku)] == ["AMAZONFEE"]


def test_the_digest_is_of_what_the_mapping_says_and_not_of_how(tmp_path):
    path = tmp_path / "mapping.toml"
    text = REAL.read_text(encoding="utf-8")
    path.write_text(f"# A remark.\n{text}", encoding="utf-8")
    assert load(path).digest() == load(REAL).digest()
    path.write_text(text.replace('"LEEDS"', '"LYON"'), encoding="utf-8")
    assert load(path).digest() != load(REAL).digest()
