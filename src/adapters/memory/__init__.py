"""A log in memory, for tests: it keeps every promise but that of surviving."""

from adapters.memory.recorder import (
    MemoryLog,
    MemoryOutbox,
    MemoryRecorder,
    memory_environment,
)

__all__ = ["MemoryLog", "MemoryOutbox", "MemoryRecorder", "memory_environment"]
