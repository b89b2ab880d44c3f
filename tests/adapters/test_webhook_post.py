"""Posting to a URL: only to where it is safe, within bounds, and signed as others verify it."""

from __future__ import annotations

import json
import ssl
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

from adapters.memory import MemoryLog
from adapters.webhooks.addresses import Unsafe, addresses_of, is_public, target_of
from adapters.webhooks.errands import trouble_of
from adapters.webhooks.payload import BODY_BYTES_MAX, TOLD, body_of, iso
from adapters.webhooks.posting import Answer, HttpPost, Unanswered, retry_after
from adapters.webhooks.signing import message_id, new_secret, signature, signed
from oms_core.domain.customer.events import CustomerRegistered
from oms_core.domain.order.events import OrderPlaced
from oms_core.domain.webhook.events import Trouble
from oms_core.kernel import Event, Instant, Recorded
from tests.machines.stories import live, story
from tests.support.messages import anything, sample
from tests.support.receiver import SILENCE, raw_server, receiver

NOON = Instant(1_767_268_800_000_000)
PUBLIC = "93.184.215.14"


def resolving(*names: str) -> Any:
    """Resolve every name to these addresses."""
    return lambda _, port, **__: [(0, 0, 0, "", (name, port)) for name in names]


def post_of(seconds_max: float = 2.0, **options: Any) -> HttpPost:
    return HttpPost(lambda: NOON, loopback=True, seconds_max=seconds_max, **options)


def recorded(event: Event, stream: str = "order:web:1") -> Recorded:
    return Recorded(stream, 1, event, NOON, NOON, "t", "c", "web:1", 7)


# Where to


@pytest.mark.parametrize(
    "name",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:93.184.215.14",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001::1",
        "fc00::1",
        "fe80::1",
        "fe80::1%1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
    ],
)
def test_an_address_that_is_not_public_is_never_posted_to(name):
    assert not is_public(ip_address(name))
    with pytest.raises(Unsafe, match="which is no public address"):
        addresses_of(target_of("https://crm.example"), resolve=resolving(PUBLIC, name))


@pytest.mark.parametrize("name", [PUBLIC, "1.1.1.1", "2606:4700:4700::1111"])
def test_a_public_address_is_posted_to_by_https_only(name):
    assert is_public(ip_address(name))
    found = resolving(name, name)
    assert addresses_of(target_of("https://crm.example"), resolve=found) == [name]
    for loopback in (False, True):
        with pytest.raises(Unsafe, match="messages are sent by https only"):
            addresses_of(target_of("http://crm.example"), loopback=loopback, resolve=found)


def test_this_machine_is_posted_to_only_by_those_who_develop():
    target = target_of("http://crm.example:8080/a?b")
    assert target[:4] == ("crm.example", 8080, False, "/a?b")
    assert addresses_of(target, loopback=True, resolve=resolving("127.0.0.1")) == ["127.0.0.1"]
    with pytest.raises(Unsafe):
        addresses_of(target, resolve=resolving("127.0.0.1"))
    with pytest.raises(Unsafe):
        addresses_of(target, loopback=True, resolve=resolving("127.0.0.1", "10.0.0.1"))


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "localhost", "[::1]", "0"])
def test_another_way_to_write_this_machine_is_no_way_in(host):
    post = HttpPost(lambda: NOON)
    with receiver() as there, pytest.raises(Unsafe, match="which is no public address"):
        post.post(f"https://{host}:{there.port}/", {}, b"")


def test_the_address_that_was_looked_at_is_connected_to_and_the_name_is_not_asked_again():
    asked: list[str] = []

    def once(host: str, port: int, **_: Any) -> Any:
        asked.append(host)
        return [(0, 0, 0, "", ("127.0.0.1", port))]

    with receiver() as there:
        url = f"http://crm.invalid:{there.port}/hooks"
        assert post_of(resolve=once).post(url, {"webhook-id": "1"}, b"{}") == Answer(200)
        assert there.inbox[0].headers["host"] == f"crm.invalid:{there.port}"
    assert asked == ["crm.invalid"]


