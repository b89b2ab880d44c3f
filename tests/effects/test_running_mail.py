"""A running shop with a mail server: what happens is told, and is not told again after a stop."""

from __future__ import annotations

import threading
from pathlib import Path
from time import monotonic

from adapters.bootstrap import Shop, open_shop
from adapters.cli.following import follow
from adapters.inflow import Batch
from adapters.personal import Contact, Person, to_json
from adapters.postgres.notice_queries import notices
from adapters.postgres.privacy import vault_of
from adapters.postgres.queries import ReadModels
from adapters.running import run_shop
from adapters.settings import Settings
from oms_core.domain.customer.commands import RegisterCustomer
from oms_core.engine.cause import Cause, SourcePosition
from tests.support.mail import mail_server
from tests.support.shop import placement, receipt

SECONDS_MAX = 60.0


class Intake:
    """Messages in one batch, and then the request to stop, as soon as so many letters are out."""

    def __init__(self, shop: Shop, stop: threading.Event, letters: int) -> None:
        with shop.connection() as connection:
            vault = vault_of(shop.settings, connection)
            contact = vault.seal("C1", to_json(Person(Contact("Ada", "ada@buyer.example"))))
        self._commands = (RegisterCustomer("C1", "FR", contact), receipt("MUG", 5))
        self._commands += (placement(1, ("MUG", 2)),)
        self._shop, self._stop, self._letters = shop, stop, letters
        self._gives_up = monotonic() + SECONDS_MAX
        self._taken = False

    def batch(self) -> Batch | None:
        if self._taken:
            if self._told() or monotonic() > self._gives_up:
                self._stop.set()
            return None
        self._taken = True
        causes = [Cause(c, f"m{n}", "channel:web") for n, c in enumerate(self._commands)]
        return Batch(causes, [SourcePosition("test", 0, len(causes))])

    def rewind(self) -> None:
        raise AssertionError("nobody else reads this source")

    def _told(self) -> bool:
        follow(self._shop)
        with self._shop.connection() as connection:
            models = ReadModels(connection, self._shop.settings.views_schema)
            sent = notices(models, 10, state="sent").total
        return sent >= self._letters


class Nothing:
    """An intake that only asks to stop, after some turns."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop, self._turns = stop, 0

    def batch(self) -> Batch | None:
        self._turns += 1
        if self._turns > 2:
            self._stop.set()
        return None

    def rewind(self) -> None:
        raise AssertionError("nobody else reads this source")


def test_an_order_is_confirmed_by_mail_once_also_when_the_shop_is_opened_again(
    dsn: str, schema: str, tmp_path: Path
):
    with mail_server() as (desk, port):
        settings = Settings(
            dsn=dsn,
            home=tmp_path,
            log_schema=schema,
            views_schema=f"{schema}_views",
            mail_server=f"smtp://127.0.0.1:{port}",
            mail_from="Shop <orders@shop.example>",
        )
        with open_shop(settings) as shop:
            stop = threading.Event()
            run_shop(shop, stop, [Intake(shop, stop, 1)])
            again = threading.Event()
            run_shop(shop, again, [Nothing(again)])
            with shop.connection() as connection:
                models = ReadModels(connection, settings.views_schema)
                (shown,) = notices(models, 10, order="web:1", customer="C1").rows
    assert [(m["To"], m["Subject"]) for m in desk.inbox] == [
        ("ada@buyer.example", "Your order 1 is confirmed")
    ]
    assert (shown["notice_id"], shown["state"]) == ("order_placed|web:1", "sent")
    assert shown["language"] == "en"
