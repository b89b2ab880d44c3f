"""We know in which partition Kafka's clients put a key."""

import pytest

from adapters.postgres.partitioning import murmur2, partition_of

SIGNED = 2**32


@pytest.mark.parametrize(
    ("key", "hashed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_a_key_has_the_hash_that_kafkas_own_tests_expect(key, hashed):
    """Source: `UtilsTest.testMurmur2` of Apache Kafka."""
    assert murmur2(key) == hashed % SIGNED
    assert 0 <= partition_of(key, 12) < 12
