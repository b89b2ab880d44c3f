"""The mail of a shop, as its settings have it."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parseaddr
from random import random
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adapters.email.clerk import MailClerk, Vault
from adapters.email.post import SmtpPost, server_of
from adapters.email.shop import Sender
from adapters.personal import is_address
from adapters.settings import Settings, UnusableSetting
from oms_core.effects.courier import Courier
from oms_core.effects.persons import Streams
from oms_core.kernel import Instant


def sender_of(settings: Settings) -> Sender:
    """Return what letters say of the shop.

    :raises UnusableSetting: if a setting cannot be used.
    """
    for name, value in (
        ("OMS_MAIL_FROM", parseaddr(settings.mail_from)[1]),
        ("OMS_MAIL_MERCHANT", settings.mail_merchant or "nobody@shop.example"),
    ):
        if not is_address(value):
            remedy = "Write it as orders@shop.example; OMS_MAIL_FROM may have a name before it."
            raise UnusableSetting(name, value, "It is no address of mail.", remedy)
    try:
        ZoneInfo(settings.shop_zone)
    except (ZoneInfoNotFoundError, ValueError):
        remedy = "Give a zone of the IANA time zone database, such as Europe/Paris or Asia/Seoul."
        rule = "There is no such time zone."
        raise UnusableSetting("OMS_SHOP_ZONE", settings.shop_zone, rule, remedy) from None
    return Sender(
        settings.shop_name,
        settings.shop_site.rstrip("/"),
        settings.shop_contact,
        settings.shop_zone,
    )


def courier_of(
    settings: Settings, log: Streams, vault: Vault, clock: Callable[[], Instant]
) -> tuple[Courier, SmtpPost]:
    """Return who sends a shop's notices, and the post to be closed at the end.

    :raises UnusableSetting: if a setting cannot be used.
    """
    sender = sender_of(settings)
    password = settings.mail_password.get_secret_value()
    server = server_of(settings.mail_server, settings.mail_user, password)
    reply_to = settings.shop_contact if is_address(settings.shop_contact) else ""
    post = SmtpPost(server, settings.mail_from, clock, reply_to)
    clerk = MailClerk(log, vault, sender, settings.mail_merchant)
    return Courier(clerk, post, jitter=random), post
