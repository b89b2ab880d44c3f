"""Which partition a key is in: as Java's clients choose, and ours do (`murmur2_random`).

Source: Kafka's `Utils.murmur2`, by way of librdkafka's `rdmurmur2.c`.
"""

from __future__ import annotations

SEED = 0x9747B28C
MIX = 0x5BD1E995
SHIFT = 24
WORD = 0xFFFFFFFF
POSITIVE = 0x7FFFFFFF


def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition of a key, out of so many."""
    return (murmur2(key) & POSITIVE) % partitions


def murmur2(data: bytes) -> int:
    """Return MurmurHash2 of 32 bits, with Kafka's seed."""
    length = len(data)
    whole = length & ~3
    found = (SEED ^ length) & WORD
    for at in range(0, whole, 4):
        word = int.from_bytes(data[at : at + 4], "little") * MIX & WORD
        word = (word ^ word >> SHIFT) * MIX & WORD
        found = (found * MIX & WORD) ^ word
    if rest := data[whole:]:
        found = (found ^ int.from_bytes(rest, "little")) * MIX & WORD
    found = (found ^ found >> 13) * MIX & WORD
    return found ^ found >> 15
