"""Three function shapes and one envelope: everything else is written in these terms."""

from oms_core.kernel.decider import Decider
from oms_core.kernel.dispatch import deciding, evolving, unchanged
from oms_core.kernel.errors import Rejected
from oms_core.kernel.message import Command, CommandRefused, Event, Instant, Recorded, State
from oms_core.kernel.process import Process
from oms_core.kernel.view import View

__all__ = [
    "Command",
    "CommandRefused",
    "Decider",
    "Event",
    "Instant",
    "Process",
    "Recorded",
    "Rejected",
    "State",
    "View",
    "deciding",
    "evolving",
    "unchanged",
]
