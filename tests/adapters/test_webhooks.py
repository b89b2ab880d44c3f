"""The endpoint for Stripe's events, over HTTP, into a real database, to a running engine."""

from __future__ import annotations

import http.client
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from time import monotonic, time

import psycopg
import pytest
from pydantic import SecretStr

from adapters.bootstrap import Shop, open_shop
from adapters.hearing import hear
from adapters.postgres.inbox import Inbox
from adapters.postgres.projections import Projector
from adapters.posts import BODY_BYTES_MAX, Reply, Taker, posts
from adapters.settings import Settings, UnusableSetting
from oms_core.domain.fulfilment.commands import ShipFulfilment
from oms_core.domain.payment.commands import Outcome, ReportAuthorization, ReportCapture
from oms_core.domain.payment.events import AuthorizationSucceeded, PaymentChargedBack
from oms_core.kernel import Instant
from tests.support.kafka.ports import free_ports
from tests.support.process import until
from tests.support.shop import must, placement, receipt
from tests.support.stripe.events import SIGNING, dispute, event, sign

PAYMENT = "web:1/p1"
CHARGE = {
    "id": "ch_1",
    "payment_intent": "pi_1",
    "metadata": {"oms_key": f"{PAYMENT}:authorize:1"},
    "payment_method_details": {"card": {"capture_before": 1_800_000_000}},
}


@pytest.fixture
def shop(dsn: str, schema: str, tmp_path: Path) -> Iterator[Shop]:
    """An empty shop that may be sent events."""
    settings = Settings(
        dsn=dsn,
        home=tmp_path,
        log_schema=schema,
        views_schema=f"{schema}_views",
        stripe_webhook_secret=SIGNING,
        webhooks_port=free_ports(1)[0],
    )
    with open_shop(settings) as shop:
        yield shop


@contextmanager
def hearing(shop: Shop) -> Iterator[int]:
    """Hear in a thread, and give the port once somebody answers there."""
    stop, port = Flag(), shop.settings.webhooks_port
    thread = Thread(target=hear, args=(shop, stop))
    thread.start()
    try:
        until(lambda: answers(port))
        yield port
    finally:
        stop.set()
        thread.join(10)


def answers(port: int) -> bool:
    try:
        return post(port, b"", path="/")[0] == 404
    except OSError:
        return False


def post(
    port: int, body: bytes | None, signature: str = "", path: str = "/stripe"
) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", path, body, {"Stripe-Signature": signature})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def send(port: int, name: str, kind: str, thing: dict) -> tuple[int, str]:
    body = event(name, kind, thing, int(time()))
    return post(port, body, sign(body, int(time())))


def waiting(shop: Shop) -> list[tuple[str, object]]:
    """Return what the engine would take next."""
    with shop.connection() as connection:
        causes = Inbox(connection, shop.settings.log_schema).take()
    return [(cause.cause_id, cause.command) for cause in causes]


def test_an_event_waits_for_the_engine_once_it_is_answered_and_twice_if_it_came_twice(shop):
    with hearing(shop) as port:
        for _ in range(2):
            answer = send(port, "evt_1", "charge.succeeded", CHARGE)
            assert answer == (200, "evt_1 taken\n")
    said = ReportAuthorization(
        PAYMENT, Outcome.SUCCEEDED, "pi_1", expires_at=Instant(1_800_000_000_000_000)
    )
    assert waiting(shop) == [("stripe:evt_1:0", said)] * 2


def test_p20_an_event_that_came_twice_is_one_in_the_log_and_says_what_caused_it(shop):
    with shop.engine() as engine, hearing(shop) as port, shop.connection() as connection:
        must(engine, receipt("MUG", 1), placement(1, ("MUG", 1)))
        for _ in range(2):
            send(port, "evt_1", "charge.succeeded", CHARGE)
        engine.handle(Inbox(connection, shop.settings.log_schema).take())
        with shop.log() as log:
            (booked,) = log.read(0, types=frozenset({AuthorizationSucceeded}))
    assert (booked.causation_id, booked.actor) == ("stripe:evt_1:0", "stripe")


def test_what_is_not_signed_is_refused_and_nothing_waits(shop):
    body = event("evt_1", "charge.succeeded", CHARGE, int(time()))
    with hearing(shop) as port:
        status, text = post(port, body, sign(body, int(time()), "whsec_of_another"))
    assert (status, text[:17]) == (400, "Stripe-Signature:")
    assert waiting(shop) == []


def test_a_dispute_finds_its_payment_by_the_intent_that_it_names(shop):
    with shop.engine() as engine, hearing(shop) as port, shop.connection() as connection:
        must(engine, receipt("MUG", 1), placement(1, ("MUG", 1)))
        must(engine, ReportAuthorization(PAYMENT, Outcome.SUCCEEDED, "pi_1"))
        must(engine, ShipFulfilment("web:1/f1.1"))
        must(engine, ReportCapture(PAYMENT, "web:1/f1.1", Outcome.SUCCEEDED))
        with shop.log() as log:
            Projector(connection, log, schema=shop.settings.views_schema).catch_up()
        for intent, outcome in (("pi_1", "taken"), ("pi_9", "ignored")):
            withdrawn = dispute(intent, 1_000)
            answer = send(port, f"evt_{intent}", "charge.dispute.funds_withdrawn", withdrawn)
            assert answer == (200, f"evt_{intent} {outcome}\n")
        engine.handle(Inbox(connection, shop.settings.log_schema).take())
        with shop.log() as log:
            (booked,) = log.read(0, types=frozenset({PaymentChargedBack}))
    assert (booked.event.payment_id, booked.event.amount_minor) == (PAYMENT, 1_000)


