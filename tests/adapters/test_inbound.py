"""What channels say, and what we ask of the domain because of it."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.avro import codec, schemas
from adapters.intake import inbound, replies
from adapters.intake.retelling import channel_of, message_of
from adapters.intake.translation import command_of, key_of
from oms_core.domain.fulfilment.commands import ShipFulfilment
from oms_core.domain.order.commands import CancelLine, CancelOrder, PlaceOrder
from oms_core.domain.order.events import (
    CancellationReason,
    Destination,
    LineKind,
    OnShortage,
    OrderLine,
    Purpose,
    Tender,
    TenderMethod,
)
from oms_core.domain.payment.commands import (
    Outcome,
    ReportAuthorization,
    ReportCapture,
    ReportChargeback,
)
from oms_core.domain.stock.commands import CountStock, ReceiveStock
from oms_core.engine.outside import PUBLIC
from oms_core.kernel import Instant
from tests.support.messages import anything, sample

PLACING = inbound.PlaceOrder(
    "1001",
    "C1",
    "EUR",
    (
        inbound.Line(10, "MUG", 2, 1800, 360, 200, "10.00"),
        inbound.Line(20, "POST", 1, 490, 98, kind=LineKind.SERVICE, sku="POST-EU"),
    ),
    (
        inbound.Payment(TenderMethod.CARD, 2000, "tok-1"),
        inbound.Payment(TenderMethod.WALLET, 748),
    ),
    inbound.Address("FR", "69001"),
    Instant(1_769_860_800_000_000),
    OnShortage.SPLIT,
)

PLACED = PlaceOrder(
    "web:1001",
    "web",
    "1001",
    "C1",
    "EUR",
    (
        OrderLine("web:1001/10", "MUG", "MUG", 2, "10.00", 1800, 360, 200),
        OrderLine("web:1001/20", "POST", "POST-EU", 1, "", 490, 98, 0, LineKind.SERVICE),
    ),
    (
        Tender("web:1001/p1", TenderMethod.CARD, 2000, "tok-1"),
        Tender("web:1001/p2", TenderMethod.WALLET, 748),
    ),
    Destination("FR", "69001"),
    OnShortage.SPLIT,
    Instant(1_769_860_800_000_000),
)

SAID = (
    (PLACING, "1001", PLACED),
    (
        inbound.CancelOrder("1001"),
        "1001",
        CancelOrder("web:1001", CancellationReason.CUSTOMER),
    ),
    (
        inbound.CancelLine("1001", "chg-7", 10, 1, CancellationReason.FRAUD),
        "1001",
        CancelLine("web:1001", "web:1001/10", 1, CancellationReason.FRAUD, "chg-7"),
    ),
    (
        inbound.PaymentNotice("web:1001/p1:authorize:1", Outcome.SUCCEEDED, "auth-9"),
        "web:1001/p1",
        ReportAuthorization("web:1001/p1", Outcome.SUCCEEDED, "auth-9"),
    ),
    (
        inbound.PaymentNotice("web:1001/p1:capture:web:1001/f1.1", Outcome.FAILED, detail="funds"),
        "web:1001/p1",
        ReportCapture("web:1001/p1", "web:1001/f1.1", Outcome.FAILED, "funds"),
    ),
    (
        inbound.PaymentNotice(
            "web:1001/p1:authorize:1", Outcome.ACTION_REQUIRED, detail="https://3ds.example/1"
        ),
        "web:1001/p1",
        ReportAuthorization("web:1001/p1", Outcome.ACTION_REQUIRED, detail="https://3ds.example/1"),
    ),
    (
        inbound.ChargebackNotice("web:1001/p1", "cb-1", 2000, "fraud"),
        "web:1001/p1",
        ReportChargeback("web:1001/p1", "cb-1", 2000, "fraud"),
    ),
    (
        inbound.StockReceipt("GR-1", "MUG", "LYON", 40, 20_000, "EUR"),
        "MUG",
        ReceiveStock("MUG", "web:GR-1", "LYON", 40, 20_000, "EUR"),
    ),
    (
        inbound.StockCount("CNT-1", "MUG", "LYON", 39),
        "MUG",
        CountStock("MUG", "web:CNT-1", "LYON", 39),
    ),
)


@pytest.mark.parametrize(("message", "key", "command"), SAID)
def test_a_message_asks_for_one_command_and_names_what_it_is_about(message, key, command):
    assert command_of(message, "web") == command
    assert key_of(message) == key


def test_every_kind_of_message_is_shown_here():
    assert {type(message) for message, _, _ in SAID} == set(inbound.MESSAGES)


def test_a_replacement_names_the_order_that_it_replaces_in_its_own_channel_or_another():
    gift = replace(PLACING, purpose=Purpose.REPLACEMENT, replaces="900")
    same = command_of(gift, "web")
    other = command_of(replace(gift, replaces_channel="phone"), "web")
    assert isinstance(same, PlaceOrder)
    assert isinstance(other, PlaceOrder)
    assert (same.replaces, other.replaces) == ("web:900", "phone:900")


def test_a_notice_that_answers_no_request_of_ours_is_refused():
    with pytest.raises(ValueError, match="payment:operation:intent"):
        command_of(inbound.PaymentNotice("nonsense", Outcome.FAILED), "psp")


@pytest.mark.parametrize("kind", inbound.MESSAGES)
def test_channels_ask_only_what_may_be_asked_from_outside(kind: type[inbound.Message]):
    message = sample(kind)
    if isinstance(message, inbound.PaymentNotice):
        message = replace(message, request_key="web:1/p1:void:1")
    assert type(command_of(message, "web")).__name__ in PUBLIC


@given(
    message=st.one_of(
        *(anything(kind) for kind in (inbound.PlaceOrder, inbound.CancelOrder, inbound.CancelLine))
    )
)
def test_what_a_channel_says_of_an_order_can_be_told_from_the_command(message: inbound.Inbound):
    assume(":" not in getattr(message, "replaces_channel", ""))  # No channel is called so.
    command = command_of(message, "web")
    said = message_of(command)
    assert said is not None
    assert command_of(said, "web") == command


@pytest.mark.parametrize("kind", [*inbound.MESSAGES, *replies.REPLIES])
@given(data=st.data())
def test_what_is_said_comes_back_from_avro_as_it_was(kind, data: st.DataObject):
    message = data.draw(anything(kind))
    assert codec.decode(codec.encode(message), kind) == message


@pytest.mark.parametrize("name", ["inbound.avsc", "outcome.avsc"])
def test_every_field_of_the_contract_says_what_it_is_for(name: str):
    kinds = inbound.MESSAGES if name == "inbound.avsc" else replies.REPLIES
    fields = [field for kind in kinds for field in schemas.record_schema(kind)["fields"]]
    assert [field["name"] for field in fields if not field.get("doc")] == []


@pytest.mark.parametrize(("message", "key", "command"), SAID)
def test_whatever_a_channel_can_say_can_be_told_from_its_command(message, key, command):
    del key
    said = message_of(command)
    assert said is not None
    assert type(said) is type(message)
    again = command_of(said, "web" if channel_of(command) != "edi" else "edi")
    if channel_of(command) == "edi":
        again = replace(again, document_id=again.document_id.removeprefix("edi:"))
    assert again == command


def test_what_people_of_the_shop_say_has_no_place_in_the_contract():
    assert message_of(ShipFulfilment("web:1001/f1.1")) is None
