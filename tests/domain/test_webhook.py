"""A webhook: told in order, backing off when it fails, and left out when it wants no more."""

from __future__ import annotations

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from oms_core.domain.webhook import delivering, subscribing
from oms_core.domain.webhook.commands import (
    DisableWebhook,
    EnableWebhook,
    RecordDeliveries,
    RecordDeliveryFailure,
    RecordReplay,
    ReplayEvent,
    ReplayWebhook,
    RotateSecret,
    SubscribeWebhook,
)
from oms_core.domain.webhook.decider import webhook
from oms_core.domain.webhook.delivering import (
    BACKOFF_SECONDS,
    BACKOFF_SECONDS_MAX,
    DAY,
    FAILING_DAYS_MAX,
    REFUSALS_MAX,
    RETRY_AFTER_SECONDS_MAX,
    SECOND,
    retry_at,
)
from oms_core.domain.webhook.events import (
    DeliveriesMade,
    DeliveryAbandoned,
    DeliveryFailed,
    EventReplayed,
    EventReplayRequested,
    Off,
    ReplayRequested,
    SecretRotated,
    Trouble,
    WebhookDisabled,
    WebhookEnabled,
    WebhookSubscribed,
)
from oms_core.kernel import Instant
from tests.support.spec import Specification

given = Specification(webhook)

URL, TYPES, NOON = "https://crm.example/hooks", ("OrderPlaced",), Instant(1_767_268_800 * SECOND)
SUBSCRIBE = SubscribeWebhook("crm", URL, TYPES, b"1", 4)
SUBSCRIBED = WebhookSubscribed("crm", URL, TYPES, b"1", 4)
TOLD = DeliveriesMade("crm", 9, 3)
ASKED_OFF = WebhookDisabled("crm", Off.ASKED, "moving")


def in_vain(attempt=1, why=Trouble.AWAY, at=NOON, position=12, wanted=0):
    return RecordDeliveryFailure(
        "crm", position, "order:web:1#1", attempt, why, "HTTP 503", Instant(at), wanted
    )


def failed(attempt=1, why=Trouble.AWAY, at=NOON, position=12):
    command = in_vain(attempt, why, at, position)
    return DeliveryFailed(
        "crm", position, "order:web:1#1", attempt, why, "HTTP 503", Instant(at), retry_at(command)
    )


def test_a_webhook_is_subscribed_once():
    given().when(SUBSCRIBE).then(SUBSCRIBED)
    given(SUBSCRIBED).when(replace(SUBSCRIBE, sealed=b"2", after=0)).then_nothing()
    given(SUBSCRIBED).when(replace(SUBSCRIBE, url="https://b.example")).then_rejected(
        subscribing.WebhookTaken, f"webhook_id 'crm' posts to {URL}."
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example",
        "https://crm.example:8443/a/b?c=%20d",
        "https://[2001:db8::1]:1/",
        "https://1.2.3.4?x",
    ],
)
def test_a_url_may_have_a_port_a_path_and_a_query(url):
    given().when(replace(SUBSCRIBE, url=url)).then(replace(SUBSCRIBED, url=url))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "crm.example/hooks",
        "ftp://crm.example",
        "https://ada:secret@crm.example",
        "https://crm.example/#top",
        "https://crm.example/a b",
        "https://crm.example/\r\nhost: other",
        "https://crm.example\\@other",
        "https://쇼핑.example",
        "https:///hooks",
        "https://crm.example:port",
        f"https://crm.example/{'a' * 2_000}",
    ],
)
def test_a_url_that_nothing_can_be_posted_to_is_refused(url):
    given().when(replace(SUBSCRIBE, url=url)).then_rejected(
        subscribing.UnusableUrl, f"url is {url!r}."
    )


@pytest.mark.parametrize(
    "types", [(), ("",), ("OrderPlaced", "OrderPlaced"), ("OrderPlaced", "DeliveriesMade")]
)
def test_a_webhook_is_told_of_something_and_never_of_itself(types):
    """Being told of what is told would go on for ever."""
    given().when(replace(SUBSCRIBE, types=types)).then_rejected(
        subscribing.UnusableTypes, f"types is {', '.join(types)!r}."
    )


def test_a_message_that_nobody_could_verify_is_refused_beforehand():
    given().when(replace(SUBSCRIBE, sealed=b"")).then_rejected(subscribing.MissingSecret)
    given(SUBSCRIBED).when(RotateSecret("crm", b"")).then_rejected(subscribing.MissingSecret)


