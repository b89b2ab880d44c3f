"""Webhooks over real sockets: signed, in order, again when in vain, and never twice unknown."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext

import psycopg
import pytest
from standardwebhooks import WebhookVerificationError

from adapters.webhooks.errands import MESSAGES_MAX, run
from adapters.webhooks.posting import Answer
from oms_core.domain.customer.commands import RegisterCustomer
from oms_core.domain.giftcard.commands import IssueGiftCard
from oms_core.domain.webhook.commands import (
    DisableWebhook,
    EnableWebhook,
    ReplayEvent,
    ReplayWebhook,
    RotateSecret,
)
from oms_core.domain.webhook.delivering import DAY, FAILING_DAYS_MAX, REFUSALS_MAX
from oms_core.domain.webhook.events import (
    DeliveriesMade,
    DeliveryAbandoned,
    DeliveryFailed,
    EventReplayed,
    Off,
    Trouble,
    WebhookDisabled,
)
from oms_core.effects.herald import Errand, Report
from oms_core.kernel import Instant
from projections.log import Log
from tests.support.hookroom import OTHER_SECRET, SECOND, SECRET, TYPES, Hookroom
from tests.support.receiver import SILENCE, Receiver, receiver
from tests.support.shop import placement, receipt

CRASHES = 12
"""At so many points the process can die: around each post and each append."""


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def now() -> int:
    return int(time.time()) * SECOND


def failures(room: Hookroom, name: str = "crm") -> list[tuple[int, Trouble, str]]:
    happened = room.happened(name)
    return [(e.attempt, e.why, e.detail) for e in happened if isinstance(e, DeliveryFailed)]


def test_an_order_is_told_signed_and_under_the_name_of_its_event(there: Receiver, now: int):
    room = Hookroom(now)
    room.subscribe(there.url("/hooks?shop=1"))
    room.live([receipt("MUG", 9), placement(1, ("MUG", 3))])
    first = there.inbox[0]
    told = first.verified(SECRET)
    assert (first.path, first.headers["content-type"]) == ("/hooks?shop=1", "application/json")
    assert (told["type"], told["id"], first.id) == (
        "oms.order.OrderPlaced",
        "order:web:1#1",
        "order:web:1#1",
    )
    assert told["data"]["lines"][0]["quantity"] == 3
    assert there.ids == room.wanted()
    with pytest.raises(WebhookVerificationError):
        first._replace(body=first.body + b" ").verified(SECRET)
    with pytest.raises(WebhookVerificationError):
        first.verified(OTHER_SECRET)
    assert room.told() == {"WebhookSubscribed": 1, "DeliveriesMade": 1}


def test_what_is_not_taken_is_posted_again_under_the_same_id_and_the_others_wait(
    there: Receiver, now: int
):
    there.will(503, 500)
    room = Hookroom(now)
    room.subscribe(there.url())
    room.live([receipt("MUG", 9), placement(1, ("MUG", 1)), placement(2, ("MUG", 1))])
    assert there.ids == [room.wanted()[0]] * 2 + room.wanted()
    assert len({posted.body for posted in there.inbox[:3]}) == 1
    assert failures(room) == [(1, Trouble.AWAY, "HTTP 503"), (2, Trouble.REFUSED, "HTTP 500")]
    assert room.follower.next_due > room.now


def test_the_receiver_is_left_alone_for_as_long_as_it_asks(there: Receiver, now: int):
    there.will(429, Retry_After="7200")
    room = Hookroom(now)
    room.subscribe(there.url())
    room.live([receipt("MUG", 9), placement(1, ("MUG", 1))])
    (failed,) = (e for e in room.happened() if isinstance(e, DeliveryFailed))
    assert failed.retry_at == failed.failed_at + 7_200 * SECOND


def test_an_answer_that_did_not_come_is_no_answer_and_the_id_tells_that_it_is_the_same(
    there: Receiver, now: int
):
    there.will(SILENCE)
    room = Hookroom(now, seconds_max=0.2)
    room.subscribe(there.url())
    room.live([receipt("MUG", 9), placement(1, ("MUG", 1))])
    assert there.ids == [room.wanted()[0], *room.wanted()]
    assert failures(room) == [(1, Trouble.AWAY, "no answer in time")]


def test_a_receiver_that_is_gone_is_told_nothing_until_it_is_enabled(there: Receiver, now: int):
    there.will(410)
    room = Hookroom(now)
    room.subscribe(there.url())
    room.live([receipt("MUG", 9), placement(1, ("MUG", 1))])
    assert len(there.inbox) == 1
    assert room.happened()[1:] == [WebhookDisabled("crm", Off.GONE, "HTTP 410")]
    assert room.alerts == ["crm is told nothing any more, it is gone: HTTP 410"]
    room.open()
    room.settle()
    assert (len(there.inbox), len(room.alerts)) == (1, 1)
    room.ask(EnableWebhook("crm"))
    room.settle()
    assert there.ids == [room.wanted()[0], *room.wanted()]


def test_a_redirect_is_not_followed(there: Receiver, now: int):
    there.will(302, Location=there.url("/elsewhere"))
    room = Hookroom(now)
    room.subscribe(there.url())
    room.live([receipt("MUG", 9), placement(1, ("MUG", 1))])
    assert {posted.path for posted in there.inbox} == {"/hooks"}
    what = "HTTP 302: it leads elsewhere, and we do not follow"
    assert failures(room) == [(1, Trouble.AWAY, what)]


def test_a_message_that_is_refused_over_and_over_is_left_out_and_can_be_asked_for(
    there: Receiver, now: int
):
    there.will(*[400] * REFUSALS_MAX)
    room = Hookroom(now)
    room.subscribe(there.url())
    room.live([receipt("MUG", 9), placement(1, ("MUG", 1)), placement(2, ("MUG", 1))])
    first, *rest = room.wanted()
    assert there.ids == [first] * REFUSALS_MAX + rest
    (left_out,) = (e for e in room.happened() if isinstance(e, DeliveryAbandoned))
    assert (left_out.event_id, left_out.attempt) == (first, REFUSALS_MAX)
    room.ask(ReplayEvent("crm", left_out.position))
    room.settle()
    assert there.ids[-1] == first
    assert room.happened()[-1] == EventReplayed("crm", left_out.position)


def test_a_receiver_that_is_away_for_days_is_disabled_and_nothing_is_lost(now: int):
    with receiver() as made:
        url = made.url()
    room = Hookroom(now)
    room.subscribe(url)
    room.live([receipt("MUG", 9), placement(1, ("MUG", 1))])
    off = room.happened()[-1]
    assert isinstance(off, WebhookDisabled)
    assert off.why is Off.FAILING
    failed = [e for e in room.happened() if isinstance(e, DeliveryFailed)]
    days = (room.now - failed[0].failed_at) / DAY
    assert FAILING_DAYS_MAX <= days < FAILING_DAYS_MAX + 1
    assert len(failed) < 50
    assert room.told()["DeliveriesMade"] == 0
    assert room.alerts != []


def test_everything_from_a_position_on_can_be_told_once_more(there: Receiver, now: int):
    room = Hookroom(now)
    room.subscribe(there.url())
    room.live([receipt("MUG", 9), *(placement(n, ("MUG", 1)) for n in (1, 2, 3))])
    second = next(r.position for r in room.log.read(0) if r.id == "order:web:2#1")
    before = len(there.inbox)
    room.ask(ReplayWebhook("crm", second - 1))
    room.settle()
    again = room.wanted()
    assert there.ids[before:] == again[again.index("order:web:2#1") :]


def test_while_a_secret_is_rotated_both_sign_and_then_only_the_new_one(there: Receiver, now: int):
    room = Hookroom(now)
    room.subscribe(there.url())
    room.ask(RotateSecret("crm", OTHER_SECRET.encode(), Instant(now + 60 * SECOND)))
    room.live([receipt("MUG", 9), placement(1, ("MUG", 1))])
    both = there.inbox[-1]
    assert both.verified(SECRET) == both.verified(OTHER_SECRET)
    assert len(both.headers["webhook-signature"].split(" ")) == 2
    room.now = Instant(now + 61 * SECOND)
    room.ask(placement(2, ("MUG", 1)))
    room.settle()
    only = there.inbox[-1]
    assert only.verified(OTHER_SECRET)["id"] == only.id
    with pytest.raises(WebhookVerificationError):
        only.verified(SECRET)


def test_where_nothing_can_be_posted_only_that_webhook_fails(there: Receiver, now: int):
    room = Hookroom(now)
    room.subscribe("https://[:::]/x", "odd")
    room.subscribe(there.url(), "well")
    room.ask(receipt("MUG", 9), placement(1, ("MUG", 1)))
    room.settle()
    assert there.ids == room.wanted()
    ((attempt, why, detail),) = failures(room, "odd")
    assert (attempt, why) == (1, Trouble.AWAY)
    assert detail.startswith("it is no URL: ")


class Broken:
    """A way with a bug in it."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        del url, headers, body
        raise KeyError("port")


