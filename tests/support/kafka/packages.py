"""Fetches the broker and the registry as Maven packages into `.kafka/`, once for each version.

What cannot be had here (no Java, no Maven, no way to where packages come from) is `NotToBeHad`: a
test that needs it is skipped. Anything else that goes wrong is a failure.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
POM = ROOT / "deploy/kafka/pom.xml"
FILES = ROOT / ".kafka"
JAVA_MIN = 17
FETCH_SECONDS = 600

OUT_OF_REACH = re.compile(
    r"Unknown ?[Hh]ost|[Cc]onnect(ion)? timed out|Connection refused|name resolution|unreachable"
)


class NotToBeHad(Exception):
    """There can be no broker on this machine, and why."""


@cache
def java() -> str:
    """Return the program that runs Java.

    :raises NotToBeHad: if there is none, or only an old one.
    """
    home = os.environ.get("JAVA_HOME")
    found = shutil.which(f"{home}/bin/java" if home else "java")
    if found is None:
        raise NotToBeHad(f"no Java (install version {JAVA_MIN} or later, or set JAVA_HOME)")
    told = subprocess.run([found, "-version"], capture_output=True, text=True, check=True).stderr
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version[1]) < JAVA_MIN:
        raise NotToBeHad(f"Java is too old (version {JAVA_MIN} or later is needed): {told}")
    return found


def fetch() -> Path:
    """Return the folder with `broker/` and `registry/` in it; processes that ask at once wait.

    :raises NotToBeHad: if it is not there and cannot be fetched.
    """
    FILES.mkdir(exist_ok=True)
    stamp = FILES / "fetched"
    wanted = hashlib.sha256(POM.read_bytes()).hexdigest()
    with (FILES / "fetching").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            for name in ("broker", "registry"):
                shutil.rmtree(FILES / name, ignore_errors=True)
            _fetch()
            stamp.write_text(wanted)
    return FILES


def _fetch() -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise NotToBeHad("no Maven (install it; it fetches the broker once)")
    java()
    order = [maven, "-B", "-q", "-f", str(POM), f"-Dinto={FILES}", "package"]
    done = subprocess.run(
        order,
        capture_output=True,
        text=True,
        timeout=FETCH_SECONDS,
        check=False,
    )
    said = done.stdout + done.stderr
    if done.returncode and OUT_OF_REACH.search(said):
        raise NotToBeHad(f"Maven finds no way to its packages:\n{said}")
    if done.returncode:
        raise RuntimeError(f"Maven could not fetch the broker:\n{said}")
