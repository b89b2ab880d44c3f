"""The runbook names commands, settings and files that there are."""

from __future__ import annotations

import re
import shlex

import pytest

from adapters.cli.app import COMMANDS, GROUPS
from adapters.settings import Settings
from tests.deploy.documents import DEPLOY, ROOT
from tests.support.terminal import oms

TEXT = (DEPLOY / "runbook.md").read_text(encoding="utf-8")
LINES = re.findall(r"^(?:\$ )?(oms .+)$", TEXT, re.MULTILINE)
INLINE = re.findall(r"`(oms [^`]+)`", TEXT)
KNOWN = {name for _, name, _ in COMMANDS} | {
    f"{name} {command}" for _, name, _, commands in GROUPS for command in commands
}
SETTINGS = {f"OMS_{name.upper()}" for name in Settings.model_fields} | {"OMS_MASTER_KEY"}


def command_of(line: str) -> str:
    """Return the words of a line that name a command."""
    words = shlex.split(line)[1:]
    return next(
        (" ".join(words[:n]) for n in (3, 2, 1) if " ".join(words[:n]) in KNOWN), "no command"
    )


@pytest.mark.parametrize("line", sorted({*LINES, *INLINE} - {"oms engine %"}))
def test_a_command_that_it_names_is_there_and_takes_what_is_given(line: str):
    command = command_of(line)
    told = oms(*command.split(), "--help")
    assert told.code == 0, told.err
    assert [
        word for word in shlex.split(line) if word.startswith("--") and word not in told.out
    ] == []


def test_settings_that_it_names_are_there():
    named = set(re.findall(r"\bOMS_[A-Z_]*[A-Z]\b", TEXT)) - {"OMS_CELL_EU_DSN"}
    assert named - SETTINGS == set()


def test_files_that_it_names_are_there():
    named = set(re.findall(r"\bdeploy/[\w./-]+\w", TEXT))
    assert len(named) >= 3
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize(
    "about",
    [
        "Start and stop",
        "Health",
        "Take-over",
        "Lag",
        "Parked messages",
        "People and their data",
        "TLS and SASL",
    ],
)
def test_it_has_a_chapter_for_what_happens(about: str):
    assert f"\n## {about}\n" in TEXT
