"""What can have happened to a webhook."""

from __future__ import annotations

from enum import StrEnum

from oms_core.kernel import Event, Instant


class Trouble(StrEnum):
    """What became of a delivery in vain.

    Away: nobody answered, or not as one who is at work. Refused: the answer may be about this one
    message. Gone: the receiver wants none any more.
    """

    AWAY = "away"
    REFUSED = "refused"
    GONE = "gone"


class Off(StrEnum):
    """Why a webhook is told nothing."""

    ASKED = "asked"
    GONE = "gone"
    FAILING = "failing"


class WebhookSubscribed(Event, frozen=True):
    """Events of these types that stand in the log past `after` are posted to `url`.

    `sealed` is the secret that messages are signed with, encrypted.
    """

    webhook_id: str
    url: str
    types: tuple[str, ...]
    sealed: bytes
    after: int = 0


class WebhookDisabled(Event, frozen=True):
    """Nothing is delivered until it is enabled again; its place in the log is kept."""

    webhook_id: str
    why: Off
    detail: str = ""


class WebhookEnabled(Event, frozen=True):
    """It goes on where it was."""

    webhook_id: str


class SecretRotated(Event, frozen=True):
    """Messages are signed with this secret, and until `keep_until` with the one before as well."""

    webhook_id: str
    sealed: bytes
    keep_until: Instant = Instant(0)


class ReplayRequested(Event, frozen=True):
    """Everything that stands in the log past `after` is delivered once more."""

    webhook_id: str
    after: int


class EventReplayRequested(Event, frozen=True):
    """The event at this position of the log is delivered once more, before all others."""

    webhook_id: str
    position: int


class DeliveriesMade(Event, frozen=True):
    """So many messages in a row were taken; everything up to `position` is now behind it."""

    webhook_id: str
    position: int
    count: int


class EventReplayed(Event, frozen=True):
    """The event at this position was taken once more."""

    webhook_id: str
    position: int


class DeliveryFailed(Event, frozen=True):
    """A message was not taken. It is posted again at `retry_at`; those after it wait."""

    webhook_id: str
    position: int
    event_id: str
    attempt: int
    why: Trouble
    detail: str
    failed_at: Instant
    retry_at: Instant


class DeliveryAbandoned(Event, frozen=True):
    """A message was refused so often that it is left out; it can be asked for again."""

    webhook_id: str
    position: int
    event_id: str
    attempt: int
    detail: str


WebhookEvent = (
    WebhookSubscribed
    | WebhookDisabled
    | WebhookEnabled
    | SecretRotated
    | ReplayRequested
    | EventReplayRequested
    | DeliveriesMade
    | EventReplayed
    | DeliveryFailed
    | DeliveryAbandoned
)
