"""A shop in memory with its real engine and all its processes, watched event by event."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from msgspec.structs import replace

from adapters.deadlines import Timekeeper, expiry
from adapters.memory import MemoryLog, MemoryRecorder
from oms_core.domain.account.commands import OpenAccount
from oms_core.domain.coupon.commands import IssueCoupon
from oms_core.domain.giftcard.commands import IssueGiftCard
from oms_core.domain.stock.commands import ReceiveStock
from oms_core.engine.catalog import BY_CATEGORY
from oms_core.engine.cause import Cause, Verdict
from oms_core.kernel import Command, CommandRefused, Instant, Recorded, State
from oms_core.policies.config import EUROPE_AND_ASIA
from projections.catalog import VIEWS
from tests.laws.world import KNOWN
from tests.machines import customers, deeds, partners, preludes
from tests.machines.deeds import HOUR, Deed, Numbers
from tests.machines.standing_rules import RULES
from tests.support.lab import START, engine_on

POLICIES = replace(EUROPE_AND_ASIA, cart_units_max=5, vip_minor=(("EUR", 9_000), ("JPY", 9_000)))
NAMED = (*KNOWN, "order_id", "line_id", "cart_id", "account_id", "card_id", "code")
WAITS = (1, 24, 24 * 8, 24 * 20)
"""How many hours may go by at once."""

LATELY = 8


def wait(shop: WholeShop, n: Numbers) -> None:
    """Let time go by."""
    shop.now = Instant(shop.now + n.one(WAITS) * HOUR)


def say_again(shop: WholeShop, n: Numbers) -> Command | None:
    """Say once more, word for word, something that was said lately."""
    return n.one(shop.said[: -LATELY - 1 : -1]) if shop.said else None


def ring(shop: WholeShop, n: Numbers) -> None:
    """Let every alarm ring that is due, each of them twice now and then."""
    for _ in range(1 + n.below(2)):
        for deadline in shop.timekeeper.due(shop.now):
            shop.do(expiry(deadline, shop.now))


def ring_early(shop: WholeShop, n: Numbers) -> None:
    """P26: an alarm that rings before its time changes nothing."""
    due_at = shop.timekeeper.next_due
    if due_at is None or due_at <= shop.now:
        return
    for deadline in shop.timekeeper.due(due_at):
        if deadline.kind != "issue":
            answer = shop.do(expiry(deadline, Instant(shop.now - n.below(2))))
            assert answer is Verdict.UNCHANGED, f"P26: {deadline} rang early and was {answer}"


DEEDS: tuple[Deed, ...] = (
    wait,
    *(
        preludes.sell_on_terms,
        preludes.remind_in_vain,
        preludes.sell_by_card,
        preludes.wait_with_a_card,
    ),
    *(deeds.place_order, deeds.place_order, partners.authorize, partners.authorize),
    *(partners.send, partners.send, partners.settle, partners.settle),
    *(partners.account_for, partners.account_for, partners.pay, partners.trust),
    *(partners.finish, partners.finish, partners.bargain, partners.bargain),
    *(customers.shop_around, customers.shop_around),
    *(
        customers.vouch,
        customers.check_out,
        customers.leave,
        deeds.receive,
        deeds.receive,
        deeds.rearrange,
    ),
    *(
        deeds.cancel,
        deeds.amend,
        deeds.amend,
        deeds.hold,
        deeds.look_at_hold,
        deeds.give_back,
        ring,
        ring_early,
    ),
    *(say_again, say_again, deeds.anything, deeds.anything),
)
"""What may happen; the first is the simplest."""


class WholeShop:
    """All streams, folded as the log says, and the rules that watch each event."""

    def __init__(self) -> None:
        """Open the doors: a few units of two items in two places, and one trusted customer.

        Two codes and two gift cards are about, too.
        """
        self.now, self.counter, self.position = START, 0, 0
        self.disk = MemoryRecorder()
        self.engine = engine_on(self.disk, lambda: self.now, POLICIES)
        self.timekeeper = Timekeeper()
        self.states: dict[str, Any] = {}
        self.ids: dict[str, set[str]] = defaultdict(set)
        self.said: list[Command] = []
        self.effective: set[type[Command]] = set()
        self.refused: set[tuple[str, str]] = set()
        self.documents: dict[str, dict[str, State]] = {name: {} for name in VIEWS}
        self.rules = [rule(self.states) for rule in RULES]
        for item in deeds.ITEMS:
            for place, units in zip(deeds.PLACES, (4, 2), strict=True):
                self.do(ReceiveStock(item, f"R-{place}", place, units, 301 * units, "EUR"))
        self.do(OpenAccount("C1|EUR", "C1", "EUR", 9_000))
        for card in deeds.CARDS[:2]:
            self.do(IssueGiftCard(card, 5_000, card.removeprefix("G-")))
        self.do(IssueCoupon("SAVE", 3, 2))
        self.do(IssueCoupon("ONCE", 1, 0))

    def number(self) -> int:
        """Return a number that was not used before."""
        self.counter += 1
        return self.counter

    def of(self, category: str) -> list[tuple[str, Any]]:
        """Return the streams of a category, the latest first."""
        found = [
            (stream.partition(":")[2], state)
            for stream, state in self.states.items()
            if stream.startswith(f"{category}:")
        ]
        return found[::-1]

    def choose(self, category: str, n: Numbers) -> str:
        """Return the name of a stream of a category; empty if there is none."""
        found = self.of(category)
        return n.one(found)[0] if found else ""

    def act(self, step: tuple[int, int]) -> None:
        """Let one deed happen."""
        deed, number = step
        command = DEEDS[deed](self, Numbers(number))
        if command is not None:
            self.do(command)

    def do(self, command: Command) -> Verdict:
        """Let a command be decided with all that follows, and look at each event of it."""
        self.said.append(command)
        (answer,) = self.engine.handle([Cause(command, f"cause-{len(self.said)}", "somebody")])
        assert answer.verdict is not Verdict.PARKED, f"{command} broke a rule's code: {answer}"
        page = [
            replace(recorded, position=position)
            for position, recorded in enumerate(answer.recorded, self.position + 1)
        ]
        self.position += len(page)
        for recorded in page:
            self._look(recorded, command)
        if page:
            self.effective.add(type(command))
            for rule in self.rules:
                rule.rest()
        self.timekeeper.hear(page)
        self._show(page)
        return answer.verdict

    def _look(self, recorded: Recorded, command: Command) -> None:
        event, stream = recorded.event, recorded.stream
        decider = BY_CATEGORY.get(stream.partition(":")[0])
        if decider is not None:
            before = self.states.get(stream, decider.initial)
            self.states[stream] = decider.evolve(before, event)
        if isinstance(event, CommandRefused):
            self.refused.add((event.command, event.code))
        for field in NAMED:
            if value := getattr(event, field, ""):
                self.ids[field].add(value)
        for rule in self.rules:
            rule.see(recorded, command)

    def _show(self, page: Sequence[Recorded]) -> None:
        """Keep the read models, page by page."""
        for name, view in VIEWS.items():
            shown = self.documents[name]
            for recorded in page:
                keys = view.keys.get(type(recorded.event))
                for key in keys(recorded) if keys else ():
                    after = view.evolve(key, shown.pop(key, None), recorded)
                    if after is not None:
                        shown[key] = after

    def close(self) -> None:
        """P3, P25: read the log again, from its bytes; it says what the shop has said all along."""
        log = MemoryLog(self.disk).read(0, 1_000_000)
        for rule in self.rules:
            rule.close()
        positions = [recorded.position for recorded in log]
        assert all(after == before + 1 for before, after in pairwise(positions))
        folded: dict[str, Any] = {}
        for recorded in log:
            decider = BY_CATEGORY.get(recorded.stream.partition(":")[0])
            if decider is not None:
                state = folded.get(recorded.stream, decider.initial)
                folded[recorded.stream] = decider.evolve(state, recorded.event)
        assert folded == self.states, "P3: the states read from the log are not those that we had"
        for name, view in VIEWS.items():
            rebuilt: Mapping[str, State] = view.fold(log)
            assert rebuilt == self.documents[name], f"P3: {name} is not equal to its rebuild"
