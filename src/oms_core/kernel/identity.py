"""Names that stay: how ids are built from what the business already calls things."""

from __future__ import annotations

import re

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
GTIN_LENGTHS = (8, 12, 13, 14)
LANGUAGE = re.compile(r"[a-z]{2}", re.ASCII)


def order_of(line_id: str) -> str:
    """Return the order that a line belongs to: `web:1001` of `web:1001/2`."""
    return line_id.rpartition("/")[0]


def account_of(customer_id: str, currency: str) -> str:
    """Return the credit account of a customer in a currency: `C1|EUR`."""
    return f"{customer_id}|{currency}"


def customer_of(account_id: str) -> str:
    """Return the customer of a credit account: `C1` of `C1|EUR`."""
    return account_id.rpartition("|")[0]


def successor_of(document_id: str) -> str:
    """Return the id of what takes the place of a void document: `web:1/f1.1~2`, then `~3`."""
    stem, mark, number = document_id.rpartition("~")
    if mark and number.isdecimal():
        return f"{stem}~{int(number) + 1}"
    return f"{document_id}~2"


def check_character(text: str) -> str:
    """Return the check character of `text` over 0-9 and A-Z.

    ISO 7064, MOD 37,36: catches every single substitution and nearly every transposition.
    """
    remainder = len(ALPHABET)
    for character in text:
        remainder = (remainder + ALPHABET.index(character)) % 36 or 36
        remainder = remainder * 2 % 37
    return ALPHABET[(37 - remainder) % 36]


def is_checked(text: str) -> bool:
    """Say whether the last character of `text` is the check character of the rest."""
    return (
        len(text) > 1
        and all(character in ALPHABET for character in text)
        and check_character(text[:-1]) == text[-1]
    )


def is_language(text: str) -> bool:
    """Say whether `text` has the form of an ISO 639-1 code: two small letters."""
    return LANGUAGE.fullmatch(text) is not None


def is_gtin(text: str) -> bool:
    """Say whether `text` is a GTIN-8, -12, -13 or -14 with a right check digit.

    GS1 General Specifications 7.9: weights 3 and 1 alternate from the right.
    """
    if len(text) not in GTIN_LENGTHS or not (text.isascii() and text.isdigit()):
        return False
    digits = [int(digit) for digit in reversed(text[:-1])]
    total = sum(digit * (3, 1)[place % 2] for place, digit in enumerate(digits))
    return (total + int(text[-1])) % 10 == 0
