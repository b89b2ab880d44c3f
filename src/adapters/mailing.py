"""Sending notices beside the engine, as far as a mail server is set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.bootstrap import Shop
from adapters.clock import system_clock
from adapters.email.follower import NoticeFollower
from adapters.email.office import courier_of
from adapters.postgres.privacy import vault_of


@contextmanager
def mailing_of(shop: Shop, position: int) -> Iterator[NoticeFollower | None]:
    """Send a shop's notices from a position on; nothing, if it has no mail server.

    :raises UnusableSetting: if a setting of its mail cannot be used.
    """
    settings = shop.settings
    if not settings.mail_server:
        yield None
        return
    with shop.log() as log, shop.connection() as connection:
        vault = vault_of(settings, connection)
        courier, post = courier_of(settings, log, vault, system_clock)
        try:
            yield NoticeFollower(log, position, courier)
        finally:
            post.close()
