"""The board of webhooks: how far each is, and what stands in the way."""

from __future__ import annotations

from msgspec.structs import replace

from oms_core.domain.webhook import events
from oms_core.domain.webhook.events import Off, Trouble
from oms_core.kernel import Event, Instant, Recorded
from projections.webhooks import Webhook, webhooks

NOON, LATER = Instant(1_767_268_800_000_000), Instant(1_767_268_900_000_000)
SUBSCRIBED = events.WebhookSubscribed("crm", "https://crm.example", ("OrderPlaced",), b"1", 4)
TOLD = events.DeliveriesMade("crm", 9, 3)
FAILED = events.DeliveryFailed("crm", 12, "order:a#1", 1, Trouble.AWAY, "HTTP 503", NOON, LATER)
WELL = Webhook("crm", "https://crm.example", ("OrderPlaced",), position=4, subscribed_at=NOON)
BEHIND = replace(WELL, position=9, delivered=3, last_success_at=NOON)
FAILING = replace(
    BEHIND,
    state="failing",
    attempts=1,
    failing_since=NOON,
    failing_event="order:a#1",
    last_error="HTTP 503",
    retry_at=LATER,
)


def shown(*happened: Event) -> Webhook:
    history = [
        Recorded("webhook:crm", n, event, NOON, NOON, "t", "c", "s", n)
        for n, event in enumerate(happened, 1)
    ]
    return webhooks.fold(history)["crm"]


def test_what_was_taken_is_counted():
    assert shown(SUBSCRIBED) == WELL
    assert shown(SUBSCRIBED, TOLD) == BEHIND


def test_what_fails_shows_since_when_and_until_when_it_is_left_alone():
    assert shown(SUBSCRIBED, TOLD, FAILED) == FAILING
    again = replace(FAILED, attempt=2, failed_at=LATER, detail="HTTP 500")
    assert shown(SUBSCRIBED, TOLD, FAILED, again) == replace(
        FAILING, attempts=2, last_error="HTTP 500"
    )
    taken = events.DeliveriesMade("crm", 12, 1)
    assert shown(SUBSCRIBED, TOLD, FAILED, taken) == replace(BEHIND, position=12, delivered=4)


def test_what_is_left_out_is_counted_and_named_and_does_not_make_it_well():
    out = events.DeliveryAbandoned("crm", 12, "order:a#1", 10, "HTTP 400")
    left = shown(SUBSCRIBED, TOLD, FAILED, out)
    assert (left.position, left.abandoned, left.last_abandoned) == (12, 1, "order:a#1")
    assert (left.failing_since, left.retry_at, left.last_error) == (NOON, 0, "HTTP 400")


def test_a_replay_counts_until_it_is_taken_or_left_out():
    wanted = events.EventReplayRequested("crm", 7)
    assert shown(SUBSCRIBED, TOLD, wanted) == replace(BEHIND, replays=1, replaying=(7,))
    taken = shown(SUBSCRIBED, TOLD, wanted, events.EventReplayed("crm", 7))
    assert taken == replace(BEHIND, delivered=4)
    out = events.DeliveryAbandoned("crm", 7, "order:b#1", 10, "HTTP 400")
    left = shown(SUBSCRIBED, TOLD, wanted, out)
    assert (left.replays, left.position) == (0, 9)
    back = shown(SUBSCRIBED, TOLD, events.ReplayRequested("crm", 2))
    assert back == replace(BEHIND, position=2)


def test_a_replay_that_is_left_out_after_a_rewind_does_not_move_it_on():
    wanted, back = events.EventReplayRequested("crm", 8), events.ReplayRequested("crm", 5)
    out = events.DeliveryAbandoned("crm", 8, "order:b#1", 10, "HTTP 400")
    left = shown(SUBSCRIBED, TOLD, wanted, back, out)
    assert (left.position, left.replays, left.replaying) == (5, 0, ())
    past = events.DeliveryAbandoned("crm", 6, "order:a#1", 10, "HTTP 400")
    assert shown(SUBSCRIBED, TOLD, wanted, back, past).replays == 1


def test_one_that_is_disabled_shows_why_until_it_is_enabled():
    off = events.WebhookDisabled("crm", Off.FAILING, "HTTP 502")
    disabled = shown(SUBSCRIBED, TOLD, FAILED, off)
    assert (disabled.state, disabled.why, disabled.retry_at) == ("disabled", "failing", 0)
    assert (disabled.failing_since, disabled.last_error) == (NOON, "HTTP 502")
    enabled = shown(SUBSCRIBED, TOLD, FAILED, off, events.WebhookEnabled("crm"))
    assert (enabled.state, enabled.why, enabled.failing_since) == ("enabled", "", 0)
    late = shown(SUBSCRIBED, off, TOLD)
    assert (late.state, late.position) == ("disabled", 9)
