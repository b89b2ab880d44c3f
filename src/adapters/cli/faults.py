"""How a command says no: which field, what value, which rule, and what to do about it."""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """One thing that is wrong, in the four parts that a person needs to put it right."""

    field: str
    value: str
    rule: str
    remedy: str


class Refused(Exception):
    """What was asked for cannot be done as it was asked: exit code 2."""

    exit_code = 2

    def __init__(self, *faults: Fault) -> None:
        """Take everything that is wrong, so that nobody has to find it one by one."""
        super().__init__("; ".join(f"{fault.field}: {fault.rule}" for fault in faults))
        self.faults = faults


class Failed(Refused):
    """It was asked for rightly and did not work out: exit code 1."""

    exit_code = 1
