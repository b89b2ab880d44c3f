"""A shop that writes to its customers, and survives when its process dies at any point."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec.structs import replace

from adapters.email.clerk import MailClerk
from adapters.email.follower import SOURCE, NoticeFollower
from adapters.email.post import Server, SmtpPost
from adapters.email.shop import Sender
from adapters.memory import MemoryLog
from adapters.personal import Contact, Person, to_json
from adapters.postgres.privacy import UnreadableError
from oms_core.domain.notice.events import Kind, NoticeEvent
from oms_core.effects.courier import SECOND, Courier, Letter, Refused
from oms_core.effects.rounds import NEVER
from oms_core.engine.cause import Answer, Cause, SourcePosition
from oms_core.kernel import Command, Event, Instant
from oms_core.policies.config import EUROPE_AND_ASIA
from tests.support.lab import START, Crash, Disk, Fuse, engine_on
from tests.support.mail import Desk

POLICIES = replace(EUROPE_AND_ASIA, notices=tuple(Kind))
MERCHANT = "merchant@shop.example"


def sealed(contact: Contact) -> bytes:
    """Return contact data as this shop's vault seals them: not at all."""
    return to_json(Person(contact)).encode()


class OpenVault:
    """A vault whose seals are none; whose key is destroyed cannot be read any more."""

    def __init__(self) -> None:
        """Keep every key."""
        self.destroyed: set[str] = set()
        self.changed: set[str] = set()

    def open(self, customer_id: str, data: bytes) -> str | None:
        """Return what was sealed, unless the key is destroyed, or is another by now."""
        if customer_id in self.changed:
            raise UnreadableError(f"data sealed for {customer_id!r} cannot be read")
        return None if customer_id in self.destroyed else data.decode()


class Way:
    """The way to the mail server. The process can die before a letter is sent and after it."""

    def __init__(self, post: SmtpPost, fuse: Fuse) -> None:
        """Lead to a post."""
        self._post, self._fuse = post, fuse

    def send(self, letter: Letter) -> Refused | None:
        """Hand a letter over."""
        self._fuse.pass_by()
        answer = self._post.send(letter)
        self._fuse.pass_by()
        return answer


class Mailroom:
    """A shop with its mail, over a real server."""

    def __init__(self, desk: Desk, port: int, blows_at: int | None = None) -> None:
        """Open the shop for the first time."""
        self.now, self.desk, self.fuse = START, desk, Fuse(blows_at)
        self._server = Server("127.0.0.1", port)
        self.disk, self.vault = Disk(self.fuse), OpenVault()
        self.log = MemoryLog(self.disk)
        self.alerts: list[str] = []
        self.post: SmtpPost | None = None
        self.open()

    def open(self) -> None:
        """Open the shop, again: everything that was only in memory is gone."""
        self.close()
        self.engine = engine_on(self.disk, lambda: self.now, POLICIES)
        self.post = SmtpPost(self._server, "Shop <orders@shop.example>", lambda: self.now)
        sender = Sender("Shop", "https://shop.example")
        clerk = MailClerk(self.log, self.vault, sender, MERCHANT)
        courier = Courier(clerk, Way(self.post, self.fuse), jitter=lambda: 0.5)
        self.follower = NoticeFollower(self.log, self.disk.source_position(SOURCE), courier)

    def close(self) -> None:
        """Hang up."""
        if self.post is not None:
            self.post.close()

    def ask(self, *commands: Command) -> list[Answer]:
        """Give commands in one batch."""
        return self.engine.handle([Cause(c, f"c{n}", "test") for n, c in enumerate(commands)])

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
        """Send all that is due now."""
        while turn := self.follower.turn(self.now):
            self.alerts += turn.alerts
            self.engine.handle(turn.causes, [turn.position])

    def rest(self) -> None:
        """Let as much time go by as it takes until every notice has an end."""
        self.settle()
        while (due := self.follower.next_due) < NEVER:
            self.now = Instant(max(self.now + SECOND, due))
            self.settle()

    def notices(self) -> dict[str, list[Event]]:
        """Return what became of each notice, by its name."""
        found: dict[str, list[Event]] = {}
        for recorded in self.log.read(0, 100_000):
            if isinstance(recorded.event, NoticeEvent):
                found.setdefault(recorded.event.notice_id, []).append(recorded.event)
        return found

    def arrivals(self) -> Counter[str]:
        """Return how often each letter arrived, by its Message-ID."""
        return Counter(str(message["Message-ID"]) for message in self.desk.inbox)

    def subjects(self) -> list[tuple[str, str]]:
        """Return who got which letters, in order."""
        return [(str(m["To"]), str(m["Subject"])) for m in self.desk.inbox]
