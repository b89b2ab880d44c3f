"""`oms payments reconcile`: a provider's payout file beside our own book."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Group, RenderableType
from rich.text import Text

from adapters.bootstrap import Shop
from adapters.cli.amounts import money, whole
from adapters.cli.faults import Failed, Fault, Refused
from adapters.cli.following import follow
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, table, titled
from adapters.cli.sending import refusal
from adapters.clock import system_clock
from adapters.intake.fault import MissingColumn, UnreadableFile, WrongMapping
from adapters.payouts.booking import MixedCurrencies, Payout, bookings, movements, payouts
from adapters.payouts.entries import Entry, WrongFile, read_entries
from adapters.payouts.mapping import Mapping, load
from adapters.payouts.matching import Difference, DifferenceKind, Matched, match
from adapters.postgres.inbox import Inbox
from adapters.postgres.lease import EngineRunning
from adapters.postgres.queries import ReadModels
from oms_core.engine.cause import Cause, Verdict
from oms_core.kernel import Command

SHOWN = 50
BATCH = 1_000
DIFFER = 1
"""The exit code if anything differs."""

WORDS = {
    DifferenceKind.MISSING_AT_PROVIDER: "missing at provider",
    DifferenceKind.MISSING_IN_LEDGER: "missing in ledger",
    DifferenceKind.AMOUNT: "amount differs",
    DifferenceKind.CURRENCY: "another currency",
    DifferenceKind.FEE: "fee differs",
}


def reconcile(
    file: Path,
    *,
    mapping: Annotated[Path, Parameter(name=["--mapping", "-m"])],
    check: Annotated[bool, Parameter(negative="")] = False,
    options: Common = PLAIN,
) -> int:
    """Compare a provider's payout file with our payments, and book what agrees.

    Every entry of the file is matched with a capture, a refund or a chargeback of ours. What agrees
    is booked once: the movement leaves cash clearing, the provider's fee is an expense, and the sum
    of the payout is in the bank. What differs is listed by kind and not booked; when it has been
    cleared up, the same file books it. Only a fee is booked as it was kept, right or not; a wrong
    one is listed each time the file is read. Reading a file again changes nothing.

    The exit code is 0 if everything agrees, and 1 if anything differs, even if it was booked.

    **Examples**

        oms payments reconcile payouts.csv -m deploy/mappings/stripe-payouts.toml
        oms payments reconcile payouts.csv -m deploy/mappings/stripe-payouts.toml --check --json

    **Next:** `oms show ledger cash-clearing` shows what has not come yet, `oms show ledger
    payouts-in-transit` what came and could not be explained.

    Parameters
    ----------
    file
        The file: .csv, .jsonl or .parquet, one row for each entry.
    mapping
        A TOML file that says which column is what.
    check
        Only compare; book nothing.
    """
    try:
        rules = load(mapping)
        entries = read_entries(file, rules)
        found = payouts(entries, rules)
    except WrongMapping as error:
        raise Refused(Fault("--mapping", str(mapping), error.detail, REMEDY)) from None
    except (UnreadableFile, MissingColumn) as error:
        rule = f"{error.detail} ({error.code})"
        raise Refused(Fault("file", str(file), rule, error.remedy)) from None
    except WrongFile as error:
        raise Refused(
            *(
                Fault(f"row {f.row}: {f.field}", f.value, f"It {f.rule} ({f.code}).", f.remedy)
                for f in error.faults[:SHOWN]
            )
        ) from None
    except MixedCurrencies as error:
        remedy = "Check which column of the mapping is the currency of the payout."
        raise Refused(Fault("file", str(file), f"The {error}", remedy)) from None
    with opened(options) as shop:
        matched, events = _reconciled(shop, entries, found, rules, check=check)
    emit(options, _report(found, matched, events), lambda data: _render(data, matched, check=check))
    return DIFFER if matched.differences else 0


REMEDY = "Correct the key; deploy/mappings/stripe-payouts.toml shows every one of them."


def _reconciled(
    shop: Shop, entries: Sequence[Entry], found: Sequence[Payout], rules: Mapping, *, check: bool
) -> tuple[Matched, int | None]:
    """Compare and book; the events that were added are unknown if another process adds them."""
    follow(shop)
    with shop.connection() as connection:
        ours = movements(ReadModels(connection, shop.settings.views_schema), rules, found)
    matched = match(entries, ours, rules.fees)
    if check:
        return matched, 0
    events = _booked(shop, list(bookings(entries, matched, found, rules)))
    follow(shop)
    return matched, events


def _booked(shop: Shop, commands: Sequence[Command]) -> int | None:
    now = system_clock()
    causes = [Cause(c, f"payouts:{now}:{n}", "user:reconcile") for n, c in enumerate(commands)]
    try:
        with shop.engine() as engine:
            answers = [
                answer
                for start in range(0, len(causes), BATCH)
                for answer in engine.handle(causes[start : start + BATCH])
            ]
    except EngineRunning:
        with shop.connection() as connection:
            Inbox(connection, shop.settings.log_schema).put(causes)
        return None
    told = zip(commands, answers, strict=True)
    refused = [refusal(c, a.code, a.detail) for c, a in told if a.verdict is Verdict.REJECTED]
    if refused:
        raise Failed(*refused[:SHOWN])
    return sum(len(answer.recorded) for answer in answers)


def _report(found: Sequence[Payout], matched: Matched, events: int | None) -> dict[str, Any]:
    counts = Counter(difference.kind.value for difference in matched.differences)
    return {
        "payouts": found,
        "matched": len(matched.pairs),
        "known": matched.known,
        "events": events,
        "counts": {kind.value: counts[kind.value] for kind in DifferenceKind},
        "differences": matched.differences,
    }


def _render(data: dict[str, Any], matched: Matched, *, check: bool) -> RenderableType:
    made = table("payout", "arrived", ">entries", ">gross", ">fees", ">net", "currency")
    for payout in data["payouts"]:
        amounts = (payout.gross_minor, payout.fee_minor, payout.net_minor)
        shown = (money(amount, payout.currency) for amount in amounts)
        made.add_row(
            payout.reference, payout.arrived_on, whole(payout.entries), *shown, payout.currency
        )
    if check:
        booked = f"{whole(data['matched'])} entries agree; nothing was booked."
    elif data["events"] is None:
        booked = f"{whole(data['matched'])} entries agree, and were handed to the running engine."
    else:
        booked = f"{whole(data['matched'])} entries agree; {whole(data['events'])} events added."
    known = f" {whole(data['known'])} were booked before." if data["known"] else ""
    parts: list[RenderableType] = [titled("Payouts", made), Text(booked + known, "green")]
    if matched.differences:
        parts.append(titled("Differences", _differences(matched.differences), _more(matched)))
    return Group(*parts)


def _more(matched: Matched) -> str:
    more = len(matched.differences) - SHOWN
    hint = "\nNext: clear them up, and read the file again; what agrees then is booked."
    if any(d.kind is DifferenceKind.FEE for d in matched.differences):
        hint += " Fees are booked as they were kept: ask for them back, or correct [fees]."
    return (f"... and {more} more; --json lists them all." if more > 0 else "") + hint


def _differences(differences: Sequence[Difference]) -> RenderableType:
    made = table("what", "payment", "movement", ">row", ">theirs", ">ours")
    for difference in differences[:SHOWN]:
        made.add_row(
            Text(WORDS[difference.kind], "red"),
            difference.reference,
            difference.movement,
            str(difference.row or ""),
            _amount(difference.theirs_minor, difference.theirs_currency),
            _amount(difference.ours_minor, difference.ours_currency),
        )
    return made


def _amount(minor: int | None, currency: str) -> str:
    return "" if minor is None else f"{money(minor, currency)} {currency}"
