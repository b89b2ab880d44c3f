"""`oms send`: commands written as JSON, decided by the engine, answered one by one."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
from cyclopts import Parameter
from rich.console import RenderableType
from rich.text import Text

from adapters.cli.faults import Fault, Refused
from adapters.cli.forms import example, known, read_command, shown
from adapters.cli.giving import give
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, table, titled, to_json
from adapters.clock import system_clock
from oms_core.domain.order.events import OrderRejected
from oms_core.engine.catalog import BOUNDARIES, COMMANDS
from oms_core.engine.cause import Answer, Cause, Verdict
from oms_core.engine.outside import PUBLIC
from oms_core.kernel import Command, Rejected

EVENTS_SHOWN = 40
REMEDY = "Write one JSON object, an array of them, or one object on each line."


class Outcome(NamedTuple):
    """What became of one command."""

    command: str
    verdict: str
    events: list[str]
    reasons: list[Fault]


def send(
    file: str = "-",
    *,
    actor: str = "cli",
    list_commands: Annotated[bool, Parameter(name="--list", negative="")] = False,
    example_of: Annotated[str | None, Parameter(name="--example")] = None,
    check: Annotated[bool, Parameter(negative="")] = False,
    options: Common = PLAIN,
) -> int:
    """Send commands, such as an order, written as JSON.

    Each command is an object with the name of the command and its fields. Amounts are whole minor
    units (1000 is 10.00 EUR), times are ISO 8601. Sending the same command twice changes nothing
    the second time. Every field that does not fit is named, and then nothing is sent. While
    `oms run` is at work, the commands are handed to it.

    **Examples**

        oms send --example ReceiveStock | oms send
        oms send --example PlaceOrder > order.json
        oms send order.json
        oms send order.json --check

    **Next:** `oms show order web:1001` shows what became of it, `oms why order web:1001` why.

    Parameters
    ----------
    file
        A file of JSON or JSON Lines; `-` reads the input.
    actor
        Who is asking; it is kept with every event.
    list_commands
        List the commands that there are, and stop.
    example_of
        Print an example of this command, to be filled in, and stop.
    check
        Only check the form; send nothing.
    """
    if list_commands:
        emit(options, _sendable(), _commands)
        return 0
    if example_of is not None:
        sys.stdout.write(to_json(_example(example_of)) + "\n")
        return 0
    documents = read_documents(file)
    commands = _commands_of(documents)
    if check:
        emit(options, {"valid": len(commands)}, lambda d: Text(f"{d['valid']} commands are valid."))
        return 0
    causes = [Cause(command, cause_id(command), f"user:{actor}") for command in commands]
    with opened(options) as shop:
        answers = give(shop, causes)
    if answers is None:
        emit(options, {"handed_in": len(causes)}, _handed_in)
        return 0
    outcomes = [
        _outcome(cause.command, answer) for cause, answer in zip(causes, answers, strict=True)
    ]
    emit(options, {"answers": outcomes}, lambda data: _answers(data["answers"]))
    return Refused.exit_code if any(outcome.reasons for outcome in outcomes) else 0


def read_documents(file: str) -> list[Any]:
    """Read JSON or JSON Lines.

    :raises Refused: if there is no such file, or it is not JSON.
    """
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except OSError as error:
        rule = f"The file cannot be read: {error.strerror}."
        raise Refused(
            Fault("file", file, rule, "Name a file that exists, or - for the input.")
        ) from None
    except UnicodeDecodeError:
        raise Refused(
            Fault("file", file, "It is not text in UTF-8.", "Save it as UTF-8.")
        ) from None
    if not text.strip():
        raise Refused(Fault("file", file, "There is nothing in it.", REMEDY))
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        return _lines(file, text, error)
    return whole if isinstance(whole, list) else [whole]


def _lines(file: str, text: str, error: Exception) -> list[Any]:
    found, faults = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(json.loads(line))
        except (ValueError, RecursionError) as wrong:
            faults.append(Fault(f"{file}, line {number}", shown(line), f"{wrong}.", REMEDY))
    if not found:
        raise Refused(Fault(file, shown(text), f"It is not JSON: {error}.", REMEDY))
    if faults:
        raise Refused(*faults)
    return found


def _commands_of(documents: Sequence[Any]) -> list[Command]:
    """Make commands of documents, or name everything that is wrong with any of them."""
    commands, faults = [], []
    for number, document in enumerate(documents, 1):
        place = f"{number}: " if len(documents) > 1 else ""
        if not isinstance(document, dict) or not isinstance(document.get("command"), str):
            rule = "A command is an object whose field `command` is its name."
            remedy = "See `oms send --example PlaceOrder`."
            faults.append(Fault(f"{place}command", shown(document), rule, remedy))
            continue
        fields = dict(document)
        name = fields.pop("command")
        try:
            commands.append(read_command(name, _completed(name, fields), place))
        except Refused as error:
            faults += error.faults
    if faults:
        raise Refused(*faults)
    return commands


def _completed(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Fill in what an order need not say of itself: its id, those of its lines, and the time."""
    if name != "PlaceOrder":
        return fields
    channel, reference = fields.get("channel"), fields.get("external_ref")
    fields.setdefault("order_id", f"{channel}:{reference}")
    fields.setdefault("placed_at", system_clock())
    fields.setdefault("on_shortage", "hold")
    for list_name, id_name, form in (
        ("lines", "line_id", "{}/{}"),
        ("tenders", "payment_id", "{}/p{}"),
    ):
        parts = fields.get(list_name)
        for number, part in enumerate(parts if isinstance(parts, list) else (), 1):
            if isinstance(part, dict):
                part.setdefault(id_name, form.format(fields["order_id"], number))
                if list_name == "lines" and "item_id" in part:
                    part.setdefault("sku", part["item_id"])
    return fields


def _sendable() -> dict[str, list[str]]:
    """Return the names of what may be sent, by boundary."""
    named = {d.category: [c.__name__ for c in cs if c.__name__ in PUBLIC] for d, cs in BOUNDARIES}
    return {category: names for category, names in named.items() if names}


def cause_id(command: Command) -> str:
    """Name the message by what it says, so that the same message has the same name."""
    data = msgspec.msgpack.encode([type(command).__name__, command])
    return f"cli:{hashlib.sha256(data).hexdigest()[:16]}"


def _example(name: str) -> dict[str, Any]:
    known(name, "--example")
    return example(COMMANDS[name])


def remedies(kind: type[Rejected] = Rejected) -> dict[str, str]:
    """Return what to do about each refusal, by its code."""
    found = {kind.code: kind.remedy}
    for other in kind.__subclasses__():
        found.update(remedies(other))
    return found


def refusal(command: Command, code: str, detail: str) -> Fault:
    """Take a refusal apart: the field it begins with, its value, the rule, and the remedy."""
    remedy = remedies().get(code, "Correct the command and send it again.")
    rule = detail.removeprefix(f"{code}: ").removesuffix(remedy).strip()
    first = rule.partition(" ")[0]
    if first in type(command).__struct_fields__:
        return Fault(first, shown(getattr(command, first)), f"{rule} ({code})", remedy)
    return Fault(type(command).__name__, shown(command), f"{rule} ({code})", remedy)


def _outcome(command: Command, answer: Answer) -> Outcome:
    name = type(command).__name__
    events = [f"{recorded.id} {type(recorded.event).__name__}" for recorded in answer.recorded]
    reasons = []
    if answer.verdict is Verdict.REJECTED:
        reasons.append(refusal(command, answer.code, answer.detail))
    elif answer.verdict is Verdict.PARKED:
        remedy = "See `oms parked list`, and `oms parked redrive` when the cause is mended."
        reasons.append(Fault(name, shown(command), answer.detail, remedy))
    for recorded in answer.recorded:
        if isinstance(recorded.event, OrderRejected):
            reasons += [refusal(command, r.code, r.detail) for r in recorded.event.reasons]
    return Outcome(name, answer.verdict.value, events, reasons)


def _handed_in(data: dict[str, int]) -> RenderableType:
    text = f"{data['handed_in']} commands were handed to the engine that is running."
    return Text.assemble((text, "green"), "\nNext: `oms show order ID` for what became of it.")


def _commands(commands: dict[str, list[str]]) -> RenderableType:
    made = table("boundary", "commands")
    for category, names in commands.items():
        made.add_row(category, ", ".join(names))
    return titled("Commands", made, "\nNext: `oms send --example NAME` shows one.")


def _answers(outcomes: Sequence[Outcome]) -> RenderableType:
    made = table("command", "verdict", "what happened")
    for number, outcome in enumerate(outcomes, 1):
        lines = outcome.events[:EVENTS_SHOWN]
        if more := len(outcome.events) - len(lines):
            lines.append(f"... and {more} more")
        lines += [f"{fault.rule}\n{fault.remedy}" for fault in outcome.reasons]
        style = "red" if outcome.reasons else "green" if outcome.events else "dim"
        what = "\n".join(lines) or "nothing new: it was known already"
        made.add_row(f"{number} {outcome.command}", Text(outcome.verdict, style), Text(what))
    hint = "\nNext: `oms show order ID` for what became of it, `oms why event NAME` for why."
    return titled("Answers", made, hint)
