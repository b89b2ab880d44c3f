"""The way to a mail server, against a real one that refuses, hangs up, and takes."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from msgspec.structs import replace

from adapters.email.post import Server, SmtpPost, message_id, server_of
from adapters.settings import UnusableSetting
from oms_core.effects.courier import Letter, OutOfReach, Refused
from oms_core.kernel import Instant
from tests.support.mail import CUT, LOST, Desk, mail_server

NOW = Instant(1_767_268_800_000_000)
LETTER = Letter(
    "order_placed|web:1",
    "C1",
    "ko",
    "ada@buyer.example",
    "주문 1001 접수가 완료되었습니다",
    "안녕하세요, 김하늘 고객님.\n" + "긴 줄 " * 400,
    "<p>안녕하세요</p>",
)
FROM = "Mug & Co <orders@shop.example>"


@pytest.fixture
def desk() -> Iterator[Desk]:
    with mail_server() as (desk, port):
        desk.port = port  # type: ignore[attr-defined]
        yield desk


@pytest.fixture
def post(desk: Desk) -> Iterator[SmtpPost]:
    server = Server("127.0.0.1", desk.port)  # type: ignore[attr-defined]
    post = SmtpPost(server, FROM, lambda: NOW, "care@shop.example")
    yield post
    post.close()


def parts(message: EmailMessage) -> list[tuple[str, str]]:
    return [
        (part.get_content_type(), part.get_content().replace("\r\n", "\n"))
        for part in message.iter_parts()
    ]


def test_a_letter_arrives_as_it_was_written(desk: Desk, post: SmtpPost):
    assert post.send(LETTER) is None
    (message,) = desk.inbox
    expected = {
        "From": FROM,
        "To": LETTER.to,
        "Subject": LETTER.subject,
        "Date": "Thu, 01 Jan 2026 12:00:00 +0000",
        "Message-ID": message_id(LETTER.notice_id, "shop.example"),
        "Content-Language": "ko",
        "Auto-Submitted": "auto-generated",
        "Reply-To": "care@shop.example",
    }
    assert {name: message[name] for name in expected} == expected
    assert parts(message) == [
        ("text/plain", LETTER.text + "\n"),
        ("text/html", LETTER.html + "\n"),
    ]


def test_a_notice_has_the_same_message_id_however_often_it_is_sent_and_another_has_another():
    ids = {message_id(name, "shop.example") for name in ("a", "b", "a")}
    assert len(ids) == 2
    assert all(name.isascii() and "|" not in name for name in ids)


def test_several_letters_share_a_connection_and_a_new_one_is_made_when_it_is_gone(
    desk: Desk, post: SmtpPost
):
    desk.recipients = ["250 OK", "550 5.1.1 no such user"]
    assert post.send(LETTER) is None
    assert post.send(LETTER) == Refused("550 5.1.1 no such user", final=True)
    assert post.send(LETTER) is None
    desk.contents = [LOST]
    post.send(LETTER)
    assert post.send(LETTER) is None
    assert len(desk.inbox) == 3


@pytest.mark.parametrize(
    ("answer", "final"),
    [
        ("451 4.3.0 try later", False),
        ("452 4.2.2 mailbox full", False),
        ("550 5.1.1 no such user", True),
        ("554 5.7.1 not wanted", True),
    ],
)
def test_a_temporary_refusal_is_told_from_a_permanent_one(
    desk: Desk, post: SmtpPost, answer: str, final: bool
):
    desk.recipients = [answer]
    assert post.send(LETTER) == Refused(answer, final=final)
    desk.contents = [answer]
    assert post.send(LETTER) == Refused(answer, final=final)
    assert desk.inbox == []
    assert post.send(LETTER) is None


@pytest.mark.parametrize(("how", "arrived"), [(CUT, 1), (LOST, 0)])
def test_a_connection_cut_after_the_contents_leaves_it_open_whether_they_arrived(
    desk: Desk, post: SmtpPost, how: str, arrived: int
):
    desk.contents = [how]
    refused = post.send(LETTER)
    assert refused is not None
    assert not refused.final
    assert refused.reason.startswith("The connection was lost; it may have arrived: ")
    assert len(desk.inbox) == arrived
    assert post.send(LETTER) is None
    assert len({message["Message-ID"] for message in desk.inbox}) == 1


def test_a_server_that_is_not_there_was_offered_nothing():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # Nobody listens here.
        post = SmtpPost(Server("127.0.0.1", taken.getsockname()[1]), FROM, lambda: NOW)
        with pytest.raises(OutOfReach, match="refused"):
            post.send(LETTER)


def test_a_password_is_not_sent_in_the_clear(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("adapters.email.post.LOOPBACK", frozenset())
    server = Server("127.0.0.1", desk.port, user="shop", password="secret")  # type: ignore[attr-defined]
    with pytest.raises(OutOfReach, match="offers no TLS, and a password is not sent without it"):
        SmtpPost(server, FROM, lambda: NOW).send(LETTER)
    assert desk.offered == 0


def test_a_server_that_knows_no_passwords_is_not_used_with_one(desk: Desk):
    server = Server("127.0.0.1", desk.port, user="shop", password="secret")  # type: ignore[attr-defined]
    with pytest.raises(OutOfReach):
        SmtpPost(server, FROM, lambda: NOW).send(LETTER)


@pytest.mark.parametrize("subject", ["a\nBcc: x@y.example", "a\r\nBcc: x@y.example"])
def test_no_letter_can_smuggle_in_a_header(desk: Desk, post: SmtpPost, subject: str):
    with pytest.raises(ValueError, match="linefeed"):
        post.send(replace(LETTER, subject=subject))
    assert desk.offered == 0


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", Server("mail.example", 587)),
        ("smtp://mail.example:25", Server("mail.example", 25)),
        ("smtps://mail.example/", Server("mail.example", 465, encrypted=True)),
    ],
)
def test_a_mail_server_is_named_by_a_url(url: str, server: Server):
    assert server_of(url) == server


@pytest.mark.parametrize(
    "url",
    ["mail.example", "http://mail.example", "smtp://", "smtp://u:p@mail.example", "smtp://h:x"],
)
def test_what_names_no_mail_server_is_refused_with_the_field_and_a_remedy(url: str):
    with pytest.raises(UnusableSetting, match=r"OMS_MAIL_SERVER.*smtp://mail\.example:587") as told:
        server_of(url)
    assert told.value.value == url


# Addresses
