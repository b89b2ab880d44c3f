"""Who is told of what: subscribing, pausing, secrets, and telling once more."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oms_core.domain.webhook import commands, events
from oms_core.domain.webhook.state import Webhook
from oms_core.kernel import Event, Rejected

Events = Iterator[events.WebhookEvent]

HOST = r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])"
URL = re.compile(rf'https?://{HOST}(?::[0-9]{{1,5}})?(?:[/?][!"$-\[\]-~]*)?')
URL_LETTERS_MAX = 2_000
TYPES_MAX = 500
REPLAYS_MAX = 100
OWN: frozenset[type[Event]] = frozenset(events.WebhookEvent.__args__)
OWN_NAMES = frozenset(kind.__name__ for kind in OWN)


class UnknownWebhook(Rejected):
    """Nobody has subscribed by this name."""

    code = "webhook.unknown"
    remedy = "Name one that was subscribed; `oms webhooks status` shows them."


class WebhookTaken(Rejected):
    """The name stands for another URL, or other types of events."""

    code = "webhook.taken"
    remedy = "Take another name, and disable this one."


class UnusableUrl(Rejected):
    """Nothing could be posted there."""

    code = "webhook.url"
    remedy = "Give a URL such as https://crm.example/hooks, without a user, a password or a #."


class UnusableTypes(Rejected):
    """A webhook is told of something, and never of itself."""

    code = "webhook.types"
    remedy = "Name 1 to 500 types of events, each once, and none of webhooks themselves."


class MissingSecret(Rejected):
    """A message that is not signed could come from anyone."""

    code = "webhook.secret"
    remedy = "Seal a secret of 24 to 64 random bytes; `oms webhooks subscribe` makes one."


class UnusablePosition(Rejected):
    """What was not delivered yet cannot be delivered once more."""

    code = "webhook.position"
    remedy = (
        "Give a position of the log that it has passed; `oms webhooks status` shows how far it is."
    )


class TooManyReplays(Rejected):
    """So many single events are asked for at once."""

    code = "webhook.replays"
    remedy = "Wait until they are delivered, or replay everything from a position on."


def require_known(webhook_id: str, webhook: Webhook) -> None:
    """Check that somebody has subscribed.

    :raises UnknownWebhook: if nobody has.
    """
    if webhook.subscribed is None:
        raise UnknownWebhook(f"webhook_id {webhook_id!r} is not known.")


def subscribe(command: commands.SubscribeWebhook, webhook: Webhook) -> Events:
    """Begin to tell, once; the same again with another secret is no news."""
    url, types = command.url, command.types
    if not (URL.fullmatch(url) and len(url) <= URL_LETTERS_MAX):
        raise UnusableUrl(f"url is {url!r}.")
    wrong = OWN_NAMES & set(types) or len(set(types)) != len(types) or "" in types
    if wrong or not 1 <= len(types) <= TYPES_MAX:
        raise UnusableTypes(f"types is {', '.join(types)!r}.")
    if not command.sealed:
        raise MissingSecret("sealed is empty.")
    if command.after < 0:
        raise UnusablePosition(f"after is {command.after}.")
    before = webhook.subscribed
    if before is None:
        yield events.WebhookSubscribed(
            command.webhook_id, url, types, command.sealed, command.after
        )
    elif (before.url, before.types) != (url, types):
        raise WebhookTaken(f"webhook_id {command.webhook_id!r} posts to {before.url}.")


def disable(command: commands.DisableWebhook, webhook: Webhook) -> Events:
    """Rest."""
    require_known(command.webhook_id, webhook)
    if webhook.enabled:
        yield events.WebhookDisabled(command.webhook_id, events.Off.ASKED, command.reason)


def enable(command: commands.EnableWebhook, webhook: Webhook) -> Events:
    """Go on, at once."""
    require_known(command.webhook_id, webhook)
    if not webhook.enabled:
        yield events.WebhookEnabled(command.webhook_id)


def rotate(command: commands.RotateSecret, webhook: Webhook) -> Events:
    """Take another secret into use."""
    require_known(command.webhook_id, webhook)
    if not command.sealed:
        raise MissingSecret("sealed is empty.")
    if command.sealed != webhook.sealed:
        yield events.SecretRotated(command.webhook_id, command.sealed, command.keep_until)


def replay(command: commands.ReplayWebhook, webhook: Webhook) -> Events:
    """Go back to a position that is behind us."""
    require_known(command.webhook_id, webhook)
    if not 0 <= command.after <= webhook.position:
        raise UnusablePosition(f"after is {command.after}; it is at {webhook.position}.")
    if command.after < webhook.position:
        yield events.ReplayRequested(command.webhook_id, command.after)


def replay_event(command: commands.ReplayEvent, webhook: Webhook) -> Events:
    """Deliver one event once more, unless it is about to be."""
    require_known(command.webhook_id, webhook)
    if not 0 < command.position <= webhook.position:
        raise UnusablePosition(f"position is {command.position}; it is at {webhook.position}.")
    if command.position in webhook.replays:
        return
    if len(webhook.replays) >= REPLAYS_MAX:
        raise TooManyReplays(f"position is {command.position}, after {REPLAYS_MAX} others.")
    yield events.EventReplayRequested(command.webhook_id, command.position)
