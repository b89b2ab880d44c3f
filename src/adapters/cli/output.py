"""What a command prints: one JSON document, or tables and panels for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from cyclopts import Parameter
from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from adapters.cli.faults import Fault, Refused

WIDTH_WITHOUT_TERMINAL = 110
BAR_CELLS = 24

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Options:
    """What every command understands."""

    json: Annotated[bool, Parameter(negative="", group="For every command")] = False
    "Print one JSON document and nothing else."

    home: Annotated[Path | None, Parameter(group="For every command")] = None
    "Where the embedded PostgreSQL keeps its files [OMS_HOME, else .oms]."

    dsn: Annotated[str | None, Parameter(group="For every command")] = None
    "A PostgreSQL to use in place of the embedded one [OMS_DSN]."


PLAIN = Options()
Common = Annotated[Options, Parameter(name="*")]


def console(*, to_error: bool = False) -> Console:
    """Return where to print; a pipe gets lines of a fixed width."""
    stream = sys.stderr if to_error else sys.stdout
    width = None if stream.isatty() else WIDTH_WITHOUT_TERMINAL
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def emit(options: Options, data: T, render: Callable[[T], RenderableType]) -> None:
    """Print `data` as JSON, or as `render` shows it to people."""
    if options.json:
        sys.stdout.write(to_json(data) + "\n")
    else:
        console().print(render(data))


def to_json(data: Any) -> str:
    """Encode with the names of fields; money stays in minor units, times are ISO 8601."""
    return json.dumps(plain(data), ensure_ascii=False, indent=2)


def plain(value: Any) -> Any:  # noqa: PLR0911  (a table of types)
    """Reduce a value to what JSON knows; objects keep the names of their fields."""
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return plain(value.value)
        case str():
            return value
        case bytes():
            return value.hex()
        case datetime() | date():
            return value.isoformat()
        case Decimal() | Path():
            return str(value)
        case msgspec.Struct():
            return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
        case tuple() if hasattr(value, "_asdict"):
            return {name: plain(part) for name, part in value._asdict().items()}
    if hasattr(value, "items"):
        return {str(plain(key)): plain(part) for key, part in value.items()}
    return [plain(part) for part in value]


def report(error: Refused, *, as_json: bool) -> None:
    """Print everything that is wrong: JSON on the output, or a red panel beside it."""
    if as_json:
        sys.stdout.write(to_json({"errors": error.faults}) + "\n")
        return
    parts: list[RenderableType] = []
    for number, fault in enumerate(error.faults):
        parts += [Text("")] * bool(number) + [_fault(fault)]
    title = "Not done" if error.exit_code > 1 else "Failed"
    panel = Panel(
        Group(*parts),
        title=Text(title, "bold"),
        title_align="left",
        border_style="red",
        padding=(0, 1),
    )
    console(to_error=True).print(panel)


def _fault(fault: Fault) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold red", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in fault._asdict().items():
        grid.add_row(name, Text(value if value != "" else "(nothing)"))
    return grid


def table(*columns: str) -> Table:
    """Return an empty table; a column whose name begins with `>` is of numbers."""
    made = Table(
        box=SIMPLE_HEAD,
        header_style="bold cyan",
        border_style="dim",
        footer_style="bold",
        pad_edge=False,
        show_edge=False,
        padding=(0, 1, 0, 0),
    )
    for number, column in enumerate(columns):
        if column.startswith(">"):
            made.add_column(column[1:], justify="right", no_wrap=True)
        else:
            made.add_column(column, overflow="fold", no_wrap=not number, min_width=8 * (not number))
    return made


def titled(title: str, body: RenderableType, caption: str = "") -> Group:
    """Put a title over something, and a caption under it."""
    head = [Text(f"\n{title}", style="bold")] if title else []
    foot = [Text(caption, style="dim")] if caption else []
    return Group(*head, body, *foot)


def bar(value: float, most: float, cells: int = BAR_CELLS, style: str = "cyan") -> Text:
    """Draw a part of `most` as a bar of at most `cells` characters, to an eighth of one."""
    eighths = round(cells * 8 * value / most) if most > 0 and value > 0 else 0
    rest = " ▏▎▍▌▋▊▉"[eighths % 8].strip()
    return Text("█" * (eighths // 8) + rest or "▏" * (value > 0), style=style)


def panel(title: str, lines: Sequence[str | Text], style: str = "cyan") -> Panel:
    """Frame some lines."""
    return Panel(
        Group(*lines),
        title=Text(title, "bold"),
        title_align="left",
        border_style=style,
        padding=(0, 1),
    )


def styled(markup: str) -> Text:
    """Read rich's markup. It is for our own words only: data is plain text."""
    return Text.from_markup(markup)


def progress() -> Progress:
    """Return progress bars that are drawn beside the output, and vanish when they are done."""
    beside = console(to_error=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=beside,
        disable=not beside.is_terminal,
        transient=True,
    )