def test_a_bug_on_an_errand_is_a_failure_of_that_webhook_alone(now: int):
    room = Hookroom(now)
    room.ask(receipt("MUG", 9), placement(1, ("MUG", 1)))
    errand = Errand("crm", "https://crm.example", TYPES, (b"1",), 0, 0)
    clock = lambda: room.now  # noqa: E731
    report = run(errand, [SECRET], lambda: nullcontext(room.log), Broken(), clock)
    assert report.failure is not None
    assert report.failure[1:] == (Trouble.AWAY, "KeyError: 'port'", room.now, 0, False)


def test_a_log_that_cannot_be_read_now_is_read_later(now: int):
    def gone() -> AbstractContextManager[Log]:
        raise psycopg.OperationalError("the server is gone")

    errand = Errand("crm", "https://crm.example", TYPES, (b"1",), 4, 6)
    report = run(errand, [SECRET], gone, Broken(), lambda: Instant(now))
    assert report == Report(errand, 0, None, 6, unread=True)


def test_an_event_that_is_not_subscribed_to_is_not_told_once_more_either(there: Receiver, now: int):
    room = Hookroom(now)
    room.subscribe(there.url())
    room.ask(IssueGiftCard("G-1", 500, "EUR"), receipt("MUG", 9), placement(1, ("MUG", 1)))
    room.settle()
    told = list(there.ids)
    (card,) = (r.position for r in room.log.read(0, 99) if r.stream == "giftcard:G-1")
    room.ask(ReplayEvent("crm", card))
    room.settle()
    assert there.ids == told
    reason = "it is told of no such event"
    assert room.happened()[-1] == DeliveryAbandoned("crm", card, "giftcard:G-1#1", 1, reason)
    room.ask(placement(2, ("MUG", 1)))
    room.settle()
    assert there.ids == room.wanted(), "the others do not wait for it"


