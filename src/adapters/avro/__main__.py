"""Write the schemas anew: `python -m adapters.avro schemas`."""

from __future__ import annotations

import sys
from pathlib import Path

from adapters.avro.schemas import write

if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "schemas"))
