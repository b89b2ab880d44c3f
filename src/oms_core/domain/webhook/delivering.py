"""How far a webhook has been told, and what follows from a delivery in vain."""

from __future__ import annotations

from collections.abc import Iterator
from zlib import crc32

from oms_core.domain.webhook import commands, events
from oms_core.domain.webhook.events import Off, Trouble
from oms_core.domain.webhook.state import Webhook
from oms_core.domain.webhook.subscribing import require_known
from oms_core.kernel import Instant

Events = Iterator[events.WebhookEvent]

SECOND = 1_000_000
DAY = 86_400 * SECOND
BACKOFF_SECONDS = 5
BACKOFF_SECONDS_MAX = 4 * 3_600
DOUBLINGS_MAX = 20
RETRY_AFTER_SECONDS_MAX = 86_400
"""No receiver is left alone for longer than a day, whatever it asks for."""

REFUSALS_MAX = 10
"""A message that is refused so often, over about three quarters of an hour, is left out."""

FAILING_DAYS_MAX = 5
"""A webhook that has taken nothing for so long is disabled."""


def record_deliveries(command: commands.RecordDeliveries, webhook: Webhook) -> Events:
    """Move on, if we are still where the deliveries began: a replay may have been asked for."""
    require_known(command.webhook_id, webhook)
    if command.after == webhook.position < command.position:
        yield events.DeliveriesMade(command.webhook_id, command.position, command.count)


def record_replay(command: commands.RecordReplay, webhook: Webhook) -> Events:
    """Know that one event was delivered once more."""
    require_known(command.webhook_id, webhook)
    if command.position in webhook.replays:
        yield events.EventReplayed(command.webhook_id, command.position)


def record_failure(command: commands.RecordDeliveryFailure, webhook: Webhook) -> Events:
    """Try again later, leave the message out, or deliver nothing any more. Each try counts once."""
    require_known(command.webhook_id, webhook)
    waits = command.position > webhook.position or command.position in webhook.replays
    if not (webhook.enabled and waits and command.attempt == webhook.attempts + 1):
        return
    since = webhook.failing_since or command.at
    name, detail = command.webhook_id, command.detail
    if command.why is Trouble.GONE:
        yield events.WebhookDisabled(name, Off.GONE, detail)
    elif command.at - since >= FAILING_DAYS_MAX * DAY:
        yield events.WebhookDisabled(name, Off.FAILING, detail)
    elif command.why is Trouble.REFUSED and (command.final or command.attempt >= REFUSALS_MAX):
        yield events.DeliveryAbandoned(
            name, command.position, command.event_id, command.attempt, detail
        )
    else:
        yield _failed(command)


def _failed(command: commands.RecordDeliveryFailure) -> events.DeliveryFailed:
    return events.DeliveryFailed(
        command.webhook_id,
        command.position,
        command.event_id,
        command.attempt,
        command.why,
        command.detail,
        command.at,
        retry_at(command),
    )


def retry_at(command: commands.RecordDeliveryFailure) -> Instant:
    """Return when to try again: twice as late each time, not before the receiver wants it.

    The half to one and a half times of it that is waited is drawn from the names of webhook and
    message, so that many webhooks do not come back all at once, and a decision needs no dice.
    """
    doublings = min(max(command.attempt - 1, 0), DOUBLINGS_MAX)
    seconds = min(BACKOFF_SECONDS * 2**doublings, BACKOFF_SECONDS_MAX)
    drawn = crc32(f"{command.webhook_id}|{command.position}|{command.attempt}".encode()) / 2**32
    wanted = min(max(command.retry_after_seconds, 0), RETRY_AFTER_SECONDS_MAX)
    return Instant(command.at + int(max(seconds * (0.5 + drawn), wanted) * SECOND))