@pytest.mark.parametrize(
    "url",
    [
        "https://a:99999/",
        "ftp://a/",
        "https://",
        "https://u@a/",
        "https://[::1",
        "https://[:::]/x",
    ],
)
def test_a_url_that_names_no_target_is_refused(url):
    with pytest.raises(Unsafe):
        target_of(url)


# How


def test_silence_is_ended_by_the_deadline():
    with receiver() as there:
        there.will(SILENCE)
        began = time.monotonic()
        with pytest.raises(Unanswered, match="no answer in time"):
            post_of(0.3).post(there.url(), {"webhook-id": "1"}, b"{}")
        assert time.monotonic() - began < 2


def test_an_answer_that_drips_is_ended_by_the_same_deadline():
    drops = (b"HTTP/1.1 200 OK\r\n", *[b"x: y\r\n"] * 40, b"\r\n")
    with raw_server(*drops, pause=0.05) as port, pytest.raises(Unanswered, match="in time"):
        post_of(0.3).post(f"http://127.0.0.1:{port}/", {}, b"")


@pytest.mark.parametrize(
    ("pieces", "what"),
    [
        ((), "it hung up without an answer"),
        ((b"HTTP/1.1 200 OK\r\n",), "it hung up without an answer"),
        ((b"SSH-2.0-x\r\n\r\n",), "its answer is not HTTP/1.1"),
        ((b"HTTP/1.1 200 OK\r\n", b"x: " + b"y" * 70_000), "its answer has no end"),
    ],
)
def test_what_is_no_answer_is_not_taken_for_one(pieces, what):
    with raw_server(*pieces) as port, pytest.raises(Unanswered, match=what):
        post_of().post(f"http://127.0.0.1:{port}/", {}, b"")


def test_a_prelude_is_not_the_answer():
    answers = b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 429\r\nRetry-After:  9 \r\n\r\n"
    with raw_server(answers[:30], answers[30:]) as port:
        assert post_of().post(f"http://127.0.0.1:{port}/", {}, b"") == Answer(429, 9)


def test_nobody_there_is_no_answer():
    with receiver() as there:
        url = there.url()
    with pytest.raises(Unanswered, match="Connection refused"):
        post_of().post(url, {}, b"")
    with pytest.raises(Unanswered, match="crm"):
        post_of().post("https://crm..example/", {}, b"")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120), ("", 0), ("soon", 0), ("-5", 0), ("99999999999", 999_999_999)],
)
def test_time_to_wait_is_read_as_seconds(text, seconds):
    assert retry_after(text, NOON) == seconds


def test_time_to_wait_is_read_as_a_date():
    assert retry_after("Thu, 01 Jan 2026 12:01:00 GMT", NOON) == 60
    assert retry_after("Thu, 01 Jan 2026 11:00:00 GMT", NOON) == 0


@pytest.mark.parametrize(
    ("trouble", "statuses"),
    [
        (None, (200, 201, 204, 299)),
        (Trouble.GONE, (410,)),
        (Trouble.AWAY, (301, 302, 307, 308, 408, 425, 429, 502, 503, 504)),
        (Trouble.REFUSED, (400, 401, 403, 404, 422, 500, 501)),
    ],
)
def test_an_answer_means_taken_gone_away_or_refused(trouble, statuses):
    assert {trouble_of(status) for status in statuses} == {trouble}


