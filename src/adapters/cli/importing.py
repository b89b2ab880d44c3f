"""`oms import`: order lines out of a file, grouped into orders and reconciled with the file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from pydantic import ValidationError
from rich.console import Group, RenderableType
from rich.text import Text

from adapters.cli.faults import Failed, Fault, Refused
from adapters.cli.following import follow
from adapters.cli.forms import shown
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, progress
from adapters.intake import mapping as mappings
from adapters.intake.fault import MissingColumn, UnreadableFile, WrongMapping
from adapters.intake.importing import run
from adapters.intake.report import ImportReport


def import_file(
    file: Path,
    *,
    mapping: Annotated[Path, Parameter(name=["--mapping", "-m"])],
    report: Path | None = None,
    options: Common = PLAIN,
) -> None:
    """Bring in order lines from a CSV, JSON Lines or Parquet file.

    Lines are grouped into orders. Every document of the file ends as placed, rejected with a
    reason, a duplicate, or a cancellation or return of an earlier one; the totals of all ends are
    those of the file. A run that was killed goes on where it was; a second run changes nothing.

    **Examples**

        oms import lines.csv --mapping mapping.toml
        oms import online_retail_II_2009-2010.parquet -m deploy/mappings/online-retail-ii.toml
        oms import lines.jsonl -m mapping.toml --report report.json

    **Next:** `oms boards` shows the result; the report says how every document ended.

    Parameters
    ----------
    file
        The file: .csv, .jsonl or .parquet, one row for each order line.
    mapping
        A TOML file that says which column is what.
    report
        Write the whole report to this file as JSON: how every document ended.
    """
    rules = mapping_of(mapping)
    try:
        with opened(options) as shop:
            with progress() as bars:
                task = bars.add_task("Reading the file", total=None)
                result = run(
                    shop,
                    file,
                    rules,
                    progress=lambda done, total: bars.update(
                        task, description="Documents", completed=done, total=total
                    ),
                )
            follow(shop)
    except (UnreadableFile, MissingColumn) as error:
        raise Refused(
            Fault("file", str(file), f"{error.detail} ({error.code})", error.remedy)
        ) from None
    if report is not None:
        _write(report, result)
    emit(options, result.to_dict(), lambda _: _render(result))
    if not result.ties:
        rule = "The totals of all outcomes are not those of the file."
        remedy = "Look for `ties: false` in the report, and run the import again."
        raise Failed(Fault("report", str(file), rule, remedy))


def mapping_of(path: Path) -> mappings.Mapping:
    """Read a mapping.

    :raises Refused: with every key that is wrong.
    """
    try:
        return mappings.load(path)
    except WrongMapping as error:
        wrong = error.__cause__
        if not isinstance(wrong, ValidationError):
            raise Refused(Fault("--mapping", str(path), error.detail, error.remedy)) from None
        raise Refused(
            *(
                Fault(
                    f"{path}: {'.'.join(map(str, e['loc'])) or 'the mapping'}",
                    shown(e["input"]),
                    f"{e['msg'].removeprefix('Value error, ')}.",
                    error.remedy,
                )
                for e in wrong.errors()
            )
        ) from None


def _write(path: Path, result: ImportReport) -> None:
    try:
        path.write_text(result.to_json() + "\n", encoding="utf-8")
    except OSError as error:
        rule = f"The report cannot be written: {error.strerror}. The import itself is done."
        remedy = "Name a file in a folder that exists, and run the same command again."
        raise Failed(Fault("--report", str(path), rule, remedy)) from None


def _render(result: ImportReport) -> RenderableType:
    hint = "\nNext: `oms boards`; `--report FILE` writes how every document ended."
    return Group(*result.tables(), Text(hint, style="dim"))
