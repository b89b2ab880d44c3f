"""Messages of channels as they come from Kafka, for tests without a broker and with one."""

from __future__ import annotations

from collections.abc import Iterable

from adapters.avro.naming import full_name
from adapters.avro.schemas import record_schema
from adapters.intake import inbound
from adapters.intake.inbound import MESSAGES
from adapters.intake.replies import REPLIES
from adapters.intake.translation import key_of
from adapters.kafka.records import RecordCodec
from adapters.kafka.registry import Registry
from adapters.kafka.wire import Wire
from oms_core.domain.order.events import OnShortage, TenderMethod
from oms_core.kernel import Instant

TOPIC = "oms.web.inbound.v1"
UNIT_MINOR = 1_000


def registered(registry: Registry) -> Registry:
    """Make a registry know what channels say and are told."""
    for kind in (*MESSAGES, *REPLIES):
        registry.register(full_name(kind), record_schema(kind))
    return registry


def order(
    reference: str,
    *wanted: tuple[str, int],
    customer_id: str = "C1",
    on_shortage: OnShortage = OnShortage.HOLD,
    method: TenderMethod = TenderMethod.CARD,
) -> inbound.PlaceOrder:
    """Order some units of some items at 10.00 each; a mug, if nothing is named."""
    items = wanted or (("MUG", 1),)
    lines = tuple(
        inbound.Line(number, item_id, units, UNIT_MINOR * units, unit_price="10.00")
        for number, (item_id, units) in enumerate(items, 1)
    )
    total = sum(line.net_minor for line in lines)
    return inbound.PlaceOrder(
        reference,
        customer_id,
        "EUR",
        lines,
        (inbound.Payment(method, total, "tok"),),
        inbound.Address("FR", "69001"),
        Instant(1_767_571_200_000_000),
        on_shortage,
    )


def receipt(item_id: str, quantity: int, document: str = "R1") -> inbound.StockReceipt:
    """Receive goods that cost 4.00 each."""
    return inbound.StockReceipt(document, item_id, "LYON", quantity, 400 * quantity, "EUR")


class Sender:
    """Writes messages as a channel does."""

    def __init__(self, registry: Registry) -> None:
        """Write with the registry's schemas."""
        self._records = RecordCodec(registry, MESSAGES)

    def wire(
        self,
        message: inbound.Inbound,
        topic: str = TOPIC,
        headers: Iterable[tuple[str, bytes]] = (),
    ) -> Wire:
        """Return a message as it is sent, under its key."""
        value = self._records.encode(message)
        return Wire(topic, key_of(message).encode(), value, [*headers])
