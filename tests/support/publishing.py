"""Keep what is published today, bytes and contracts: `python -m tests.support.publishing [v2]`."""

from __future__ import annotations

import sys

from tests.support import golden, published

if __name__ == "__main__":
    latest = list(golden.published()) or ["events-v1"]
    chosen = sys.argv[1] if len(sys.argv) > 1 else latest[-1].removeprefix("events-")
    for what, add in (("events", golden.add), ("contracts", published.add)):
        sys.stdout.write(f"{what} added: {', '.join(add(chosen)) or 'none'}\n")
