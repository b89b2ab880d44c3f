"""A log in memory, for tests: it keeps every promise but that of surviving."""

from adapters.memory.recorder import MemoryLog, MemoryRecorder, memory_environment

__all__ = ["MemoryLog", "MemoryRecorder", "memory_environment"]
