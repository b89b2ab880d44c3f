"""`oms customers export`: all that is held about a person, for the person."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from adapters.cli.amounts import moment
from adapters.cli.faults import Failed, Fault, Refused
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, Options, emit, panel, to_json
from adapters.disclosure import Disclosure, disclose
from adapters.postgres.log import PostgresLog
from adapters.postgres.privacy import WrongMasterKeyError, vault_of
from oms_core.domain.customer.events import CustomerErased
from oms_core.effects.persons import records

CONSENT = "PreferencesChanged"


def export(customer_id: str, *, out: Path | None = None, options: Common = PLAIN) -> None:
    """Write down all that is held about a person, from their address to their parcels.

    Every event is told with when it happened, when we learned of it, who did it and what it
    followed from, and what was sealed with the person's key is opened. Who was merged is one
    person: whichever id is given, all of it is told. The whole log is read.

    **Examples**

        oms customers export C1 --out ./c1
        oms customers export C1 --json

    **Next:** `oms erase-customer C1` destroys the key, if the person wants to be forgotten.

    Parameters
    ----------
    customer_id
        Who asks for it.
    out
        Write a file for each kind of thing to this new folder, for its owner's eyes only; without
        it, one JSON document is printed.
    """
    with opened(options) as shop, shop.log() as log, shop.connection() as connection:
        _require_readable(log, customer_id)
        try:
            found = disclose(log, vault_of(shop.settings, connection), customer_id)
        except WrongMasterKeyError as error:
            remedy = "Check OMS_MASTER_KEY: what is sealed cannot be told without it."
            raise Failed(Fault("customer_id", customer_id, f"{error}.", remedy)) from None
    if not found.events:
        remedy = "Look them up in `oms show customers`."
        raise Refused(Fault("customer_id", customer_id, "Nothing is held about them.", remedy))
    parts = _parts(found)
    if out is None:
        emit(Options(json=True), parts, _render)
        return
    written = _written(out, parts)
    emit(options, {"customer_id": found.ids[0], "written": written, **_counts(found)}, _render)


def _require_readable(log: PostgresLog, customer_id: str) -> None:
    """Check that there is a person to tell about.

    :raises Refused: if they were erased.
    """
    for recorded in records(log, customer_id)[-1][1]:
        if isinstance(recorded.event, CustomerErased):
            rule = f"The customer was erased on {moment(recorded.recorded_at)[:10]}."
            remedy = "Tell them so: what is left are numbers, which are about nobody any more."
            raise Refused(Fault("customer_id", customer_id, rule, remedy))


def _parts(found: Disclosure) -> dict[str, Any]:
    """Return the documents of an export by name."""
    customer = found.events.get("customer", [])
    return {
        "person": {
            "customer_id": found.ids[0],
            "ids": found.ids,
            "log_position": found.position,
            "contact": found.person.contact,
            "billing": found.person.billing,
        },
        "consents": [each for each in customer if each["event"] == CONSENT],
        **found.events,
    }


def _counts(found: Disclosure) -> dict[str, Any]:
    return {"events": {category: len(events) for category, events in found.events.items()}}


def _written(folder: Path, parts: Mapping[str, Any]) -> list[Path]:
    """Write each part to a file that only its owner can read.

    :raises Failed: if the folder is there already, or cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True)
        files = []
        for name, part in parts.items():
            file = folder / f"{name}.json"
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as target:
                target.write(to_json(part) + "\n")
            files.append(file)
    except OSError as error:
        rule = f"The folder cannot be written: {error.strerror}."
        remedy = "Name a folder that does not exist yet, where you may write."
        raise Failed(Fault("--out", str(folder), rule, remedy)) from None
    return files


def _render(data: dict[str, Any]) -> RenderableType:
    told = [f"{count} events of {category}" for category, count in data["events"].items()]
    files = [str(file) for file in data["written"]]
    return panel(f"All about {data['customer_id']} is written", [*told, *files], style="green")