def test_one_receiver_that_fails_does_not_hold_up_another(there: Receiver, now: int):
    with receiver() as other:
        other.will(*[503] * 3)
        room = Hookroom(now)
        room.subscribe(other.url(), "slow")
        room.subscribe(there.url(), "quick")
        room.ask(receipt("MUG", 9), placement(1, ("MUG", 1)))
        room.settle()
        assert there.ids == room.wanted()
        assert other.ids == room.wanted()[:1]
        room.rest()
        assert other.ids == room.wanted()[:1] * 3 + room.wanted()


def test_who_rests_misses_nothing(there: Receiver, now: int):
    room = Hookroom(now)
    room.subscribe(there.url())
    room.ask(DisableWebhook("crm", "moving"))
    room.live([receipt("MUG", 9), placement(1, ("MUG", 1))])
    assert there.inbox == []
    room.ask(EnableWebhook("crm"))
    room.settle()
    assert there.ids == room.wanted()


def test_more_than_fits_on_an_errand_is_told_in_order(there: Receiver, now: int):
    room = Hookroom(now)
    room.subscribe(there.url(), types=("CustomerRegistered",))
    count = MESSAGES_MAX + 7
    room.live([RegisterCustomer(f"C{n}", "FR", b"sealed") for n in range(count)])
    assert there.ids == [f"customer:C{n}#1" for n in range(count)]
    assert room.told()["DeliveriesMade"] == 2


def test_nothing_is_booked_where_nothing_that_is_wanted_happens(there: Receiver, now: int):
    room = Hookroom(now)
    room.subscribe(there.url(), types=("InvoiceIssued", "GiftCardIssued"))
    room.live([receipt("MUG", 9), placement(1, ("MUG", 1))])
    assert (there.inbox, room.told()) == ([], {"WebhookSubscribed": 1})


@pytest.mark.parametrize("blows_at", range(CRASHES))
def test_wherever_the_process_dies_everything_arrives_and_a_repeat_has_the_same_id(
    there: Receiver, now: int, blows_at: int
):
    room = Hookroom(now, blows_at=blows_at + 2)
    room.subscribe(there.url())
    room.live([receipt("MUG", 9), placement(1, ("MUG", 1)), placement(2, ("MUG", 1))])
    assert room.fuse.points > blows_at + 2, "nothing has died"
    wanted, first = room.wanted(), list(dict.fromkeys(there.ids))
    assert first == wanted
    assert len(there.inbox) <= 2 * len(wanted)
    bodies = {(posted.id, posted.body) for posted in there.inbox}
    assert len(bodies) == len(wanted)
    made = [e for e in room.happened() if isinstance(e, DeliveriesMade)]
    assert sum(event.count for event in made) == len(wanted)
