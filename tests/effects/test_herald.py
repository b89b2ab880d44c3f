"""The herald: who is sent where, and what is booked of it."""

from __future__ import annotations

from collections.abc import Iterable

from oms_core.domain.order.events import OrderCompleted
from oms_core.domain.webhook import commands, events
from oms_core.domain.webhook.events import Off, Trouble
from oms_core.effects.herald import (
    REST_MICROS,
    UNREAD_MICROS,
    Errand,
    Failure,
    Herald,
    Report,
)
from oms_core.effects.rounds import NEVER
from oms_core.kernel import Event, Instant, Recorded
from tests.support.messages import sample

NOW = Instant(1_767_268_800_000_000)
URL, TYPES = "https://crm.example/hooks", ("OrderCompleted",)
SUBSCRIBED = events.WebhookSubscribed("crm", URL, TYPES, b"1", 4)
ERRAND = Errand("crm", URL, TYPES, (b"1",), 4, 4)


class Scripted:
    """Runners that come back with what they are told to."""

    def __init__(self) -> None:
        self.sent: list[Errand] = []
        self.reports: list[Report] = []

    def start(self, errand: Errand) -> None:
        self.sent.append(errand)

    def finished(self) -> Iterable[Report]:
        reports, self.reports = self.reports, []
        return reports


def recorded(event: Event, position: int) -> Recorded:
    return Recorded("webhook:crm", position, event, NOW, NOW, "t", "c", "web:1", position)


def ordered(position: int) -> Recorded:
    event = sample(OrderCompleted)
    return Recorded("order:web:1", position, event, NOW, NOW, "t", "c", "web:1", position)


def herald_of(runners: Scripted, *heard: Event, head: int = 20) -> Herald:
    herald = Herald(runners, lambda: head)
    herald.hear(recorded(event, n) for n, event in enumerate(heard, 1))
    return herald


def test_a_runner_is_sent_where_the_log_has_more_and_one_at_a_time():
    runners = Scripted()
    herald = herald_of(runners, SUBSCRIBED)
    assert herald.act(NOW).said == ()
    assert herald.act(Instant(NOW + 1)).said == ()
    assert runners.sent == [ERRAND]
    nothing = Scripted()
    herald_of(nothing, SUBSCRIBED, head=4).act(NOW)
    assert nothing.sent == []


def test_what_was_taken_is_booked_by_the_last_message_and_the_runner_rests():
    runners = Scripted()
    herald = herald_of(runners, SUBSCRIBED)
    herald.act(NOW)
    runners.reports = [Report(ERRAND, 3, ordered(9), 20)]
    (said,) = herald.act(NOW).said
    assert said.command == commands.RecordDeliveries("crm", 4, 9, 3)
    assert said.request == ordered(9)
    herald.hear([recorded(events.DeliveriesMade("crm", 9, 3), 21)])
    herald.act(Instant(NOW + REST_MICROS))
    assert runners.sent == [ERRAND], "the log was looked through to its end"


def test_what_failed_after_others_is_its_first_try():
    runners = Scripted()
    tried = events.DeliveryFailed("crm", 5, "x#1", 1, Trouble.AWAY, "", NOW, NOW)
    herald = herald_of(runners, SUBSCRIBED, tried)
    herald.act(NOW)
    failure = Failure(ordered(10), Trouble.REFUSED, "HTTP 400", NOW, 7)
    runners.reports = [Report(ERRAND, 1, ordered(9), 9, failure)]
    assert [said.command for said in herald.act(NOW).said] == [
        commands.RecordDeliveries("crm", 4, 9, 1),
        commands.RecordDeliveryFailure(
            "crm", 10, "order:web:1#10", 1, Trouble.REFUSED, "HTTP 400", NOW, 7
        ),
    ]
    runners.reports = [Report(ERRAND, 0, None, 4, failure)]
    (said,) = herald.act(NOW).said
    assert said.command == commands.RecordDeliveryFailure(
        "crm", 10, "order:web:1#10", 2, Trouble.REFUSED, "HTTP 400", NOW, 7
    )


