"""From what was typed to what was meant: times, ids, and the errors of the command line itself."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from cyclopts import (
    CycloptsError,
    MissingArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from adapters.cli.amounts import MICROSECONDS
from adapters.cli.faults import Fault, Refused
from oms_core.kernel import Instant

TIME_RULE = "A time is a date or a date and time, ISO 8601; without an offset it is UTC."
TIME_REMEDY = "Write it like 2026-03-31, 2026-03-31T18:00 or 2026-03-31T18:00:00+02:00, or `now`."


def instant(field: str, text: str, now: Instant) -> Instant:
    """Read a time. A date alone means its end, so that the day is in the report.

    :raises Refused: if it is not a time.
    """
    if text == "now":
        return now
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(Fault(field, text, TIME_RULE, TIME_REMEDY)) from None
    if len(text) <= len("2026-03-31"):
        at = datetime.combine(at.date(), time.max)
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    seconds = int(at.replace(microsecond=0).timestamp())
    return Instant(seconds * MICROSECONDS + at.microsecond)


def event_name(field: str, text: str) -> tuple[str, int]:
    """Read the name of an event, `stream#version`.

    :raises Refused: if it does not have that form.
    """
    stream, mark, version = text.rpartition("#")
    if not mark or ":" not in stream or not version.isdigit() or int(version) < 1:
        raise Refused(
            Fault(
                field,
                text,
                "An event is named by its stream and its place in it, counted from 1.",
                "Copy a name such as order:web:1001#1 from `oms show order` or `oms why`.",
            )
        )
    return stream, int(version)


def positive(field: str, number: int) -> int:
    """Check a count.

    :raises Refused: if it is less than one.
    """
    if number < 1:
        raise Refused(
            Fault(field, str(number), "It must be 1 or more.", f"Give {field} 1 or more.")
        )
    return number


def fault_of(error: CycloptsError) -> Fault:
    """Say what is wrong with a command line, in the four parts of a fault."""
    error.verbose = False
    argument = error.argument
    token: Any = getattr(error, "token", None)
    field = argument.name if argument else "command line"
    value = token.value if token else next(iter(error.unused_tokens or ()), "")
    rule = " ".join(str(error).split())
    called = " ".join(("oms", *(error.command_chain or ())))
    remedy = f"See `{called} --help`."
    if close := rule.partition(" Did you mean ")[2].partition("?")[0]:
        remedy = f"Did you mean {close}? {remedy}"
    match error:
        case UnknownCommandError():
            field, rule = "command", "There is no such command."
        case UnknownOptionError():
            field, value = "option", token.keyword or token.value
            rule = f"`{called}` has no such option."
        case UnusedCliTokensError():
            rule = f"`{called}` does not take so many arguments."
            remedy = f"Put values with spaces in quotes. {remedy}"
        case MissingArgumentError():
            value, rule = "", "It must be given."
    return Fault(field, value, rule, remedy)
