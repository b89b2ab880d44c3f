"""Where a webhook is: those that decide, that post and that show agree, whatever happens to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from oms_core.domain.webhook import commands
from oms_core.domain.webhook.decider import webhook
from oms_core.domain.webhook.events import Trouble, WebhookSubscribed
from oms_core.domain.webhook.state import Webhook
from oms_core.effects.herald import Errand, Herald, Report
from oms_core.kernel import Command, Event, Instant, Recorded, Rejected
from projections.webhooks import webhooks

NOW, HEAD = Instant(1_767_268_800_000_000), 8
SUBSCRIBED = WebhookSubscribed("crm", "https://crm.example", ("OrderPlaced",), b"1", 4)
at = st.integers(0, HEAD)

deeds = st.one_of(
    st.builds(commands.ReplayWebhook, st.just("crm"), at),
    st.builds(commands.ReplayEvent, st.just("crm"), at),
    st.builds(commands.RecordReplay, st.just("crm"), at),
    st.tuples(st.just("taken"), at),
    st.tuples(st.just("left out"), at),
)
"""What is asked, and what becomes of a message: of the one at a position."""


class Sent:
    """Runners that never come back, so that we see where they were sent."""

    def __init__(self) -> None:
        self.errands: list[Errand] = []

    def start(self, errand: Errand) -> None:
        self.errands.append(errand)

    def finished(self) -> Iterable[Report]:
        return ()


def asked(deed: Command | tuple[str, int], hook: Webhook) -> Command:
    """Return the command that a deed stands for where a webhook is."""
    if isinstance(deed, Command):
        return deed
    what, position = deed
    if what == "taken":
        return commands.RecordDeliveries("crm", hook.position, position, 1)
    attempt, trouble = hook.attempts + 1, Trouble.REFUSED
    return commands.RecordDeliveryFailure(
        "crm", position, "s#1", attempt, trouble, "no", NOW, final=True
    )


def decided(deed: Command | tuple[str, int], hook: Webhook) -> Sequence[Event]:
    try:
        return tuple(webhook.decide(asked(deed, hook), hook))
    except Rejected:
        return ()


def sent_to(page: Iterable[Recorded]) -> tuple[int, int]:
    """Return from where on a webhook is told by a herald that heard all this, and what first."""
    sent = Sent()
    herald = Herald(sent, lambda: HEAD + 1)
    herald.hear(page)
    herald.act(Instant(2**61))
    (errand,) = sent.errands
    return errand.after, errand.only


@settings(max_examples=300)
@given(st.lists(deeds, max_size=20))
def test_decider_herald_and_board_are_always_at_the_same_place(told):
    hook, page = webhook.initial, []
    for deed in (SUBSCRIBED, *told):
        for event in [deed] if deed is SUBSCRIBED else decided(deed, hook):
            hook, n = webhook.evolve(hook, event), len(page) + 1
            page.append(Recorded("webhook:crm", n, event, NOW, NOW, "t", "c", "s", n))
        board = webhooks.fold(page)["crm"]
        assert (board.position, board.replaying) == (hook.position, hook.replays)
        assert board.replays == len(hook.replays)
        assert sent_to(page) == (hook.position, next(iter(hook.replays), 0))