def certificate(name: str) -> tuple[bytes, bytes]:
    """Return a certificate for a name that signs itself, and its key, as PEM."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder(
        subject, subject, key.public_key(), x509.random_serial_number(), now, now + timedelta(1)
    )
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.sign(key, hashes.SHA256()).public_bytes(pem), private


def test_the_receiver_must_be_who_it_is_called(tmp_path):
    public, private = certificate("crm.example")
    (tmp_path / "public.pem").write_bytes(public)
    (tmp_path / "both.pem").write_bytes(private + public)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(tmp_path / "both.pem")
    trusting = ssl.create_default_context(cafile=str(tmp_path / "public.pem"))
    with receiver(serving) as there:
        post = post_of(context=trusting, resolve=resolving("127.0.0.1"))
        assert post.post(f"https://crm.example:{there.port}/", {}, b"{}") == Answer(200)
        with pytest.raises(Unanswered, match="certificate"):
            post.post(f"https://other.example:{there.port}/", {}, b"{}")
        with pytest.raises(Unanswered, match="certificate"):
            post_of(resolve=resolving("127.0.0.1")).post(
                f"https://crm.example:{there.port}/", {}, b"{}"
            )
        assert len(there.inbox) == 1


# Signed


def test_a_signature_is_that_of_the_example_in_the_standard():
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    found = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.text(min_size=1, max_size=30), st.text(max_size=200))
def test_whatever_is_signed_is_verified_by_the_library_of_the_standard(name, text):
    secret, seconds = new_secret(), int(time.time())
    body = json.dumps({"text": text}).encode()
    headers = signed([new_secret(), secret], f"order:{name}#1", seconds, body)
    assert Webhook(secret).verify(body, headers) == {"text": text}
    assert "." not in headers["webhook-id"]
    assert headers["webhook-id"].isascii()
    assert headers["webhook-id"].isprintable()


def test_an_id_is_that_of_its_event_and_different_ones_stay_different():
    assert message_id("order:web:1001#3") == "order:web:1001#3"
    assert message_id("fulfilment:web:1/f1.1#2") == "fulfilment:web:1/f1%2E1#2"
    assert message_id("a%2E") != message_id("a.")


# What is told


def names_in(value: Any) -> Iterator[str]:
    """Yield the name of every field within JSON."""
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from names_in(part)


@pytest.mark.parametrize("name", sorted(TOLD))
@settings(max_examples=10)
@given(data=st.data())
def test_nothing_sealed_and_nothing_that_pays_is_told_of_any_event(name, data):
    event = data.draw(anything(TOLD[name]))
    told = json.loads(body_of(recorded(event)))
    untold = {"sealed", "token", "provider_ref"}
    assert untold & set(names_in(told)) == set()
    plain = set(type(event).__struct_fields__) - untold
    assert set(told["data"]) == plain


def test_the_number_of_a_gift_card_is_told_of_no_event_of_a_whole_shop():
    told: set[str] = set()
    for seed in range(1, 13):
        shop = live(story(seed))
        cards = [s.partition(":")[2].encode() for s in shop.states if s.startswith("giftcard:")]
        for happened in MemoryLog(shop.disk).read(0, 100_000):
            if type(happened.event) in TOLD.values():
                body = body_of(happened)
                assert [card for card in cards if card in body] == []
                told.add(type(happened.event).__name__)
    paid = {"AuthorizationSucceeded", "CaptureRequested", "VoidRequested", "RefundRequested"}
    assert paid <= told


def test_what_is_told_of_a_customer_is_who_and_not_how_they_are_reached():
    told = json.loads(body_of(recorded(CustomerRegistered("C1", "FR", b"Ada"), "customer:C1")))
    assert told["data"] == {"customer_id": "C1", "country": "FR"}
    assert (told["stream"], told["version"], told["position"]) == ("customer:C1", 1, 7)
    assert (told["timestamp"], iso(NOON)) == ("2026-01-01T12:00:00.000000Z",) * 2


def test_neither_webhooks_nor_gift_cards_are_told_of():
    boundaries = Counter(event.__module__.split(".")[2] for event in TOLD.values())
    assert {"webhook", "giftcard"} & set(boundaries) == set()
    assert {"order", "customer", "payment"} <= set(boundaries)


def test_what_is_too_big_is_told_without_its_data():
    order = sample(OrderPlaced)
    big = msgspec.structs.replace(order, external_ref="x" * BODY_BYTES_MAX)
    told = json.loads(body_of(recorded(big)))
    assert told["data"] is None
    assert told["left_out_bytes"] > BODY_BYTES_MAX
    assert told["id"] == "order:web:1#1"
    assert len(body_of(recorded(big))) < 1_000
    assert json.loads(body_of(recorded(order)))["data"] is not None
