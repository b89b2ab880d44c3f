"""Messages against their forms: what fits is taken as it is, what does not is named."""

from __future__ import annotations

import json

import msgspec
import pytest
from msgspec.structs import replace

from adapters.intake import inbound
from adapters.intake.forms import Misfit, Unfit, check, fill_in
from tests.adapters.test_inbound import PLACING, SAID

SEE = "schemas/inbound.avsc"


@pytest.mark.parametrize("message", [message for message, _, _ in SAID])
def test_a_message_that_fits_is_the_same_from_json_and_passes_its_check(message):
    written = json.loads(msgspec.json.encode(message))
    assert fill_in(type(message), written, SEE) == message
    check(message, SEE)


def test_every_field_that_does_not_fit_is_named_with_its_remedy():
    lines = (replace(PLACING.lines[0], number=0), replace(PLACING.lines[1], sku="x" * 501))
    with pytest.raises(Unfit) as caught:
        check(replace(PLACING, external_ref="", lines=lines), SEE)
    remedy = f"Correct it; {SEE} shows how it is written."
    assert caught.value.misfits == (
        Misfit("external_ref", '""', "String should have at least 1 character.", remedy),
        Misfit("lines[0].number", "0", "Input should be greater than or equal to 1.", remedy),
        Misfit(
            "lines[1].sku",
            '"' + "x" * 118 + "…",
            "String should have at most 500 characters.",
            remedy,
        ),
    )


def test_a_notice_whose_key_is_none_of_ours_does_not_fit():
    with pytest.raises(Unfit) as caught:
        fill_in(inbound.PaymentNotice, {"request_key": "nonsense", "outcome": "failed"}, SEE)
    assert [misfit.field for misfit in caught.value.misfits] == ["request_key"]


def test_what_is_not_a_field_is_not_taken():
    with pytest.raises(Unfit) as caught:
        fill_in(inbound.CancelOrder, {"external_ref": "1", "order_id": "web:1"}, SEE)
    assert caught.value.misfits == (
        Misfit(
            "order_id",
            '"web:1"',
            "Extra inputs are not permitted.",
            f"Take it out; see {SEE} for the fields.",
        ),
    )
