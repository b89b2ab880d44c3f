"""A mapping as it stands in a file: TOML, checked key by key."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from adapters.intake.fault import WrongMapping, shown

M = TypeVar("M", bound=BaseModel)


def read_mapping(path: Path, form: type[M]) -> M:
    """Read a mapping of a form.

    :raises WrongMapping: if it cannot be read, or any key of it is wrong; all of them are named.
    """
    try:
        return form.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WrongMapping(f"{path}: {error}.") from error
    except ValidationError as errors:
        details = "; ".join(
            f"{'.'.join(map(str, error['loc'])) or 'the mapping'}: "
            f"{error['msg'].removeprefix('Value error, ')}, not {_given(error['input'])}"
            for error in errors.errors()
        )
        raise WrongMapping(f"{path}: {details}.") from errors


def _given(value: object) -> str:
    return "this" if isinstance(value, dict) else shown(value)