@pytest.mark.parametrize(
    "command",
    [
        DisableWebhook("crm", "x"),
        EnableWebhook("crm"),
        RotateSecret("crm", b"2"),
        ReplayWebhook("crm", 0),
        ReplayEvent("crm", 1),
        RecordDeliveries("crm", 0, 1, 1),
        RecordReplay("crm", 1),
        in_vain(),
    ],
)
def test_nothing_is_asked_of_a_webhook_that_nobody_has_subscribed(command):
    given().when(command).then_rejected(
        subscribing.UnknownWebhook, "webhook_id 'crm' is not known."
    )


def test_a_webhook_rests_until_it_is_enabled_again():
    given(SUBSCRIBED).when(DisableWebhook("crm", "moving")).then(ASKED_OFF)
    given(SUBSCRIBED, ASKED_OFF).when(DisableWebhook("crm", "x")).then_nothing()
    given(SUBSCRIBED, ASKED_OFF).when(EnableWebhook("crm")).then(WebhookEnabled("crm"))
    given(SUBSCRIBED).when(EnableWebhook("crm")).then_nothing()


def test_a_secret_is_rotated_once():
    rotate, rotated = RotateSecret("crm", b"2", NOON), SecretRotated("crm", b"2", NOON)
    given(SUBSCRIBED).when(rotate).then(rotated)
    given(SUBSCRIBED, rotated).when(rotate).then_nothing()


def test_deliveries_count_from_where_the_webhook_is_and_from_nowhere_else():
    given(SUBSCRIBED).when(RecordDeliveries("crm", 4, 9, 3)).then(TOLD)
    given(SUBSCRIBED, TOLD).when(RecordDeliveries("crm", 4, 9, 3)).then_nothing()
    back = ReplayRequested("crm", 2)
    given(SUBSCRIBED, TOLD, back).when(RecordDeliveries("crm", 9, 12, 1)).then_nothing()
    given(SUBSCRIBED, TOLD, back).when(RecordDeliveries("crm", 2, 12, 1)).then(
        DeliveriesMade("crm", 12, 1)
    )


@pytest.mark.parametrize(("after", "refused"), [(-1, True), (0, False), (8, False), (10, True)])
def test_only_what_was_delivered_can_be_delivered_once_more(after, refused):
    asked = given(SUBSCRIBED, TOLD).when(ReplayWebhook("crm", after))
    if refused:
        asked.then_rejected(subscribing.UnusablePosition, f"after is {after}; it is at 9.")
    else:
        asked.then(ReplayRequested("crm", after))
    given(SUBSCRIBED, TOLD).when(ReplayWebhook("crm", 9)).then_nothing()


def test_one_event_can_be_delivered_once_more():
    wanted = EventReplayRequested("crm", 7)
    given(SUBSCRIBED, TOLD).when(ReplayEvent("crm", 7)).then(wanted)
    given(SUBSCRIBED, TOLD, wanted).when(ReplayEvent("crm", 7)).then_nothing()
    given(SUBSCRIBED, TOLD, wanted).when(RecordReplay("crm", 7)).then(EventReplayed("crm", 7))
    given(SUBSCRIBED, TOLD).when(RecordReplay("crm", 7)).then_nothing()
    given(SUBSCRIBED, TOLD).when(ReplayEvent("crm", 10)).then_rejected(
        subscribing.UnusablePosition, "position is 10; it is at 9."
    )


def test_so_many_single_events_are_asked_for_at_most():
    history = [EventReplayRequested("crm", n) for n in range(1, subscribing.REPLAYS_MAX + 1)]
    told = DeliveriesMade("crm", 500, 1)
    given(SUBSCRIBED, told, *history).when(ReplayEvent("crm", 400)).then_rejected(
        subscribing.TooManyReplays, "position is 400, after 100 others."
    )


def test_a_delivery_in_vain_is_tried_again_and_each_try_counts_once():
    given(SUBSCRIBED).when(in_vain()).then(failed())
    given(SUBSCRIBED, failed()).when(in_vain()).then_nothing()
    given(SUBSCRIBED, failed()).when(in_vain(2)).then(failed(2))
    given(SUBSCRIBED, failed(), TOLD).when(in_vain()).then(failed())
    given(SUBSCRIBED, TOLD).when(in_vain(position=9)).then_nothing()
    given(SUBSCRIBED, ASKED_OFF).when(in_vain()).then_nothing()


def test_a_receiver_that_is_gone_is_told_nothing_any_more():
    gone = WebhookDisabled("crm", Off.GONE, "HTTP 503")
    given(SUBSCRIBED).when(in_vain(why=Trouble.GONE)).then(gone)


