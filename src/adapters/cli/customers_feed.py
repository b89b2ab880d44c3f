"""`oms customers feed`: what a CRM wants to know of every customer, a line of JSON for each."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Annotated, Any, TextIO

import msgspec
from cyclopts import Parameter
from rich.console import RenderableType
from rich.text import Text

from adapters.bootstrap import Shop
from adapters.cli.amounts import whole
from adapters.cli.faults import Fault, Refused
from adapters.cli.following import follow
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, plain
from adapters.personal import from_json
from adapters.postgres.crm_queries import PAGE, customers
from adapters.postgres.privacy import UnreadableError, vault_of
from adapters.postgres.queries import Row
from oms_core.domain.customer.events import ContactChanged, CustomerErased, CustomerRegistered

STDOUT = "-"


def feed(
    file: str = STDOUT,
    *,
    contact: Annotated[bool, Parameter(negative="")] = False,
    options: Common = PLAIN,
) -> None:
    """Write what a CRM wants to know of every customer: a JSON object on each line.

    It says what the CRM calls them (`external_refs`), their segments and tier, how many orders they
    have placed, completed and given back, and what they brought in each currency; two records that
    were merged are one person. Who was erased is marked as such, so that the CRM forgets them too.
    How people are reached is not said, unless `--contact` asks for it. With Kafka the topics of
    `customers` and `customer_value` say the same as it changes; webhooks tell of the events.

    **Examples**

        oms customers feed customers.jsonl
        oms customers feed --contact > customers.jsonl

    **Next:** `oms customers import FILE` takes in what the CRM says.

    Parameters
    ----------
    file
        Where to write; without one, to the output.
    contact
        Open the seals, and say name, address of mail and telephone as well. Only the owner of the
        file can read it; what goes to the output is for you to keep safe.
    """
    with opened(options) as shop:
        follow(shop)
        with shop.connection() as connection:
            rows: Iterable[Row] = customers(connection, shop.settings.views_schema)
            if contact:
                rows = _reached(shop, rows)
            try:
                count = _write(file, rows, private=contact)
            except UnreadableError as error:
                remedy = "Check OMS_MASTER_KEY, or leave out --contact."
                raise Refused(Fault("--contact", "", f"{error}.", remedy)) from None
    if file != STDOUT:
        emit(options, {"customers": count, "file": file, "contact": contact}, _render)


def _write(file: str, rows: Iterable[Row], *, private: bool) -> int:
    """Write lines, and return how many; a private file can be read by its owner only.

    :raises Refused: if the file cannot be written.
    """
    if file == STDOUT:
        return _lines(sys.stdout, rows)
    try:
        descriptor = os.open(
            file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if private else 0o666
        )
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            if private:
                os.fchmod(descriptor, 0o600)  # It may have been there before.
            return _lines(out, rows)
    except OSError as error:
        rule = f"The file cannot be written: {error.strerror}."
        raise Refused(Fault("file", file, rule, "Name a file in a folder that exists.")) from None


def _lines(out: TextIO, rows: Iterable[Row]) -> int:
    count = 0
    for row in rows:
        out.write(msgspec.json.encode(plain(row)).decode() + "\n")
        count += 1
    return count


def _reached(shop: Shop, rows: Iterable[Row]) -> Iterator[Row]:
    """Yield rows with how each customer is reached.

    :raises UnreadableError: if our master key is not the one that it was sealed with.
    """
    with shop.log() as log, shop.connection() as connection:
        vault = vault_of(shop.settings, connection)
        waiting = iter(rows)
        while page := list(islice(waiting, PAGE)):
            sealed: dict[str, bytes] = {}
            for recorded in log.stream(*(f"customer:{row['customer_id']}" for row in page)):
                event = recorded.event
                if isinstance(event, CustomerRegistered | ContactChanged):
                    sealed[event.customer_id] = event.sealed
                elif isinstance(event, CustomerErased):
                    sealed[event.customer_id] = b""
            for row in page:
                data = sealed.get(row["customer_id"], b"")
                text = vault.open(row["customer_id"], data) if data else None
                yield row | {"contact": from_json(text).reached if text else None}


def _render(data: dict[str, Any]) -> RenderableType:
    text = f"{whole(data['customers'])} customers are in {data['file']}."
    return Text.assemble((text, "green"), "\nNext: give the file to the CRM.")
