"""Sending notices beside the engine, as far as a mail server is set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from adapters.bootstrap import Shop
from adapters.clock import system_clock
from adapters.email.follower import SOURCE as NOTICES
from adapters.email.follower import NoticeFollower, Round
from adapters.email.office import courier_of
from adapters.postgres.privacy import Vault, master_key
from oms_core.kernel import Instant


class Mailing(Protocol):
    """Sends what is due."""

    def turn(self, now: Instant) -> Round | None:
        """Send what is due, and say what to book; None if nothing."""


@contextmanager
def mailing_of(shop: Shop, position: int) -> Iterator[Mailing | None]:
    """Send a shop's notices from a position on; nothing, if it has no mail server.

    :raises UnusableSetting: if a setting of its mail cannot be used.
    """
    settings = shop.settings
    if not settings.mail_server:
        yield None
        return
    with shop.log() as log, shop.connection() as connection:
        vault = Vault(connection, master_key(settings.home), settings.log_schema)
        courier, post = courier_of(settings, log, vault, system_clock)
        try:
            yield NoticeFollower(log, position, courier)
        finally:
            post.close()


__all__ = ["NOTICES", "Mailing", "mailing_of"]
