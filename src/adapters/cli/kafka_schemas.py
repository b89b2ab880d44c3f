"""`oms kafka schemas`: our contracts in the registry that others look them up in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from adapters.cli.faults import Failed, Fault, Refused
from adapters.cli.opening import settings_of
from adapters.cli.output import PLAIN, Common, Options, emit, table, titled
from adapters.kafka.registration import Standing, Verdict, check_all, register_all
from adapters.kafka.registry import ConfluentRegistry, Registry, RegistryError

NO_REGISTRY = Fault(
    "OMS_KAFKA_REGISTRY",
    "",
    "No schema registry is named.",
    "Set OMS_KAFKA_REGISTRY to its URL (Confluent's API); `make kafka-up` starts one here.",
)
STYLES = {
    Verdict.REGISTERED: "green",
    Verdict.NEW: "cyan",
    Verdict.COMPATIBLE: "cyan",
    Verdict.INCOMPATIBLE: "red",
}


def register(*, options: Common = PLAIN) -> int:
    """Register the schemas of all events, inbound messages, outcomes and documents.

    What is registered already stays as it is, so this may be run at every deployment, before the
    new version starts. A schema that would break a consumer is refused, with the field named; the
    others are registered. Every subject is held to FULL_TRANSITIVE.

    **Examples**

        OMS_KAFKA_REGISTRY=http://127.0.0.1:8081 oms kafka schemas register

    **Next:** `oms relay` publishes the events.
    """
    return _run(options, register_all, "Next: `oms relay` publishes the events.")


def check(*, options: Common = PLAIN) -> int:
    """Compare our schemas with those in the registry, and change nothing.

    Each is registered, new, compatible (a new version of what is there), or incompatible; then
    every field that stands against it is named, and the exit code is 2.

    **Examples**

        oms kafka schemas check
        oms kafka schemas check --json

    **Next:** `oms kafka schemas register`.
    """
    return _run(options, check_all, "Next: `oms kafka schemas register` registers what is missing.")


def _run(options: Options, look: Callable[[Registry], Iterator[Standing]], caption: str) -> int:
    settings = settings_of(options)
    if not settings.kafka_registry:
        raise Refused(NO_REGISTRY)
    try:
        with closing(ConfluentRegistry(settings)) as registry:
            found = list(look(registry))
    except RegistryError as error:
        at = Fault("OMS_KAFKA_REGISTRY", settings.kafka_registry, error.rule, error.remedy)
        raise Failed(at) from None
    emit(options, {"schemas": found}, lambda data: _render(data, caption))
    refused = any(standing.verdict is Verdict.INCOMPATIBLE for standing in found)
    return Refused.exit_code if refused else 0


def _render(data: dict[str, Any], caption: str) -> RenderableType:
    found: list[Standing] = data["schemas"]
    made = table("subject", ">id", ">version", "verdict")
    for standing in found:
        against = "".join(f"\n{breach}" for breach in standing.breaches)
        verdict = Text.assemble((standing.verdict.value, STYLES[standing.verdict]), against)
        number = str(standing.schema_id or "")
        made.add_row(standing.subject, number, str(standing.version or ""), verdict)
    counts = Counter(standing.verdict.value for standing in found)
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    return titled(f"Schemas: {told}", made, f"\n{caption}")
