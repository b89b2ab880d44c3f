"""Commands as people write them, in JSON, and examples of them."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgspec

from adapters.cli.faults import Fault, Refused
from adapters.intake.forms import Unfit, fill_in, shown
from oms_core.engine.catalog import COMMANDS
from oms_core.engine.outside import PUBLIC
from oms_core.kernel import Command, Instant

__all__ = ["SAMPLES", "example", "known", "read_command", "shown"]


def read_command(name: str, fields: Mapping[str, Any], place: str = "") -> Command:
    """Make a command out of JSON.

    :raises Refused: with every field that does not fit.
    """
    known(name, f"{place}command")
    try:
        return fill_in(COMMANDS[name], fields, f"`oms send --example {name}`")
    except Unfit as error:
        faults = (Fault(place + wrong.field, *wrong[1:]) for wrong in error.misfits)
        raise Refused(*faults) from None


def known(name: str, field: str) -> None:
    """Check that a command of this name may be sent.

    :raises Refused: if there is none, or only our own processes give it.
    """
    if name not in PUBLIC:
        ours = "Only our own processes give this command; it follows from others by itself."
        rule = ours if name in COMMANDS else "There is no such command."
        raise Refused(Fault(field, name, rule, "See `oms send --list` for what may be sent."))


def example(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """Return JSON that the form of a command takes, to be filled in."""
    hints = typing.get_type_hints(struct)
    made: dict[str, Any] = {"command": struct.__name__} if issubclass(struct, Command) else {}
    for field in msgspec.structs.fields(struct):
        if field.name in OURS:
            continue
        of_its_own = f"{struct.__name__}.{field.name}"
        name = of_its_own if of_its_own in SAMPLES else field.name
        made[field.name] = _example(name, hints[field.name])
    return made


MOMENTS = {"placed_at", "opened_at", "at"}
"""Times that every command has; others may be left out."""

SAMPLES: Mapping[str, Any] = {
    "order_id": "web:1001",
    "channel": "web",
    "external_ref": "1001",
    "line_id": "web:1001/1",
    "item_id": "MUG",
    "sku": "MUG",
    "payment_id": "web:1001/p1",
    "fulfilment_id": "web:1001/f1.1",
    "customer_id": "C1",
    "location_id": "LYON",
    "currency": "EUR",
    "cost_currency": "EUR",
    "country": "FR",
    "unit_price": "10.00",
    "net_minor": 1000,
    "amount_minor": 1000,
    "replaces": "",
    "cart_id": "web:1001",
    "PlaceOrder.cart_id": "",
    "ChangePreferences.channel": "email",
    "Payment.name": "p1",
    "reserve_seconds": 1200,
    "idle_seconds": 3600,
    "expire_seconds": 2592000,
    "seen": 0,
    "tax_minor": 0,
    "discount_minor": 0,
    "coupons": [],
}

OURS = frozenset({"pricing"})
"""Fields that the shop itself fills in, whatever a sender says."""


def _example(name: str, hint: Any) -> Any:  # noqa: PLR0911  (a table of types)
    if hint is Instant:
        return "2026-01-31T12:00:00Z" if name in MOMENTS else 0
    if name in SAMPLES:
        return SAMPLES[name]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint)).value
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return example(hint)
    if isinstance(hint, types.UnionType):
        return _example(name, hint.__args__[0])
    if isinstance(hint, types.GenericAlias):
        return [_example(name, hint.__args__[0])]
    return {int: 1, bool: False, bytes: ""}.get(hint, f"{name}-1" if name.endswith("_id") else "")
