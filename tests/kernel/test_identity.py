"""Names that stay, and codes that tell when they were mistyped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_core.kernel.identity import ALPHABET, check_character, is_checked, is_gtin, order_of

bodies = st.text(ALPHABET, min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("line_id", "order_id"),
    [("web:1001/2", "web:1001"), ("web:A/B/10", "web:A/B"), ("web:1001", "")],
)
def test_a_line_names_its_order(line_id, order_id):
    assert order_of(line_id) == order_id


def test_the_check_character_is_that_of_iso_7064():
    """The example of the Global Release Identifier: A1-2425G-ABC1234002-M."""
    assert check_character("A12425GABC1234002") == "M"
    assert is_checked("A12425GABC1234002M")


@given(bodies)
def test_a_code_with_its_check_character_is_right(body):
    assert is_checked(body + check_character(body))


@given(bodies, st.data())
def test_every_single_mistyped_character_is_noticed(body, data):
    code = body + check_character(body)
    place = data.draw(st.integers(0, len(code) - 1))
    for other in ALPHABET.replace(code[place], ""):
        assert not is_checked(code[:place] + other + code[place + 1 :])


def test_all_but_a_few_swapped_neighbours_are_noticed():
    """The standard promises nearly all: counted over every pair in front of a check character."""
    swapped = missed = 0
    for one in ALPHABET:
        for two in ALPHABET.replace(one, ""):
            for body in (f"V{one}{two}", f"V{one}{two}7"):
                wrong = body.replace(one + two, two + one) + check_character(body)
                swapped += 1
                missed += is_checked(wrong)
    assert missed / swapped < 0.02


@pytest.mark.parametrize("text", ["", "1", "V", "v0000001h", "V000000 H", "Ä1"])
def test_what_has_no_check_character_is_not_right(text):
    assert not is_checked(text)


@pytest.mark.parametrize(
    "text",
    [
        "96385074",  # GTIN-8
        "036000291452",  # GTIN-12
        "4006381333931",  # GTIN-13
        "9780306406157",  # an ISBN is one
        "10614141000415",  # GTIN-14
    ],
)
def test_a_barcode_number_with_its_check_digit_is_right(text):
    assert is_gtin(text)
    for place, digit in enumerate(text):
        for other in "0123456789".replace(digit, ""):
            assert not is_gtin(text[:place] + other + text[place + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "96385075",
        "9638507",
        "963850740",
        "00000096385074x",
        "4006381333930",
        "400638133393X",
        "４００６３８１３３３９３１",  # noqa: RUF001 - digits, but of full width
        " 96385074",
    ],
)
def test_any_other_text_is_no_barcode_number(text):
    assert not is_gtin(text)