def broken(body: bytes, signature: str) -> Reply:
    raise psycopg.OperationalError("the server is gone")


def test_what_cannot_be_stored_now_is_to_be_sent_again():
    with posts("127.0.0.1", 0, {"/stripe": Taker("Stripe-Signature", broken)}) as port:
        assert post(port, b"{}") == (503, "It cannot be stored now: send it again.\n")


def test_what_is_too_long_or_has_no_length_or_goes_elsewhere_is_refused_unread():
    with posts("127.0.0.1", 0, {"/stripe": Taker("Stripe-Signature", broken)}) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.putrequest("POST", "/stripe")
        connection.putheader("Content-Length", str(BODY_BYTES_MAX + 1))
        connection.endheaders()
        assert connection.getresponse().status == 413
        connection.close()
        connection.putrequest("POST", "/stripe")
        connection.endheaders()
        assert connection.getresponse().status == 411
        connection.close()
        assert post(port, b"", path="/other") == (404, "Post to /stripe.\n")
        connection.request("GET", "/stripe")
        assert connection.getresponse().status == 501
        connection.close()


def stored(body: bytes, signature: str) -> Reply:
    return Reply(HTTPStatus.OK, f"{len(body)} bytes")


STORING = {"/stripe": Taker("Stripe-Signature", stored)}
HALF = b"POST /stripe HTTP/1.1\r\nContent-Length: 9\r\n\r\n12"


def answer_to(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """Send pieces, with seconds between them, until something is answered; nothing if cut off."""
    there = socket.create_connection(("127.0.0.1", port), timeout=10)
    with there, suppress(ConnectionError):
        for piece in pieces:
            there.sendall(piece)
            if select.select([there], [], [], pause)[0]:
                break
        return there.recv(65_536)
    return b""


@pytest.mark.parametrize("digits", [8, 5_000])
def test_a_length_that_is_no_length_is_refused_and_not_counted(digits: int):
    head = b"POST /stripe HTTP/1.1\r\nContent-Length: " + b"0" * (digits - 1) + b"1\r\n\r\n"
    with posts("127.0.0.1", 0, STORING) as port:
        assert answer_to(port, head).startswith(b"HTTP/1.1 413 ")


def test_what_drips_is_not_waited_for_and_is_not_taken_in_part():
    long = b"POST /stripe HTTP/1.1\r\nContent-Length: 900\r\n\r\n"
    bodies: list[bytes] = []

    def keep(body: bytes, signature: str) -> Reply:
        bodies.append(body)
        return stored(body, signature)

    takers = {"/stripe": Taker("Stripe-Signature", keep)}
    with posts("127.0.0.1", 0, takers, seconds_max=0.3) as port:
        began = monotonic()
        answer_to(port, long, *[b"x"] * 900, pause=0.02)
        answer_to(port, *[b"POST"] * 900, pause=0.02)
        assert monotonic() - began < 5
        assert post(port, b"12") == (200, "2 bytes\n")
    assert bodies == [b"12"]


def test_no_more_are_served_at_once_than_there_is_room_for():
    with posts("127.0.0.1", 0, STORING, served_max=1) as port:
        with socket.create_connection(("127.0.0.1", port)) as first:
            first.sendall(HALF)
            assert answer_to(port).startswith(b"HTTP/1.1 503 ")
            first.sendall(b"3456789")
            assert first.recv(99).startswith(b"HTTP/1.1 200 ")
        until(lambda: answer_to(port, HALF, b"3456789").startswith(b"HTTP/1.1 200 "))


def test_who_has_not_finished_does_not_keep_us_from_stopping():
    with posts("127.0.0.1", 0, STORING) as port:
        half = socket.create_connection(("127.0.0.1", port), timeout=10)
        silent = socket.create_connection(("127.0.0.1", port), timeout=10)
        half.sendall(HALF)
        assert post(port, b"12") == (200, "2 bytes\n"), "the others were accepted before"
        began = monotonic()
    assert monotonic() - began < 5
    assert half.recv(99).startswith(b"HTTP/1.1 408 ")
    assert silent.recv(99) == b""
    half.close()
    silent.close()


def test_without_a_secret_or_a_free_port_it_says_what_to_set(shop):
    unset = Shop(
        shop.dsn, shop.settings.model_copy(update={"stripe_webhook_secret": SecretStr("")})
    )
    with pytest.raises(UnusableSetting, match="OMS_STRIPE_WEBHOOK_SECRET: There is no secret"):
        hear(unset, Flag())
    with hearing(shop), pytest.raises(UnusableSetting, match="OMS_WEBHOOKS_PORT: Nothing can"):
        hear(shop, Flag())
