"""Everything at once, with kills and stops at random moments: a few rounds of `make crashes`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_kills_and_stops_at_random_moments_lose_double_and_reorder_nothing(
    packages: Path, tmp_path: Path
):
    found = tmp_path / "crashes.json"
    asked = ("--rounds", "5", "--nodes", "1", "--seed", "4", "--json", str(found))
    done = subprocess.run(
        [sys.executable, "-m", "tests.crashes", *asked],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-4_000:]
    counts = json.loads(found.read_text())
    assert sum(counts["rounds"].values()) == 5
    assert counts["messages"] > 0
