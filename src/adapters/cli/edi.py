"""`oms edi`: purchase orders of trading partners in, acknowledgements and invoices out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NamedTuple

from cyclopts import Parameter
from pydantic import ValidationError

from adapters.bootstrap import Shop
from adapters.cli import edi_tables
from adapters.cli.faults import Failed, Fault, Refused
from adapters.cli.following import follow
from adapters.cli.forms import shown
from adapters.cli.giving import hand
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, Options, emit
from adapters.clock import system_clock
from adapters.edi import partners as profiles
from adapters.edi.answering import Answering
from adapters.edi.book import EdiBook, plain
from adapters.edi.ending import Outcome
from adapters.edi.outbox import name_of, write_out
from adapters.edi.partners import Partners, WrongPartners
from adapters.edi.taking import REFUSED, UNREADABLE, Taking
from adapters.postgres.privacy import vault_of
from adapters.postgres.queries import ReadModels
from adapters.postgres.receivable_queries import numbered_invoices
from oms_core.engine.cause import Cause

Profiles = Annotated[Path, Parameter(name=["--partners", "-p"])]

ANSWERS = {"": "none", "A": "accepted", "E": "accepted with errors", "P": "partly", "R": "rejected"}
"""What partners say of our interchanges in their 997 or CONTRL."""


class Counter(NamedTuple):
    """The book of a shop, and where what we write is fetched."""

    shop: Shop
    book: EdiBook
    partners: Partners
    outbox: Path


def take(
    *files: Path,
    partners: Profiles,
    outbox: Path | None = None,
    options: Common = PLAIN,
) -> int:
    """Take in purchase orders of trading partners: X12 850 (005010), EDIFACT ORDERS (D.96A, D.01B).

    Each interchange is answered by a functional acknowledgement (997, CONTRL), which says of every
    document whether it was accepted and, if not, which segment and element is at fault; an X12 one
    with a broken envelope also by a TA1. An interchange that comes again changes nothing. What
    cannot be taken is kept, and listed by `oms edi documents`. A 997 or CONTRL of a partner is
    noted beside what it answers. Without a file, what an earlier run left undone is done.

    **Examples**

        oms edi take order.x12 --partners deploy/partners.toml
        oms edi take inbox/*.edi -p partners.toml --outbox outbox --json

    **Next:** `oms edi documents` shows what became of each; `oms edi acknowledge` answers them.

    Parameters
    ----------
    files
        Files with one interchange or several.
    partners
        A TOML file that says what was agreed on with each partner.
    outbox
        The folder that answers are written to [the folder `edi` in OMS_HOME].
    """
    with _counter(options, partners, outbox) as counter:
        shop, book = counter.shop, counter.book
        with shop.connection() as connection:
            vault = vault_of(shop.settings, connection)
            taking = Taking(book, counter.partners, vault.seal, system_clock())
            taken = [each for file in files for each in taking.take(str(file), _read(file))]
        handed = _hand(shop, book, book.waiting())
        written = [name_of(sent) for sent in write_out(book, counter.outbox)]
        follow(shop)
    data = {
        "interchanges": [
            {**each._asdict(), "findings": [plain(found) for found in each.findings]}
            for each in taken
        ],
        "handed_on": handed,
        "written": written,
    }
    emit(options, data, lambda _: edi_tables.taken(taken, handed, written))
    refused = any(each.state in (REFUSED, UNREADABLE) or each.findings for each in taken)
    return Refused.exit_code if refused else 0


def acknowledge(*, partners: Profiles, outbox: Path | None = None, options: Common = PLAIN) -> int:
    """Tell partners what became of their purchase orders (855, ORDRSP), line by line.

    Units that are on their way are accepted (IA; 113), those that wait for supply are backordered
    (IB; 83), those of an order that a person must look at are on hold (IH), the rest is rejected
    (IR), with the reasons. Each order is acknowledged once.

    **Examples**

        oms edi acknowledge --partners deploy/partners.toml

    **Next:** `oms edi invoices` sends the invoices; `oms show order ID` shows an order.

    Parameters
    ----------
    partners
        A TOML file that says what was agreed on with each partner.
    outbox
        The folder that acknowledgements are written to [the folder `edi` in OMS_HOME].
    """
    with _counter(options, partners, outbox) as counter, counter.shop.log() as log:
        told = Answering(counter.book, log, counter.partners, system_clock()).confirm()
        written = [name_of(sent) for sent in write_out(counter.book, counter.outbox)]
    emit(options, {"told": told, "written": written}, lambda _: edi_tables.told(told, written))
    return 0


def invoices(*, partners: Profiles, outbox: Path | None = None, options: Common = PLAIN) -> int:
    """Send the invoices of X12 partners' orders that are out (810). Each is sent once.

    **Examples**

        oms edi invoices --partners deploy/partners.toml

    **Next:** `oms show invoices` shows what is owed.

    Parameters
    ----------
    partners
        A TOML file that says what was agreed on with each partner.
    outbox
        The folder that invoices are written to [the folder `edi` in OMS_HOME].
    """
    with _counter(options, partners, outbox) as counter:
        shop = counter.shop
        follow(shop)
        with shop.connection() as connection, shop.log() as log:
            answering = Answering(counter.book, log, counter.partners, system_clock())
            placed = answering.placed()
            models = ReadModels(connection, shop.settings.views_schema)
            told = answering.bill(placed, numbered_invoices(models, placed))
        written = [name_of(sent) for sent in write_out(counter.book, counter.outbox)]
    emit(options, {"told": told, "written": written}, lambda _: edi_tables.told(told, written))
    return Failed.exit_code if any(each.problem for each in told) else 0


def documents(
    *, partners: Profiles, outcome: Outcome | None = None, options: Common = PLAIN
) -> None:
    """List the documents of partners and what became of each, and what we have answered.

    Interchanges that could not be taken are listed too, and what partners say of ours.

    **Examples**

        oms edi documents --partners deploy/partners.toml
        oms edi documents -p partners.toml --outcome rejected

    **Next:** `oms show order ID` shows an order, `oms why order ID` why it is so.

    Parameters
    ----------
    partners
        A TOML file that says what was agreed on with each partner.
    outcome
        Only documents that ended so.
    """
    with _counter(options, partners, None) as counter, counter.shop.log() as log:
        endings = Answering(counter.book, log, counter.partners, system_clock()).endings()
        rows = [
            {
                "partner": known.partner,
                "control": known.control,
                "kind": known.kind,
                "reference": known.reference,
                "order_id": known.order_id,
                "outcome": ended.outcome.value,
                "reasons": ended.reasons,
                "findings": known.findings,
                "file": known.file,
            }
            for known, ended, _ in endings
            if outcome in (None, ended.outcome)
        ]
        refused, sent = counter.book.refused(), counter.book.sent()
    ours = [
        {
            "file": name_of(each),
            "kind": each.kind,
            "about": each.subject,
            "answer": ANSWERS.get(each.answer, each.answer),
        }
        for each in sent
    ]
    data = {"documents": rows, "not_taken": refused, "sent": ours}
    emit(options, data, lambda _: edi_tables.everything(rows, refused, ours))


@contextmanager
def _counter(options: Options, partners: Path, outbox: Path | None) -> Iterator[Counter]:
    found = partners_of(partners)
    with opened(options) as shop, shop.connection() as connection:
        folder = outbox or shop.settings.home / "edi"
        book = EdiBook(connection, shop.settings.log_schema)
        try:
            yield Counter(shop, book, found, folder)
        except OSError as error:
            rule = f"It cannot be written to: {error.strerror}. Nothing is lost."
            remedy = "Name a folder that can be written to, and run the command again."
            raise Failed(Fault("--outbox", str(folder), rule, remedy)) from None


def partners_of(path: Path) -> Partners:
    """Read the partner profiles.

    :raises Refused: with every key that is wrong.
    """
    try:
        return profiles.load(path)
    except WrongPartners as error:
        wrong = error.__cause__
        if not isinstance(wrong, ValidationError):
            raise Refused(Fault("--partners", str(path), error.detail, error.remedy)) from None
        raise Refused(
            *(
                Fault(
                    f"{path}: {'.'.join(map(str, e['loc'])) or 'the profiles'}",
                    shown(e["input"]),
                    f"{e['msg'].removeprefix('Value error, ')}.",
                    error.remedy,
                )
                for e in wrong.errors()
            )
        ) from None


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        rule = f"The file cannot be read: {error.strerror}."
        raise Refused(Fault("file", str(file), rule, "Name a file that exists.")) from None


def _hand(shop: Shop, book: EdiBook, causes: Sequence[Cause]) -> int:
    """Hand causes to the engine, or to the one that is running in another process."""
    if not causes:
        return 0
    hand(shop, causes)
    book.hand(causes)
    return len(causes)
