"""What a benchmark found, and the bar it was held against."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Finding:
    """A figure over some rounds. `bar` is the least, or the `most`, that it should be."""

    bench: str
    what: str
    values: tuple[float, ...]
    unit: str
    bar: float | None = None
    most: bool = False

    @property
    def value(self) -> float:
        """The figure: the median of its rounds."""
        return median(self.values)

    @property
    def met(self) -> bool | None:
        """Whether the figure meets its bar; None if it has none."""
        if self.bar is None:
            return None
        return self.value <= self.bar if self.most else self.value >= self.bar


def ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Return the ratio of each round."""
    return [a / b for a, b in zip(above, below, strict=True)]


def show(findings: Iterable[Finding], console: Console) -> None:
    """Print one table."""
    table = Table(title="Benchmarks: medians of interleaved rounds", title_justify="left")
    table.add_column("bench", style="bold", no_wrap=True)
    table.add_column("what", overflow="fold")
    for column in ("median", "min", "max"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    table.add_column("bar", justify="right", no_wrap=True)
    previous = ""
    for finding in findings:
        if previous and finding.bench != previous:
            table.add_section()
        shown = finding.bench if finding.bench != previous else ""
        previous = finding.bench
        low, high = min(finding.values), max(finding.values)
        figures = (_figure(finding.value), _figure(low), _figure(high))
        table.add_row(shown, finding.what, *figures, finding.unit, _bar(finding))
    console.print(table)


def _figure(value: float) -> str:
    return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"


def _bar(finding: Finding) -> str:
    if finding.bar is None:
        return ""
    sign = "≤" if finding.most else "≥"
    mark = "[green]met[/]" if finding.met else "[red]missed[/]"
    return f"{sign} {_figure(finding.bar)} {mark}"


def save(findings: Iterable[Finding], path: Path, settings: dict[str, str]) -> None:
    """Write the figures, and what they were measured on, as JSON."""
    machine = {
        "cpus": os.cpu_count(),
        "load": os.getloadavg(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "postgresql": settings,
    }
    rows = [{**asdict(f), "median": f.value, "met": f.met} for f in findings]
    path.write_text(json.dumps({"machine": machine, "findings": rows}, indent=1) + "\n")
