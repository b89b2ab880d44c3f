"""A simulated gateway whose memory outlives the process: a real one would not forget either.

What it was asked, and when, is written to a file before it is done. The gateway's answers follow
from its seed and its questions alone: asked again in the same order, they bring its ledger back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from adapters.payments.simulated import SimulatedGateway
from oms_core.effects.ports import ProviderTimeout, Result
from oms_core.kernel import Command, Instant
from oms_core.kernel.money import Money


class _Line(msgspec.Struct, frozen=True):
    """One question: what was asked of the gateway, at which time."""

    at: Instant
    operation: str
    key: str = ""
    amount: Money | None = None
    detail: str = ""


class JournaledGateway:
    """A simulated gateway with a journal. One process at a time may use a journal."""

    def __init__(self, path: Path, clock: Callable[[], Instant], seed: int) -> None:
        """Open the journal at `path`, and ask again what it holds."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._clock = clock
        self._now = Instant(0)
        self.gateway = SimulatedGateway(lambda: self._now, seed)
        if path.exists():
            for text in path.read_bytes().splitlines():
                with suppress(msgspec.DecodeError, ProviderTimeout):  # The last line may be torn.
                    self._do(msgspec.json.decode(text, type=_Line))
        self._file = path.open("ab")

    def _note(self, line: _Line) -> Result | None:
        self._file.write(msgspec.json.encode(line) + b"\n")
        self._file.flush()
        return self._do(line)

    def _do(self, line: _Line) -> Result | None:
        self._now, gateway = line.at, self.gateway
        match line:
            case _Line(operation="authorize", amount=Money() as amount):
                return gateway.authorize(line.key, amount, line.detail)
            case _Line(operation="capture", amount=Money() as amount):
                return gateway.capture(line.key, line.detail, amount)
            case _Line(operation="refund", amount=Money() as amount):
                return gateway.refund(line.key, line.detail, amount)
            case _Line(operation="void"):
                return gateway.void(line.key, line.detail)
            case _Line(operation="query"):
                return gateway.query(line.key)
            case _:
                self._sent = tuple(gateway.messages(line.at))
                return None

    def authorize(self, key: str, amount: Money, token: str) -> Result:
        """Set an amount aside."""
        return self._answer(_Line(self._clock(), "authorize", key, amount, token))

    def capture(self, key: str, provider_ref: str, amount: Money) -> Result:
        """Take a part of what is set aside."""
        return self._answer(_Line(self._clock(), "capture", key, amount, provider_ref))

    def void(self, key: str, provider_ref: str) -> Result:
        """Let go of the rest."""
        return self._answer(_Line(self._clock(), "void", key, None, provider_ref))

    def refund(self, key: str, provider_ref: str, amount: Money) -> Result:
        """Give back a part of what was taken."""
        return self._answer(_Line(self._clock(), "refund", key, amount, provider_ref))

    def query(self, key: str, provider_ref: str = "") -> Result | None:
        """Say what became of a key."""
        return self._note(_Line(self._clock(), "query", key, None, provider_ref))

    def messages(self) -> Iterator[Command]:
        """Yield what the gateway has sent of its own by now."""
        now = self._clock()
        if (self.gateway.next_due or now + 1) <= now:
            self._note(_Line(now, "messages"))
            yield from (command for _, command in self._sent)

    def _answer(self, line: _Line) -> Result:
        answer = self._note(line)
        assert answer is not None, "every operation but a query has a result"
        return answer

    def close(self) -> None:
        """Close the journal."""
        self._file.close()
