"""librdkafka's own mock cluster, for tests that must run where no broker can be started.

Its C interface is inside the client's package, but not in its Python interface. It knows producers
(idempotent ones, too), consumers and groups, and makes errors to order. It proves nothing about
what transactions isolate and fence, about compaction, or about the administration of topics.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CDLL, c_char_p, c_int, c_int16, c_int32, c_size_t, c_void_p
from pathlib import Path

import confluent_kafka

PRODUCE_API = 0
LIST_OFFSETS_API = 2
PRODUCER_TYPE = 0
ERROR_BYTES = 512


class MockCluster:
    """Brokers within this process; others reach them by `bootstrap`."""

    def __init__(self, brokers: int) -> None:
        """Start it."""
        self._library = _library()
        self._brokers = brokers
        error = ctypes.create_string_buffer(ERROR_BYTES)
        settings = self._library.rd_kafka_conf_new()
        self._client = self._library.rd_kafka_new(PRODUCER_TYPE, settings, error, ERROR_BYTES)
        assert self._client, error.value
        self._cluster = self._library.rd_kafka_mock_cluster_new(self._client, brokers)
        self.bootstrap = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()

    def create(self, topic: str, partitions: int) -> None:
        """Create a topic."""
        failed = self._library.rd_kafka_mock_topic_create(
            self._cluster, topic.encode(), partitions, 1
        )
        assert not failed, failed

    def refuse(self, *codes: int, api: int = PRODUCE_API) -> None:
        """Answer the next requests with these errors: those to produce, unless others are named."""
        errors = (c_int * len(codes))(*codes)
        self._library.rd_kafka_mock_push_request_errors_array(
            self._cluster, api, len(codes), errors
        )

    def delay(self, milliseconds: int) -> None:
        """Let every answer take so long to arrive."""
        for broker in range(1, self._brokers + 1):
            failed = self._library.rd_kafka_mock_broker_set_rtt(self._cluster, broker, milliseconds)
            assert not failed, failed

    def close(self) -> None:
        """End it."""
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._client)


@contextmanager
def mock_cluster(brokers: int = 3) -> Iterator[MockCluster]:
    """Run a mock cluster; no client of it may be left when the block ends."""
    cluster = MockCluster(brokers)
    try:
        yield cluster
    finally:
        cluster.close()


def _library() -> CDLL:
    """Load the library that the client has loaded, and say what its functions take and give."""
    package = Path(confluent_kafka.__file__).parent
    (path,) = package.with_name("confluent_kafka.libs").glob("librdkafka-*.so*")
    library = CDLL(str(path))
    forms = {
        "rd_kafka_conf_new": (c_void_p,),
        "rd_kafka_new": (c_void_p, c_int, c_void_p, c_char_p, c_size_t),
        "rd_kafka_destroy": (None, c_void_p),
        "rd_kafka_mock_cluster_new": (c_void_p, c_void_p, c_int),
        "rd_kafka_mock_cluster_destroy": (None, c_void_p),
        "rd_kafka_mock_cluster_bootstraps": (c_char_p, c_void_p),
        "rd_kafka_mock_topic_create": (c_int, c_void_p, c_char_p, c_int, c_int),
        "rd_kafka_mock_broker_set_rtt": (c_int, c_void_p, c_int32, c_int),
        "rd_kafka_mock_push_request_errors_array": (
            None,
            c_void_p,
            c_int16,
            c_size_t,
            ctypes.POINTER(c_int),
        ),
    }
    for name, (gives, *takes) in forms.items():
        function = getattr(library, name)
        function.restype, function.argtypes = gives, takes
    return library
