"""AsyncAPI's own parser as the judge of our document; npm fetches it once into `.npm/`."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
SCRIPT = Path(__file__).with_name("validate.mjs")
PACKAGES = ("@asyncapi/parser@3.6.6", "@asyncapi/avro-schema-parser@3.1.0")
FETCH_SECONDS = 300
OUT_OF_REACH = ("ENOTFOUND", "ECONNREFUSED", "ETIMEDOUT", "EAI_AGAIN")


class NotToBeHad(Exception):
    """The parser cannot run on this machine, and why."""


def fetched() -> Path:
    """Return the folder that has the parser; processes that ask at once wait.

    :raises NotToBeHad: if it is not there and cannot be fetched.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise NotToBeHad("Node.js with npm is not installed")
    folder = ROOT / ".npm"
    folder.mkdir(exist_ok=True)
    stamp = folder / "fetched"
    with (folder / "fetching").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != str(PACKAGES):
            (folder / "package.json").write_text('{"private": true}')
            order = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
            done = subprocess.run(
                order,
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=FETCH_SECONDS,
                check=False,
            )
            if done.returncode and any(sign in done.stderr for sign in OUT_OF_REACH):
                raise NotToBeHad("npm cannot reach where packages come from")
            assert done.returncode == 0, done.stderr
            stamp.write_text(str(PACKAGES))
    return folder


def faults(document: Any) -> list[str]:
    """Return what the parser finds wrong with a document, each with the place in it."""
    folder = fetched()
    script = shutil.copy(SCRIPT, folder / SCRIPT.name)  # Node looks for packages beside it.
    done = subprocess.run(
        ["node", script],
        cwd=folder,
        input=json.dumps(document),
        capture_output=True,
        text=True,
        timeout=FETCH_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found
