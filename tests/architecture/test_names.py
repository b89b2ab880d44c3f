"""Names carry the grammar: commands ask, events tell, refusals give the reason."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from oms_core.engine.catalog import BOUNDARIES, COMMANDS, EVENTS
from oms_core.kernel import Rejected
from tests.architecture.source import every_module, place, tree

FORBIDDEN = re.compile(r"(Manager|Service|Helper|Helpers|Utils|Util|Impl|Base)$")
FORBIDDEN_MODULES = {"utils", "util", "helpers", "common", "misc", "base", "manager", "service"}
WORDS = re.compile(r"[A-Z][a-z]*")

IRREGULAR = {
    "Set",
    "Held",
    "Oversold",
    "Sent",
    "Lost",
    "Found",
    "Kept",
    "Broken",
    "Withdrawn",
    "Made",
}
"""Past participles that do not end in -ed."""

OUTCOMES = {"Unknown", "Back", "Off"}
"""`CaptureUnknown` tells what we know after it; `PaymentChargedBack` ends in its adverb."""

VERBS_IN_ED = {"Feed", "Need", "Seed", "Embed", "Speed"}


def words(name: str) -> list[str]:
    """Return the words of a class name."""
    return WORDS.findall(name)


def tells(name: str) -> bool:
    """Say whether a name ends as a fact does."""
    last = words(name)[-1]
    return last.endswith("ed") or last in IRREGULAR | OUTCOMES


def test_events_are_named_in_the_past_tense():
    assert [name for name in EVENTS if not tells(name)] == []


def test_commands_are_named_in_the_imperative():
    told = [
        name
        for name in COMMANDS
        if (words(name)[0].endswith("ed") and words(name)[0] not in VERBS_IN_ED)
        or words(name)[0].endswith("ing")
        or name in EVENTS
    ]
    assert told == []


def test_a_command_begins_with_its_verb_and_an_event_ends_with_it():
    assert [name for name in (*COMMANDS, *EVENTS) if len(words(name)) < 2] == []


def test_every_event_has_a_name_of_its_own():
    declared = [event.__name__ for event in EVENTS.values()]
    assert list(EVENTS) == declared
    assert len(set(EVENTS.values())) == len(declared)


def test_every_command_belongs_to_one_boundary():
    owned = [command for _, commands in BOUNDARIES for command in commands]
    assert len(set(owned)) == len(owned) == len(COMMANDS)


def refusals(of: type[Rejected] = Rejected) -> Iterator[type[Rejected]]:
    """Yield every refusal that the catalog leads to."""
    for refusal in of.__subclasses__():
        yield refusal
        yield from refusals(refusal)


def test_every_refusal_has_a_stable_code_of_its_own_and_a_remedy():
    codes = [refusal.code for refusal in refusals()]
    assert [code for code in codes if not re.fullmatch(r"[a-z]+\.[a-z_]+", code)] == []
    assert len(set(codes)) == len(codes)
    assert [r.__name__ for r in refusals() if r.remedy == Rejected.remedy] == []


def test_a_refusal_gives_a_reason_and_is_not_called_an_error():
    assert [r.__name__ for r in refusals() if re.search(r"(Error|Exception)$", r.__name__)] == []


@every_module
def test_no_name_hides_what_a_thing_does(path: Path):
    hiding = [
        node.name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and FORBIDDEN.search(node.name)
    ]
    assert hiding == []
    assert not FORBIDDEN_MODULES & {part.removesuffix(".py") for part in Path(place(path)).parts}
