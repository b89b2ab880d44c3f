"""What `oms edi` prints: what came, what became of it, what we have answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from adapters.cli.forms import shown
from adapters.cli.output import table, titled
from adapters.edi.answering import Told
from adapters.edi.taking import Taken

STYLES = {
    "taken": "green",
    "repeated": "dim",
    "placed": "green",
    "duplicate": "dim",
    "waiting": "yellow",
}


Rows = Sequence[dict[str, Any]]


def everything(known: Rows, not_taken: Rows, ours: Rows) -> RenderableType:
    """Draw the whole book."""
    return Group(documents(known), refused(not_taken), sent(ours))


def taken(files: Sequence[Taken], handed: int, written: Sequence[str]) -> RenderableType:
    """Draw what became of interchanges, and what is wrong with them."""
    made = table("control", "partner", "file", "what became of it", ">documents", ">accepted")
    for each in files:
        made.add_row(
            each.control or "?",
            each.partner or "?",
            each.file,
            Text(each.state, STYLES.get(each.state, "red")),
            str(each.documents),
            str(each.accepted),
        )
    parts = [titled("Interchanges", made)]
    wrong = table("where", "value", "rule", "what to do")
    for each in files:
        for found in each.findings:
            wrong.add_row(found.field, shown(found.value), found.rule, found.remedy)
    if wrong.row_count:
        parts.append(titled("What is wrong", wrong))
    foot = (
        f"\n{handed} orders were handed to the engine. Written: {', '.join(written) or 'nothing'}."
    )
    return Group(*parts, Text(foot, "dim"))


def told(answers: Sequence[Told], written: Sequence[str]) -> RenderableType:
    """Draw what partners were told now."""
    made = table("document", "partner", "order", "kind", "interchange", "problem")
    for each in answers:
        control = "" if each.control is None else f"{each.control:09d}"
        made.add_row(
            each.subject, each.partner, each.order_id, each.kind, control, Text(each.problem, "red")
        )
    if not answers:
        return Text(
            f"There was nothing to tell. Written: {', '.join(written) or 'nothing'}.", "dim"
        )
    return titled("Told", made, f"\nWritten: {', '.join(written) or 'nothing'}.")


def documents(rows: Rows) -> RenderableType:
    """Draw documents and what became of each."""
    made = table("document", "partner", "kind", "interchange", "order", "what became of it", "why")
    for row in rows:
        why = [reason.detail for reason in row["reasons"]]
        why += [f"{found['field']}: {found['rule']}" for found in row["findings"]]
        made.add_row(
            row["reference"] or "?",
            row["partner"],
            row["kind"],
            row["control"],
            row["order_id"],
            Text(row["outcome"], STYLES.get(row["outcome"], "red")),
            "\n".join(why),
        )
    return titled("Documents", made) if rows else Text("No documents.", "dim")


def refused(rows: Rows) -> RenderableType:
    """Draw interchanges that could not be taken."""
    made = table("control", "partner", "file", "what became of it", "why")
    for row in rows:
        why = "\n".join(f"{f['field']}: {f['rule']}\n{f['remedy']}" for f in row["findings"])
        made.add_row(
            row["control"] or "?",
            row["partner"] or "?",
            row["file"],
            Text(row["state"], "red"),
            why,
        )
    return titled("Interchanges that could not be taken", made) if rows else Text("")


def sent(rows: Rows) -> RenderableType:
    """Draw interchanges of ours, and what partners say of them."""
    made = table("interchange", "kind", "about", "partner's answer")
    for row in rows:
        style = "red" if row["answer"] in ("rejected", "partly") else ""
        made.add_row(row["file"], row["kind"], row["about"], Text(row["answer"], style))
    return titled("Interchanges of ours", made) if rows else Text("")
