"""Commands as people write them, in JSON: every bad field is named, with its value and its remedy.

The form of a command is a pydantic model that is derived from the command itself, so that there is
only one place that says what a command holds.
"""

from __future__ import annotations

import base64
import types
import typing
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Annotated, Any

import msgspec
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
)

from adapters.cli.amounts import MICROSECONDS
from adapters.cli.faults import Fault, Refused
from oms_core.engine.catalog import COMMANDS
from oms_core.engine.outside import PUBLIC
from oms_core.kernel import Command, Instant

STRICT = ConfigDict(extra="forbid", strict=True)
INTEGER_MAX = 2**63 - 1
TEXT_MAX = 500
"""Longer than any name or reason, and short enough to be looked up by."""

VALUE_SHOWN_MAX = 120


def _instant(value: object) -> object:
    """Take a time as ISO 8601 or as microseconds since 1970."""
    if not isinstance(value, str):
        return value
    at = datetime.fromisoformat(value)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return int(at.replace(microsecond=0).timestamp()) * MICROSECONDS + at.microsecond


def _bytes(value: object) -> object:
    return base64.b64decode(value, validate=True) if isinstance(value, str) else value


def _text(value: str) -> str:
    """Take text that a database and a file can hold."""
    if any(character == "\x00" or "\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("Text may not hold the character NUL or half of a surrogate pair")
    return value


Line = Annotated[str, AfterValidator(_text), Field(max_length=TEXT_MAX)]
Integer = Annotated[int, Field(ge=-INTEGER_MAX, le=INTEGER_MAX)]


@cache
def form(struct: type[msgspec.Struct]) -> type[BaseModel]:
    """Return the form of a command, or of a value inside one."""
    hints = typing.get_type_hints(struct)
    fields: dict[str, Any] = {}
    for field in msgspec.structs.fields(struct):
        required = field.default is msgspec.NODEFAULT
        fields[field.name] = (_hint(hints[field.name]), ... if required else field.default)
    return create_model(struct.__name__, __config__=STRICT, **fields)


def _hint(hint: Any) -> Any:  # noqa: PLR0911  (a table of types)
    if hint is Instant:
        return Annotated[int, BeforeValidator(_instant), Field(ge=0, le=INTEGER_MAX)]
    if hint is int:
        return Integer
    if hint is str:
        return Line
    if hint is bytes:
        return Annotated[bytes, BeforeValidator(_bytes)]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Annotated[hint, Field(strict=False)]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return form(hint)
    if isinstance(hint, types.UnionType):
        return typing.Union[tuple(_hint(part) for part in hint.__args__)]  # noqa: UP007
    if isinstance(hint, types.GenericAlias):
        parts = tuple(part if part is ... else _hint(part) for part in hint.__args__)
        return Annotated[types.GenericAlias(tuple, parts), Field(strict=False)]
    return hint


def read_command(name: str, fields: Mapping[str, Any], place: str = "") -> Command:
    """Make a command out of JSON.

    :raises Refused: with every field that does not fit.
    """
    known(name, f"{place}command")
    kind = COMMANDS[name]
    try:
        filled = form(kind).model_validate(dict(fields))
    except ValidationError as error:
        raise Refused(*(_fault(kind, wrong, place) for wrong in error.errors())) from None
    return msgspec.convert(_plain(filled), kind, strict=False)


def known(name: str, field: str) -> None:
    """Check that a command of this name may be sent.

    :raises Refused: if there is none, or only our own processes give it.
    """
    if name not in PUBLIC:
        ours = "Only our own processes give this command; it follows from others by itself."
        rule = ours if name in COMMANDS else "There is no such command."
        raise Refused(Fault(field, name, rule, "See `oms send --list` for what may be sent."))


def _plain(value: Any) -> Any:
    """Reduce a filled form to what msgspec makes a command of: values inside are arrays."""
    if isinstance(value, BaseModel):
        parts = {name: _plain(getattr(value, name)) for name in type(value).model_fields}
        return parts if type(value).__name__ in COMMANDS else list(parts.values())
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, msgspec.Struct):
        return [_plain(getattr(value, name)) for name in value.__struct_fields__]
    return value


def _fault(kind: type[Command], wrong: Mapping[str, Any], place: str) -> Fault:
    path = ""
    for part in wrong["loc"]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    missing = wrong["type"] == "missing"
    value = "" if missing else shown(wrong["input"])
    rule = wrong["msg"].removeprefix("Value error, ").rstrip(".") + "."
    return Fault(place + path, value, rule, _remedy(kind, wrong))


def _remedy(kind: type[Command], wrong: Mapping[str, Any]) -> str:
    match wrong["type"]:
        case "missing":
            return f"Add the field {wrong['loc'][-1]!r}."
        case "extra_forbidden":
            return f"Take it out; see `oms send --example {kind.__name__}` for the fields."
        case "enum":
            return f"Use one of {wrong['ctx']['expected']}."
        case "int_type" | "int_parsing" | "int_from_float":
            return "Write a whole number, without quotes; amounts are in minor units."
        case "string_type":
            return "Write text, in quotes."
    return f"Correct it; `oms send --example {kind.__name__}` shows how it is written."


def shown(value: object) -> str:
    """Write a value as JSON has it, shortened if it is long."""
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, ValueError, UnicodeError):
        text = repr(value)
    return text if len(text) <= VALUE_SHOWN_MAX else text[: VALUE_SHOWN_MAX - 1] + "…"


def example(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """Return JSON that the form of a command takes, to be filled in."""
    hints = typing.get_type_hints(struct)
    made: dict[str, Any] = {"command": struct.__name__} if issubclass(struct, Command) else {}
    for field in msgspec.structs.fields(struct):
        made[field.name] = _example(field.name, hints[field.name])
    return made


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
    "tax_minor": 0,
    "discount_minor": 0,
}


def _example(name: str, hint: Any) -> Any:  # noqa: PLR0911  (a table of types)
    if hint is Instant:
        return "2026-01-31T12:00:00Z" if name == "placed_at" else 0
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
