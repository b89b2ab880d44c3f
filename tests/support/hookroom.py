"""A shop that tells webhooks, and survives when its process dies at any point."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import nullcontext

from adapters.memory import MemoryLog
from adapters.webhooks.errands import run
from adapters.webhooks.follower import SOURCE, WebhookFollower
from adapters.webhooks.posting import Answer, HttpPost
from oms_core.domain.webhook.commands import SubscribeWebhook
from oms_core.domain.webhook.events import WebhookEvent
from oms_core.effects.herald import Errand, Herald, Report
from oms_core.effects.rounds import NEVER
from oms_core.engine.cause import Answer as Decided
from oms_core.engine.cause import Cause, SourcePosition
from oms_core.kernel import Command, Event, Instant
from tests.support.lab import Crash, Disk, Fuse, engine_on

SECOND = 1_000_000
SECRET = "whsec_" + "c2VjcmV0" * 4
OTHER_SECRET = "whsec_" + "b3RoZXIh" * 4
TYPES = ("OrderPlaced", "OrderReleased", "OrderCancelled")


class Way:
    """The way to a receiver. The process can die before a message is posted and after it."""

    def __init__(self, post: HttpPost, fuse: Fuse) -> None:
        """Lead to wherever it is posted."""
        self._post, self._fuse = post, fuse

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post a message."""
        self._fuse.pass_by()
        answer = self._post.post(url, headers, body)
        self._fuse.pass_by()
        return answer


class Hookroom:
    """A shop with its webhooks, over real sockets; errands are done when they are asked about."""

    def __init__(self, now: int, blows_at: int | None = None, seconds_max: float = 5.0) -> None:
        """Open the shop for the first time, at a time that receivers accept."""
        self.now, self.fuse = Instant(now), Fuse(blows_at)
        self.disk = Disk(self.fuse)
        self.log = MemoryLog(self.disk)
        self.alerts: list[str] = []
        self._post = HttpPost(lambda: self.now, loopback=True, seconds_max=seconds_max)
        self.open()

    def open(self) -> None:
        """Open the shop, again: everything that was only in memory is gone."""
        self.engine = engine_on(self.disk, lambda: self.now)
        self._errands: list[Errand] = []
        herald = Herald(self, self.log.head)
        self.follower = WebhookFollower(self.log, self.disk.source_position(SOURCE), herald)

    def start(self, errand: Errand) -> None:
        """Take an errand."""
        self._errands.append(errand)

    def finished(self) -> Iterable[Report]:
        """Do the errands, with secrets that are sealed by nothing."""
        errands, self._errands = self._errands, []
        for errand in errands:
            secrets = [sealed.decode() for sealed in errand.secrets]
            way = Way(self._post, self.fuse)
            yield run(errand, secrets, lambda: nullcontext(self.log), way, lambda: self.now)

    def ask(self, *commands: Command) -> list[Decided]:
        """Give commands in one batch."""
        return self.engine.handle([Cause(c, f"c{n}", "test") for n, c in enumerate(commands)])

    def subscribe(self, url: str, name: str = "crm", types: tuple[str, ...] = TYPES) -> None:
        """Let a webhook be told from the beginning."""
        self.ask(SubscribeWebhook(name, url, types, SECRET.encode()))

    def live(self, commands: Iterable[Command]) -> None:
        """Give commands, once, and rest; if the process dies, open again and go on."""
        causes = [Cause(command, f"t{n}", "test") for n, command in enumerate(commands)]
        while True:
            try:
                if self.disk.source_position("test") == 0:
                    self.engine.handle(causes, [SourcePosition("test", 0, len(causes))])
                self.rest()
            except Crash:
                self.open()
            else:
                return

    def settle(self) -> None:
        """Tell all that is due now."""
        quiet = 0
        while quiet < 2:
            turn = self.follower.turn(self.now)
            quiet = quiet + 1 if turn is None else 0
            if turn is not None:
                self.alerts += turn.alerts
                self.engine.handle(turn.causes, [turn.position])
            self.now = Instant(self.now + SECOND)

    def rest(self, tries: int = 100) -> None:
        """Let as much time go by as it takes until nothing is tried again, or so many tries."""
        self.settle()
        while tries and (due := self.follower.next_due) < NEVER:
            self.now = Instant(max(self.now, due))
            self.settle()
            tries -= 1

    def happened(self, name: str = "crm") -> list[Event]:
        """Return what happened to a webhook."""
        return [r.event for r in self.log.stream(f"webhook:{name}")]

    def wanted(self, types: tuple[str, ...] = TYPES) -> list[str]:
        """Return the ids of events of some types, in the order of the log."""
        page = self.log.read(0, 100_000)
        return [r.id for r in page if type(r.event).__name__ in types]

    def told(self) -> Counter[str]:
        """Return how often what has happened to webhooks, by the type of event."""
        page = self.log.read(0, 100_000)
        return Counter(type(r.event).__name__ for r in page if isinstance(r.event, WebhookEvent))
