"""Publishing all or nothing: a producer whose batches readers see whole, once, and in order.

Producers of one transactional id fence each other off: the latest may publish, an earlier one is
refused by the broker, whatever it believes. Calls that wait for the broker run on a thread beside,
so that the caller can prepare its next batch meanwhile, and can go on saying that it lives.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from confluent_kafka import KafkaError, KafkaException, Producer

from adapters.kafka import configuration
from adapters.kafka.wire import Tombstone, Wire
from adapters.settings import Settings
from oms_core.kernel import Instant

BEGIN_SECONDS = 10.0
"""How long the broker may take to let us begin, before we try anew."""

COMMIT_SECONDS = 30.0
"""How long the broker may take to end a transaction; one that is open lives longer."""

BEAT_SECONDS = 1.0
BUFFER_SECONDS = 0.1

FENCED = frozenset({KafkaError._FENCED, KafkaError.INVALID_PRODUCER_EPOCH})  # noqa: SLF001  (librdkafka's name)

QUIET: Mapping[str, Any] = {"log_level": 2}
"""What goes wrong comes as an error, and is told once: not by the client as well, each time."""

T = TypeVar("T")


class Superseded(Exception):
    """A later producer with our transactional id has begun: this process must stop."""


class Interrupted(Exception):
    """What became of the last batch is unknown. Begin again from what the broker says."""


class Oversized(Exception):
    """A message is larger than the client may send; trying again does not mend it."""

    def __init__(self, wire: Wire | Tombstone) -> None:
        """Tell which one."""
        name = dict(wire.headers).get("ce_id", wire.key).decode(errors="replace")
        size = len(wire.value or b"")
        super().__init__(
            f"{name} for {wire.topic} has {size} bytes, more than message.max.bytes. "
            "Raise it in OMS_KAFKA_CONFIG, and max.message.bytes of the topic, then start again."
        )


class Behind(NamedTuple):
    """How much is still to be published, and since when; zero, if that is not known."""

    events: int
    since: Instant = Instant(0)


class Transactions:
    """A producer of one transactional id, from its first transaction to its last."""

    def __init__(
        self, settings: Settings, transactional_id: str, beat: Callable[[], None] = lambda: None
    ) -> None:
        """Fence off every earlier producer, and wait until nothing of theirs is undecided.

        `beat` is called again and again while the broker is waited for.

        :raises Interrupted: if the broker cannot be reached, or refuses.
        """
        gc.collect()  # One that was given up may hang on to its error, and would go on connecting.
        self._beat = beat
        self._thread = ThreadPoolExecutor(1, "kafka")
        self._ending: Future[None] | None = None
        config = configuration.transactional(settings, transactional_id)
        self._producer = Producer({**QUIET, **config, "delivery.report.only.error": True})
        try:
            self.call(self._producer.init_transactions, BEGIN_SECONDS)
        except BaseException:
            self.close()
            raise

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call something that waits for the broker, and say meanwhile that we live.

        :raises Superseded: if a later producer has begun.
        :raises Interrupted: if the broker cannot be reached, or refuses.
        """
        return self._waited(self._thread.submit(function, *arguments))

    def send(self, wires: Iterable[Wire | Tombstone], last: Wire | None = None) -> None:
        """Publish messages in one transaction, which may go on ending when this returns.

        :raises Superseded: if a later producer has begun.
        :raises Interrupted: if the broker cannot be reached, or refuses.
        :raises Oversized: if a message is too large.
        """
        self.settle()
        try:
            self._producer.begin_transaction()
            self._produce(wires)
            if last is not None:
                self._produce([last])
        except KafkaException as error:
            raise _told(error) from error
        self._ending = self._thread.submit(self._commit)

    def settle(self) -> None:
        """Wait until what was sent last is published."""
        if self._ending is not None:
            ending, self._ending = self._ending, None
            self._waited(ending)

    def close(self) -> None:
        """Give up what is not published yet."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._producer.purge()
        del self._producer

    def _produce(self, wires: Iterable[Wire | Tombstone]) -> None:
        produce: Callable[..., None] = self._producer.produce
        for wire in wires:
            while True:
                try:
                    produce(wire.topic, wire.value, wire.key, headers=wire.headers)
                except BufferError:  # The queue is full: let the broker take some of it.
                    self._beat()
                    self._producer.poll(BUFFER_SECONDS)
                except KafkaException as error:
                    if error.args[0].code() == KafkaError.MSG_SIZE_TOO_LARGE:
                        raise Oversized(wire) from error
                    raise
                else:
                    break

    def _commit(self) -> None:
        self._producer.commit_transaction(COMMIT_SECONDS)

    def _waited(self, future: Future[T]) -> T:
        while True:
            try:
                return future.result(BEAT_SECONDS)
            except TimeoutError:
                self._beat()
            except KafkaException as error:
                raise _told(error) from error


def _told(error: KafkaException) -> Superseded | Interrupted:
    reason: KafkaError = error.args[0]
    if reason.code() in FENCED:
        return Superseded(
            f"{reason.str()}. A later process publishes now, or this one stood still for longer "
            "than a transaction may last. Start it again to stand by."
        )
    return Interrupted(reason.str())
