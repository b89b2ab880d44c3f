"""The rules of the register of codes."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from oms_core.domain.flagcode import commands, events
from oms_core.kernel import Decider, Rejected, State, deciding, evolving
from oms_core.kernel.identity import check_character
from oms_core.kernel.recent import Recent


class Register(State, frozen=True):
    """How many codes were issued, and for whom lately."""

    issued: int = 0
    recent: Recent = Recent()


class UnknownKind(Rejected):
    """A code needs to say what it is for."""

    code = "flagcode.kind"
    remedy = "Give a kind that begins with a letter from A to Z."


def issue(command: commands.IssueFlagCode, register: Register) -> Iterator[events.FlagCodeEvent]:
    """Give the order the next code: a letter for its kind, a number, and a check character."""
    initial = command.kind[:1]
    if not (initial.isascii() and initial.isalpha()):
        raise UnknownKind(f"kind is {command.kind!r}.")
    if f"{command.order_id}|{command.kind}" not in register.recent:
        number = register.issued + 1
        text = f"{initial.upper()}{number:07d}"
        yield events.FlagCodeIssued(
            command.register_id,
            number,
            command.order_id,
            command.kind,
            text + check_character(text),
        )


def issued(register: Register, event: events.FlagCodeIssued) -> Register:
    """Never issue this number again."""
    return Register(event.number, register.recent.add(f"{event.order_id}|{event.kind}"))


flagcode = Decider(
    "flagcode",
    attrgetter("register_id"),
    Register(),
    deciding({commands.IssueFlagCode: issue}),
    evolving({events.FlagCodeIssued: issued}),
)
