"""Webhooks on the command line: who is told of what, and what can be done when it does not work."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from time import monotonic, sleep

import pytest
import structlog

from adapters.bootstrap import open_shop
from adapters.cli.running import Taking
from adapters.postgres.inbox import Inbox
from adapters.running import run_shop
from adapters.serving import write_json_lines
from adapters.settings import Settings
from adapters.webhooks.payload import TOLD
from oms_core.domain.webhook.events import SecretRotated, WebhookSubscribed
from tests.support.receiver import SILENCE, Receiver, receiver
from tests.support.terminal import faults, oms, order, receipt

SECONDS_MAX = 60.0


@pytest.fixture(autouse=True)
def shop(dsn: str, schema: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DSN": dsn,
        "HOME": str(tmp_path),
        "LOG_SCHEMA": schema,
        "VIEWS_SCHEMA": f"{schema}_views",
        "WEBHOOKS_LOOPBACK": "true",
    }.items():
        monkeypatch.setenv(f"OMS_{name}", value)


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def subscribed(there: Receiver, *types: str, name: str = "crm") -> str:
    told = oms("webhooks", "subscribe", name, there.url(), *types, "--json")
    assert told.code == 0, told.err + told.out
    secret: str = told.data["secret"]
    return secret


def status(name: str = "crm"):
    return oms("webhooks", "status", name, "--json").data["webhooks"][0]


def place(*references: str) -> None:
    documents = [order(reference, ("MUG", 1)) for reference in references]
    assert oms("send", typed=json.dumps([receipt("MUG", 50), *documents])).code == 0


@contextmanager
def running() -> Iterator[None]:
    """Run the shop beside the test, and let it write its log where no command prints."""
    write_json_lines(StringIO())
    stop, faulty = threading.Event(), []

    def work() -> None:
        try:
            with open_shop(Settings()) as shop, shop.connection() as connection:
                run_shop(shop, stop, [Taking(Inbox(connection, shop.settings.log_schema))])
        except BaseException as error:
            faulty.append(error)
            raise

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(SECONDS_MAX)
        structlog.reset_defaults()
    assert faulty == []


def until(true) -> None:
    """Wait until something is so."""
    gives_up = monotonic() + SECONDS_MAX
    while not true():
        assert monotonic() < gives_up
        sleep(0.01)


def test_what_happens_is_told_while_the_shop_runs_and_it_shows(there: Receiver):
    secret = subscribed(there, "OrderPlaced")
    place("1")
    row = status()
    assert (row["state"], row["pending"], row["delivered"]) == ("enabled", 1, 0)
    with running():
        until(lambda: there.inbox)
        place("2")
        until(lambda: len(there.inbox) == 2)
        until(lambda: status()["delivered"] == 2)
    assert [posted.verified(secret)["id"] for posted in there.inbox] == [
        "order:web:1#1",
        "order:web:2#1",
    ]
    row = status()
    assert (row["pending"], row["types"], row["url"]) == (0, ["OrderPlaced"], there.url())
    assert row["last_success_at"] is not None
    assert row["failing_since"] is None
    assert "crm" in oms("webhooks", "status").out
    with running():
        until(lambda: oms("status", "--json").data["running"])
        place("3")
        until(lambda: len(there.inbox) == 3)
    assert there.ids[-1] == "order:web:3#1"


def test_a_receiver_that_does_not_answer_holds_up_neither_the_shop_nor_another(there: Receiver):
    with receiver() as slow:
        slow.will(*[SILENCE] * 9)
        subscribed(slow, "OrderPlaced", name="slow")
        subscribed(there, "OrderPlaced")
        place("1")
        began = monotonic()
        with running():
            until(lambda: slow.inbox)
            place(*(str(n) for n in range(2, 10)))
            until(lambda: len(there.inbox) == 9)
            quick = monotonic() - began
            until(lambda: status()["delivered"] == 9)
            assert slow.ids == ["order:web:1#1"]
            slow.over.set()
    assert quick < 10, "the slow one answers after 15 seconds at the earliest"


def test_a_webhook_is_paused_goes_on_and_is_told_once_more(there: Receiver):
    subscribed(there, "order.*")
    place("1")
    assert (
        oms("webhooks", "disable", "crm", "--reason", "moving", "--json").data["verdict"] == "done"
    )
    assert (status()["state"], status()["why"]) == ("disabled", "asked")
    assert oms("webhooks", "enable", "crm").code == 0
    with running():
        until(lambda: status()["pending"] == 0)
    told = list(there.ids)
    assert told[0] == "order:web:1#1"
    assert oms("webhooks", "replay", "crm", "--event", "order:web:1#1").code == 0
    assert status()["replays"] == 1
    with running():
        until(lambda: status()["replays"] == 0)
    assert there.ids == [*told, "order:web:1#1"]
    assert oms("webhooks", "replay", "crm", "--after", "0").code == 0
    with running():
        until(lambda: status()["pending"] == 0)
    assert there.ids == [*told, "order:web:1#1", *told]


def test_nothing_is_told_once_more_that_is_not_subscribed_to(there: Receiver):
    subscribed(there, "OrderPlaced")
    card = {"command": "IssueGiftCard", "card_id": "G-1", "amount_minor": 500, "currency": "EUR"}
    assert oms("send", typed=json.dumps([card, receipt("MUG", 5)])).code == 0
    for event in ("giftcard:G-1#1", "stock:MUG#1"):
        printed = oms("webhooks", "replay", "crm", "--event", event, "--json")
        assert (printed.code, faults(printed)) == (2, [("--event", event)])
        assert "which crm is not told of" in printed.out
    assert status()["replays"] == 0


def test_a_secret_is_shown_once_and_stands_in_the_log_as_ciphertext(there: Receiver):
    secret = subscribed(there, "OrderPlaced")
    assert oms("webhooks", "subscribe", "crm", there.url(), "OrderPlaced", "--json").data == {
        "webhook_id": "crm",
        "secret": None,
        "types": ["OrderPlaced"],
        "verdict": "unchanged",
    }
    rotated = oms("webhooks", "rotate", "crm", "--hours", "1", "--json").data["secret"]
    assert rotated != secret
    place("1")
    with running():
        until(lambda: there.inbox)
    assert there.inbox[0].verified(secret) == there.inbox[0].verified(rotated)
    with open_shop(Settings()) as shop, shop.log() as log:
        events = [recorded.event for recorded in log.stream("webhook:crm")]
    sealed = [e.sealed for e in events if isinstance(e, WebhookSubscribed | SecretRotated)]
    assert len(sealed) == 2
    plain = {part.removeprefix("whsec_").encode() for part in (secret, rotated)}
    assert [s for s in sealed if any(part in s for part in plain)] == []


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("crm", "https://crm.example", "OrderPlacd"), ("types", "OrderPlacd")),
        (("crm", "https://crm.example", "giftcard.*"), ("types", "giftcard.*")),
        (("crm", "https://crm.example", "DeliveriesMade"), ("types", "DeliveriesMade")),
        (("crm", "https://10.0.0.1/in", "OrderPlaced"), ("url", "https://10.0.0.1/in")),
        (("crm", "http://8.8.8.8/in", "OrderPlaced"), ("url", "http://8.8.8.8/in")),
        (("crm", "https://[::1", "OrderPlaced"), ("url", "https://[::1")),
        (("crm", "https://[:::]/x", "OrderPlaced"), ("url", "https://[:::]/x")),
        (("crm", "https://crm.example", "OrderPlaced", "--after", "-1"), ("after", "-1")),
        (("crm", "https://crm.example"), ("types", "[]")),
    ],
)
def test_what_cannot_be_subscribed_is_refused_with_the_field(arguments, fault):
    printed = oms("webhooks", "subscribe", *arguments, "--json")
    assert printed.code == 2
    assert faults(printed) == [fault]


def test_without_the_setting_to_develop_with_nothing_is_posted_in_the_clear(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("OMS_WEBHOOKS_LOOPBACK", "false")
    for url in ("http://crm.example/in", "http://127.0.0.1/in", "https://127.0.0.1/in"):
        assert faults(oms("webhooks", "subscribe", "crm", url, "OrderPlaced", "--json")) == [
            ("url", url)
        ]


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("status", "nobody"), ("webhook_id", "nobody")),
        (("enable", "nobody"), ("webhook_id", '"nobody"')),
        (("rotate", "nobody", "--hours", "-1"), ("--hours", "-1")),
        (("replay", "nobody"), ("--after", "None")),
        (("replay", "nobody", "--event", "order:web:9#1"), ("--event", "order:web:9#1")),
        (("replay", "nobody", "--event", "x"), ("--event", "x")),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_field(arguments, fault):
    printed = oms("webhooks", *arguments, "--json")
    assert printed.code == 2
    assert faults(printed) == [fault]


def test_a_boundary_stands_for_all_that_it_knows(there: Receiver):
    subscribed(there, "customer.*", "OrderPlaced", "CustomerPromoted")
    types = status()["types"]
    assert types[-1] == "OrderPlaced"
    assert set(types[:-1]) == {
        n for n, e in TOLD.items() if e.__module__ == "oms_core.domain.customer.events"
    }
