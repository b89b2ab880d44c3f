"""The tree can be cloned anywhere: it names no machine and carries nothing of its making."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

READ = (".ci", "deploy", "schemas", "src", "tests")
SUFFIXES = {
    "",
    ".avsc",
    ".cfg",
    ".ini",
    ".json",
    ".md",
    ".properties",
    ".py",
    ".sh",
    ".sql",
    ".toml",
    ".txt",
    ".xml",
    ".yaml",
    ".yml",
}

# A bracket in each pattern keeps this file from finding itself.
MACHINE = re.compile(r"""(?<![\w.])/(?:wor[k]|roo[t]|hom[e]|tm[p]|User[s])/[\w.]""")
REGISTRY = re.compile(
    r"files\.pythonhoste[d]|pypi\.or[g]/simple|registry\.npmj[s]|repo1?\.mave[n]|proxy\.golan[g]"
)
UNFINISHED = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X])\b|pytest\.skip\([)]")


def texts() -> Iterator[Path]:
    """Yield every text file that is part of the tree; a linked work tree's `.git` is not."""
    tops = (path for path in ROOT.iterdir() if path.is_file() and path.suffix in SUFFIXES)
    yield from (path for path in tops if path.name != ".git")
    for folder in READ:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix in SUFFIXES and "__pycache__" not in path.parts:
                yield path


@pytest.mark.parametrize(
    "pattern", [MACHINE, REGISTRY, UNFINISHED], ids=["machine", "registry", "unfinished"]
)
def test_no_file_names_a_machine_or_a_registry_or_is_left_unfinished(pattern: re.Pattern[str]):
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in texts()
        if (match := pattern.search(path.read_text(encoding="utf-8")))
    ]
    assert found == []
