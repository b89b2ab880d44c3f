"""Messages as people and channels write them, in JSON: every bad field is named, with its remedy.

The form of a message is a pydantic model that is derived from the message itself, so that there is
only one place that says what a message holds.
"""

from __future__ import annotations

import base64
import re
import types
import typing
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Annotated, Any, NamedTuple, TypeVar, cast

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
from pydantic.fields import FieldInfo

from oms_core.kernel import Instant

S = TypeVar("S", bound=msgspec.Struct)

STRICT = ConfigDict(extra="forbid", strict=True)
INTEGER_MAX = 2**63 - 1
TEXT_MAX = 500
"""Longer than any name or reason, and short enough to be looked up by."""

UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
MICROSECONDS = 1_000_000
VALUE_SHOWN_MAX = 120

STRUCTS: dict[type[BaseModel], type[msgspec.Struct]] = {}
"""What each form is the form of."""


class Misfit(NamedTuple):
    """A field that is not as its form wants it."""

    field: str
    value: str
    rule: str
    remedy: str


class Unfit(Exception):
    """What was written does not fit its form; every field that does not is in `misfits`."""

    def __init__(self, *misfits: Misfit) -> None:
        """Take everything that is wrong, so that nobody has to find it one by one."""
        super().__init__("; ".join(f"{misfit.field}: {misfit.rule}" for misfit in misfits))
        self.misfits = misfits


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
    if UNWRITABLE.search(value):
        raise ValueError("Text may not hold the character NUL or half of a surrogate pair")
    return value


Line = Annotated[str, Field(max_length=TEXT_MAX), AfterValidator(_text)]
Integer = Annotated[int, Field(ge=-INTEGER_MAX, le=INTEGER_MAX)]


@cache
def form(struct: type[msgspec.Struct]) -> type[BaseModel]:
    """Return the form of a message, or of a value inside one."""
    hints = typing.get_type_hints(struct, include_extras=True)
    fields: dict[str, Any] = {}
    for field in msgspec.structs.fields(struct):
        required = field.default is msgspec.NODEFAULT
        fields[field.name] = (_hint(hints[field.name]), ... if required else field.default)
    made: type[BaseModel] = create_model(struct.__name__, __config__=STRICT, **fields)
    STRUCTS[made] = struct
    return made


def _hint(hint: Any) -> Any:  # noqa: PLR0911  (a table of types)
    if typing.get_origin(hint) is Annotated:
        bare, *notes = typing.get_args(hint)
        base, *rules = _parts(_hint(bare))
        checks = [rule for rule in rules if not isinstance(rule, FieldInfo)]
        limits = [rule for rule in rules if isinstance(rule, FieldInfo)]
        return Annotated[(base, *limits, _limits(notes), *checks)]
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


def _parts(hint: Any) -> tuple[Any, ...]:
    """Return a type and what is noted beside it."""
    return typing.get_args(hint) if typing.get_origin(hint) is Annotated else (hint,)


def _limits(notes: list[Any]) -> Any:
    """Return what the notes beside a type demand, in pydantic's words."""
    limits: dict[str, Any] = {}
    for note in notes:
        if isinstance(note, msgspec.Meta):
            for name in ("ge", "le", "pattern", "min_length", "max_length", "description"):
                if (limit := getattr(note, name)) is not None:
                    limits[name] = limit
    return Field(**limits)


def fill_in(kind: type[S], fields: Mapping[str, Any], see: str) -> S:
    """Make a message out of JSON; `see` says where one can be seen as it is written.

    :raises Unfit: with every field that does not fit.
    """
    try:
        filled = form(kind).model_validate(dict(fields))
    except ValidationError as error:
        raise Unfit(*(_misfit(wrong, see) for wrong in error.errors())) from None
    return cast("S", _taken(filled))


def check(message: msgspec.Struct, see: str) -> None:
    """Check a message that was not written in JSON against its form.

    :raises Unfit: with every field that does not fit.
    """
    try:
        form(type(message)).model_validate(message, from_attributes=True)
    except ValidationError as error:
        raise Unfit(*(_misfit(wrong, see) for wrong in error.errors())) from None


def _taken(value: Any) -> Any:
    """Return what a filled form says: a message, or a value inside one."""
    if isinstance(value, BaseModel):
        struct = STRUCTS[type(value)]
        return struct(*(_taken(getattr(value, name)) for name in struct.__struct_fields__))
    if isinstance(value, tuple):
        return tuple(_taken(part) for part in value)
    return value


def _misfit(wrong: Mapping[str, Any], see: str) -> Misfit:
    path = ""
    for part in wrong["loc"]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    missing = wrong["type"] == "missing"
    value = "" if missing else shown(wrong["input"])
    rule = wrong["msg"].removeprefix("Value error, ").rstrip(".") + "."
    return Misfit(path, value, rule, _remedy(wrong, see))


def _remedy(wrong: Mapping[str, Any], see: str) -> str:
    match wrong["type"]:
        case "missing":
            return f"Add the field {wrong['loc'][-1]!r}."
        case "extra_forbidden":
            return f"Take it out; see {see} for the fields."
        case "enum":
            return f"Use one of {wrong['ctx']['expected']}."
        case "int_type" | "int_parsing" | "int_from_float":
            return "Write a whole number, without quotes; amounts are in minor units."
        case "string_type":
            return "Write text, in quotes."
    return f"Correct it; {see} shows how it is written."


def shown(value: object) -> str:
    """Write a value as JSON has it, shortened if it is long."""
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, ValueError, UnicodeError):
        text = repr(value)
    return text if len(text) <= VALUE_SHOWN_MAX else text[: VALUE_SHOWN_MAX - 1] + "…"