def test_a_message_that_is_refused_over_and_over_is_left_out_and_the_next_goes_on():
    history = [SUBSCRIBED, *(failed(n, Trouble.REFUSED) for n in range(1, REFUSALS_MAX))]
    out = DeliveryAbandoned("crm", 12, "order:web:1#1", REFUSALS_MAX, "HTTP 503")
    given(*history).when(in_vain(REFUSALS_MAX, Trouble.REFUSED)).then(out)
    given(*history).when(in_vain(REFUSALS_MAX)).then(failed(REFUSALS_MAX))
    given(*history, out).when(RecordDeliveries("crm", 12, 14, 1)).then(DeliveriesMade("crm", 14, 1))
    again = EventReplayRequested("crm", 7)
    history = [SUBSCRIBED, TOLD, again]
    history += [failed(n, Trouble.REFUSED, position=7) for n in range(1, REFUSALS_MAX)]
    out = replace(out, position=7)
    given(*history).when(in_vain(REFUSALS_MAX, Trouble.REFUSED, position=7)).then(out)
    given(*history, out).when(RecordReplay("crm", 7)).then_nothing()
    given(*history, out).when(RecordDeliveries("crm", 9, 14, 1)).then(DeliveriesMade("crm", 14, 1))


def test_a_message_that_is_refused_for_good_is_left_out_at_once():
    told = DeliveriesMade("crm", 20, 1)
    wanted = EventReplayRequested("crm", 12)
    never = replace(in_vain(1, Trouble.REFUSED), final=True)
    given(SUBSCRIBED, told, wanted).when(never).then(
        DeliveryAbandoned("crm", 12, "order:web:1#1", 1, "HTTP 503")
    )
    given(SUBSCRIBED, told).when(never).then_nothing()


def test_a_webhook_that_has_taken_nothing_for_days_is_disabled():
    days = FAILING_DAYS_MAX * DAY
    off = WebhookDisabled("crm", Off.FAILING, "HTTP 503")
    given(SUBSCRIBED, failed()).when(in_vain(2, at=NOON + days - 1)).then(
        failed(2, at=NOON + days - 1)
    )
    given(SUBSCRIBED, failed()).when(in_vain(2, at=NOON + days)).then(off)
    well = DeliveriesMade("crm", 5, 1)
    given(SUBSCRIBED, failed(), well).when(in_vain(at=NOON + days)).then(failed(at=NOON + days))
    on = WebhookEnabled("crm")
    given(SUBSCRIBED, failed(), off, on).when(in_vain(at=NOON + days)).then(failed(at=NOON + days))


def test_a_message_that_was_left_out_does_not_make_a_failing_webhook_well():
    out = DeliveryAbandoned("crm", 12, "order:web:1#1", REFUSALS_MAX, "HTTP 503")
    later = in_vain(1, at=NOON + FAILING_DAYS_MAX * DAY, position=13)
    off = WebhookDisabled("crm", Off.FAILING, "HTTP 503")
    given(SUBSCRIBED, failed(), out).when(later).then(off)


def test_the_receiver_may_ask_for_time_but_not_for_ever():
    assert retry_at(in_vain(wanted=600)) == NOON + 600 * SECOND
    assert retry_at(in_vain(wanted=10**9)) == NOON + RETRY_AFTER_SECONDS_MAX * SECOND
    assert retry_at(in_vain(12, wanted=1)) == retry_at(in_vain(12))


@for_all(st.integers(1, 10**6), st.integers(-5, 10**6))
def test_tries_come_later_and_later_within_bounds_and_by_themselves(attempt, wanted):
    waited = (retry_at(in_vain(attempt, wanted=wanted)) - NOON) / SECOND
    usual = min(BACKOFF_SECONDS * 2 ** min(attempt - 1, 20), BACKOFF_SECONDS_MAX)
    assert max(usual / 2, min(wanted, RETRY_AFTER_SECONDS_MAX)) - 1 <= waited
    assert waited <= max(usual * 1.5, min(wanted, RETRY_AFTER_SECONDS_MAX))


def test_many_webhooks_that_fail_together_do_not_come_back_together():
    names = [replace(in_vain(5), webhook_id=f"w{n}") for n in range(50)]
    assert len({retry_at(name) // SECOND for name in names}) > 25
    assert delivering.BACKOFF_SECONDS_MAX < RETRY_AFTER_SECONDS_MAX


@pytest.mark.parametrize("seconds", [1, -1])
def test_a_failure_that_is_told_of_late_or_early_only_moves_the_next_try(seconds):
    at = NOON + seconds * SECOND
    given(SUBSCRIBED, failed()).when(in_vain(2, at=at)).then(failed(2, at=at))
