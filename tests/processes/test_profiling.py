"""What a CRM says of a customer goes on to the customer."""

from __future__ import annotations

from msgspec.structs import replace

from oms_core.domain.customer.commands import ChangeContact, ChangePreferences, RegisterCustomer
from oms_core.domain.customer.events import Channel
from oms_core.domain.profile.events import Consent, ProfileUpserted
from oms_core.processes.profiling import profiling
from tests.support.spec import Specification

given = Specification(profiling)

CONSENT = Consent("ko", marketing=True, basis="fair")
SAID = ProfileUpserted("crm:17", "crm", "17", "C1", 3, "KR", b"sealed", (), CONSENT)
KNOWN, REACHED = RegisterCustomer("C1", "KR", b"sealed"), ChangeContact("C1", b"sealed")


def test_a_customer_is_known_reached_and_written_to_as_the_record_says():
    agreed = ChangePreferences("C1", "ko", marketing=True, channel=Channel.EMAIL, basis="fair")
    given().when(SAID).then(KNOWN, REACHED, agreed)


def test_who_wants_no_mail_there_gets_none_here():
    silent = replace(SAID, consent=replace(CONSENT, mail=False, marketing=False))
    agreed = ChangePreferences("C1", "ko", marketing=False, channel=Channel.NONE, basis="fair")
    given().when(silent).then(KNOWN, REACHED, agreed)


def test_who_turned_out_to_be_somebody_else_is_spoken_of_as_them():
    merged = replace(SAID, survivor_id="C9", consent=None)
    given().when(merged).then(
        RegisterCustomer("C9", "KR", b"sealed"), ChangeContact("C9", b"sealed")
    )


def test_what_the_record_does_not_speak_of_stays_as_it_is():
    given().when(replace(SAID, sealed=b"", consent=None)).then(RegisterCustomer("C1", "KR", b""))
