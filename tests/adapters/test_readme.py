"""What the README tells people to type works, in the order in which it tells them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
WALK = re.search(r"<!-- walk -->\n```console\n(.*?)```", README, re.DOTALL)


def commands() -> list[list[str]]:
    assert WALK, "the README has no walk"
    return [shlex.split(line[2:]) for line in WALK[1].splitlines() if line.startswith("$ ")]


def test_the_walk_can_be_walked(dsn, schema):
    environment = {
        **os.environ,
        "OMS_DSN": dsn,
        "OMS_LOG_SCHEMA": f"{schema}_log",
        "OMS_VIEWS_SCHEMA": f"{schema}_views",
    }
    program = Path(sys.executable).parent / "oms"
    for name, *arguments in commands():
        assert name == "oms"
        done = subprocess.run(
            [program, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, (arguments, done.stdout[-2_000:], done.stderr[-2_000:])


@pytest.mark.parametrize("field", sorted(Settings.model_fields))
def test_every_setting_is_explained(field):
    assert f"`OMS_{field.upper()}`" in README


@pytest.mark.parametrize("target", ["run", "test", "check", "schemas", "golden"])
def test_make_knows_what_the_readme_names(target):
    assert f"make {target}" in README
    assert re.search(rf"^{target}:.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_the_map_names_folders_that_exist():
    folders = re.findall(r"^\| `(src/[\w/]+|schemas|tests)` \|", README, re.MULTILINE)
    assert len(folders) >= 10
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []
