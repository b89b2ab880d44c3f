"""What may be asked of a webhook."""

from __future__ import annotations

from oms_core.domain.webhook.events import Trouble
from oms_core.kernel import Command, Instant


class SubscribeWebhook(Command, frozen=True):
    """Post events of these types to `url`, from the position `after` of the log on."""

    webhook_id: str
    url: str
    types: tuple[str, ...]
    sealed: bytes
    after: int = 0


class DisableWebhook(Command, frozen=True):
    """Deliver nothing for now."""

    webhook_id: str
    reason: str


class EnableWebhook(Command, frozen=True):
    """Go on where it was, whatever it was disabled for."""

    webhook_id: str


class RotateSecret(Command, frozen=True):
    """Sign with another secret, and until `keep_until` with the present one as well."""

    webhook_id: str
    sealed: bytes
    keep_until: Instant = Instant(0)


class ReplayWebhook(Command, frozen=True):
    """Deliver everything once more that stands in the log past `after`."""

    webhook_id: str
    after: int


class ReplayEvent(Command, frozen=True):
    """Deliver the event at one position once more."""

    webhook_id: str
    position: int


class RecordDeliveries(Command, frozen=True):
    """So many messages were taken. We began past `after`, and came as far as `position`."""

    webhook_id: str
    after: int
    position: int
    count: int


class RecordReplay(Command, frozen=True):
    """The event at this position was taken once more."""

    webhook_id: str
    position: int


class RecordDeliveryFailure(Command, frozen=True):
    """The `attempt`-th try to deliver the event at `position` was in vain.

    `retry_after_seconds` is for how long the receiver wants to be left alone; zero: it did not say.
    `final` means that the message is refused for good, by ourselves.
    """

    webhook_id: str
    position: int
    event_id: str
    attempt: int
    why: Trouble
    detail: str
    at: Instant
    retry_after_seconds: int = 0
    final: bool = False


WebhookCommand = (
    SubscribeWebhook
    | DisableWebhook
    | EnableWebhook
    | RotateSecret
    | ReplayWebhook
    | ReplayEvent
    | RecordDeliveries
    | RecordReplay
    | RecordDeliveryFailure
)
