"""The command line: what a shopkeeper types, and what a script reads with `--json`."""

from adapters.cli.app import main

__all__ = ["main"]
