"""The mail of a shop, as its settings have it."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.bootstrap import policies_of
from adapters.email.kinds import kinds_of
from adapters.email.office import sender_of
from adapters.email.shop import Sender
from adapters.settings import Settings, UnusableSetting
from oms_core.domain.notice.events import Kind

MAIL = {"mail_server": "smtp://mail.example", "mail_from": "Shop <orders@shop.example>"}


def settings(**given: object) -> Settings:
    return Settings.model_validate({"home": Path("unused"), **given})


def test_without_a_mail_server_no_notice_is_asked_for():
    assert kinds_of(settings()) == ()
    assert policies_of(settings()).notices == ()


def test_with_one_all_kinds_are_but_those_to_a_merchant_who_has_no_address():
    customers = [kind for kind in Kind if kind is not Kind.CART_LEFT]
    assert policies_of(settings(**MAIL)).notices == tuple(customers)
    assert kinds_of(settings(**MAIL, mail_merchant="me@shop.example")) == tuple(Kind)


def test_a_shop_chooses_its_kinds():
    assert kinds_of(settings(**MAIL, notices="refunded, order_placed")) == (
        "refunded",
        "order_placed",
    )


def test_a_kind_that_there_is_not_is_refused_by_name():
    with pytest.raises(UnusableSetting, match=r"OMS_NOTICES: .*: refund\. Choose from .*refunded"):
        kinds_of(settings(**MAIL, notices="refund"))


def test_a_shop_signs_its_letters():
    given = settings(**MAIL, shop_name="Mug & Co", shop_site="https://shop.example/")
    assert sender_of(given) == Sender("Mug & Co", "https://shop.example", "", "UTC")


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("mail_from", "", "OMS_MAIL_FROM"),
        ("mail_from", "Shop", "OMS_MAIL_FROM"),
        ("mail_merchant", "me", "OMS_MAIL_MERCHANT"),
        ("shop_zone", "Mars/Olympus", "OMS_SHOP_ZONE"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_name(field: str, value: str, name: str):
    with pytest.raises(UnusableSetting) as told:
        sender_of(settings(**{**MAIL, field: value}))
    assert told.value.field == name


def test_a_password_is_not_shown():
    assert "hush-7" not in repr(settings(mail_password="hush-7"))