def test_a_webhook_that_the_log_could_not_be_read_for_is_left_alone_for_longer():
    runners = Scripted()
    herald = herald_of(runners, SUBSCRIBED)
    herald.act(NOW)
    runners.reports = [Report(ERRAND, 0, None, 4, unread=True)]
    assert herald.act(NOW).said == ()
    herald.act(Instant(NOW + UNREAD_MICROS - 1))
    assert runners.sent == [ERRAND]
    herald.act(Instant(NOW + UNREAD_MICROS))
    assert runners.sent == [ERRAND, ERRAND]


def test_what_comes_back_after_a_replay_was_asked_for_counts_no_more():
    runners = Scripted()
    herald = herald_of(runners, SUBSCRIBED, events.DeliveriesMade("crm", 9, 3))
    herald.act(NOW)
    herald.hear([recorded(events.ReplayRequested("crm", 2), 21)])
    late = ERRAND._replace(after=9, since=9)
    runners.reports = [Report(late, 1, ordered(12), 20)]
    assert herald.act(NOW).said == ()
    herald.act(Instant(NOW + REST_MICROS))
    assert runners.sent[-1] == ERRAND._replace(after=2, since=2)


def test_a_single_event_goes_before_the_others():
    runners = Scripted()
    herald = herald_of(runners, SUBSCRIBED, events.EventReplayRequested("crm", 3), head=4)
    herald.act(NOW)
    once = ERRAND._replace(only=3)
    assert runners.sent == [once]
    runners.reports = [Report(once, 1, ordered(3), 4)]
    (said,) = herald.act(NOW).said
    assert said.command == commands.RecordReplay("crm", 3)
    herald.hear([recorded(events.EventReplayed("crm", 3), 21)])
    herald.act(Instant(NOW + REST_MICROS))
    assert runners.sent == [once]


def test_a_replay_that_is_left_out_after_a_rewind_does_not_move_it_on():
    runners = Scripted()
    herald = herald_of(
        runners,
        SUBSCRIBED,
        events.DeliveriesMade("crm", 10, 3),
        events.EventReplayRequested("crm", 8),
        events.ReplayRequested("crm", 5),
        events.DeliveryAbandoned("crm", 8, "x#1", 10, "HTTP 400"),
    )
    herald.act(NOW)
    assert runners.sent == [ERRAND._replace(after=5, since=5)]


def test_a_webhook_that_fails_is_left_alone_until_it_is_due():
    runners = Scripted()
    due = Instant(NOW + 60_000_000)
    tried = events.DeliveryFailed("crm", 5, "x#1", 1, Trouble.AWAY, "", NOW, due)
    herald = herald_of(runners, SUBSCRIBED, tried)
    herald.act(Instant(due - 1))
    assert (runners.sent, herald.next_due) == ([], due)
    herald.act(due)
    assert runners.sent == [ERRAND]
    herald = herald_of(runners, SUBSCRIBED, tried, events.WebhookEnabled("crm"))
    assert herald.next_due == NEVER


def test_nobody_is_sent_to_a_webhook_that_is_disabled_and_people_hear_of_it_once():
    runners = Scripted()
    off = events.WebhookDisabled("crm", Off.FAILING, "HTTP 503")
    herald = herald_of(runners, SUBSCRIBED, off)
    alert = "crm is told nothing any more, it is failing: HTTP 503"
    assert [herald.act(NOW).alerts, herald.act(NOW).alerts] == [(alert,), ()]
    asked = herald_of(runners, SUBSCRIBED, events.WebhookDisabled("crm", Off.ASKED, "x"))
    assert asked.act(NOW).alerts == ()
    known = Herald(runners, lambda: 20)
    known.hear([recorded(SUBSCRIBED, 1), recorded(off, 2)], known=True)
    assert (known.act(NOW).alerts, runners.sent) == ((), [])


def test_a_secret_signs_until_its_time_is_up():
    runners = Scripted()
    until = Instant(NOW + 5)
    herald = herald_of(runners, SUBSCRIBED, events.SecretRotated("crm", b"2", until))
    herald.act(NOW)
    runners.reports = [Report(runners.sent[0], 0, None, 4)]
    herald.act(NOW)
    herald.act(Instant(NOW + REST_MICROS))
    assert [errand.secrets for errand in runners.sent] == [(b"2", b"1"), (b"2",)]


def test_a_secret_that_is_not_kept_signs_no_more():
    runners = Scripted()
    herald_of(runners, SUBSCRIBED, events.SecretRotated("crm", b"3")).act(NOW)
    assert [errand.secrets for errand in runners.sent] == [(b"3",)]
