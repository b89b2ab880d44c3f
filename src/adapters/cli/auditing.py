"""`oms audit verify`: checks that the log is what was written."""

from __future__ import annotations

from rich.console import RenderableType

from adapters.cli.amounts import whole
from adapters.cli.faults import Failed, Fault
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, panel, progress
from adapters.postgres.audit import AuditReport
from adapters.postgres.audit import verify as verify_log


def verify(*, expect: str | None = None, options: Common = PLAIN) -> None:
    """Check that the log is what was written: nothing changed, deleted, inserted or swapped.

    Every append is chained to all before it by a hash over the stored bytes. The first event that
    is not as written is named. Keep the hash of the whole log elsewhere: with it, not even somebody
    who writes the whole chain anew goes unnoticed.

    **Examples**

        oms audit verify
        oms audit verify --json
        oms audit verify --expect 5d41402abc4b

    **Next:** restore from a backup if it fails; `oms why event NAME` shows what led to an event.

    Parameters
    ----------
    expect
        The hash that an earlier audit gave, or its beginning: fail if the log has another.
    """
    with opened(options) as shop, shop.connection() as connection, progress() as bars:
        task = bars.add_task("Checking the log", total=None)
        report = verify_log(
            connection,
            shop.settings.log_schema,
            progress=lambda done, total: bars.update(task, completed=done, total=total),
        )
    if not report.ok:
        raise Failed(
            Fault(
                "log",
                report.event or f"position {report.position}",
                f"{report.reason} (position {report.position}).",
                f"The {whole(report.events)} events before it are as written. Restore the log from "
                "a backup, and find out who can write to its tables.",
            )
        )
    if expect is not None and not (expect and report.hash.startswith(expect.lower())):
        raise Failed(
            Fault(
                "--expect",
                expect,
                f"The log is whole, but its hash is {report.hash}.",
                "If events were added since, that is as it should be; else it was written anew.",
            )
        )
    emit(options, report, _render)


def _render(report: AuditReport) -> RenderableType:
    return panel(
        "The log is what was written",
        [
            f"{whole(report.events)} events in {whole(report.batches)} appends",
            f"hash {report.hash}",
            "Keep the hash elsewhere; `oms audit verify --expect HASH` compares.",
        ],
        style="green",
    )
