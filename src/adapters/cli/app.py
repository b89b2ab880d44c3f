"""The commands, by name; each is imported only when it is called, so that `oms` starts fast."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.metadata import version
from io import TextIOWrapper

from cyclopts import App, CycloptsError, Group

from adapters.cli.faults import Refused
from adapters.cli.output import report
from adapters.cli.parsing import fault_of

INTERRUPTED = 130

BEGIN = Group.create_ordered("Begin")
WORK = Group.create_ordered("Bring orders in")
LOOK = Group.create_ordered("Look")
ASK = Group.create_ordered("Ask why, and as of when")
CARE = Group.create_ordered("Look after the log")

HELP = """Orders in, read models out: an event-sourced order management system.

Everything that ever happened is in one log. What you look at is worked out from it, can be
explained from it (`oms why`), shown as it was at any time (`oms replay`), and worked out again
(`oms rebuild`).

Begin with `oms demo`: it simulates a shop and shows its boards. Without a DSN a command uses a
PostgreSQL of its own, in the folder `.oms`.
"""

COMMANDS = (
    (BEGIN, "demo", "demo:demo"),
    (BEGIN, "init", "starting:init"),
    (BEGIN, "status", "status:status"),
    (WORK, "run", "running:run"),
    (WORK, "project", "projecting:project"),
    (WORK, "send", "sending:send"),
    (WORK, "relay", "relaying:relay"),
    (WORK, "publish", "publishing:publish"),
    (WORK, "import", "importing:import_file"),
    (WORK, "simulate", "simulating:simulate"),
    (WORK, "address", "address:address"),
    (LOOK, "boards", "boards:boards"),
    (LOOK, "price", "pricing:price"),
    (LOOK, "invoice", "invoice:invoice"),
    (LOOK, "offers", "offers:offers"),
    (LOOK, "subscribe", "subscribing:subscribe"),
    (ASK, "replay", "replay:replay"),
    (CARE, "rebuild", "rebuilding:rebuild"),
    (CARE, "contact", "contact:contact"),
    (CARE, "erase-customer", "erasing:erase_customer"),
)

GROUPS = (
    (
        LOOK,
        "show",
        "Show a read model: orders, carts, stock, customers, the ledger, receivables and so on.",
        {
            "orders": "orders:orders",
            "order": "order:order",
            "carts": "carts:carts",
            "inventory": "inventory:inventory",
            "customers": "customers:customers",
            "ledger": "ledger:ledger",
            "flagged": "flagged:flagged",
            "invoices": "invoices:invoices",
            "quotes": "quotes:quotes",
            "credit": "credit:credit",
            "coupons": "coupons:coupons",
            "gift-cards": "gift_cards:gift_cards",
            "holds": "holds:holds",
            "jeopardy": "jeopardy:jeopardy",
            "notices": "notices:notices",
            "stalled": "stalled:stalled",
        },
    ),
    (
        ASK,
        "why",
        "Explain a number or a decision by the events that led to it.",
        {
            "stock": "why:stock",
            "order": "why_order:order",
            "ledger": "why:ledger",
            "invoice": "why_invoice:invoice",
            "event": "why_event:event",
        },
    ),
    (
        WORK,
        "hold",
        "Decide about orders that wait for a person: release a hold, or keep it.",
        {"release": "holding:release", "keep": "holding:keep"},
    ),
    (
        WORK,
        "kafka",
        "Take orders in and publish events by Kafka: topics, schemas, cells.",
        {
            "route": "kafka_route:route",
            "send": "kafka_send:send",
            "simulate": "kafka_send:simulate",
            "import": "kafka_send:import_file",
            "topics plan": "kafka_topics:show",
            "topics apply": "kafka_topics:apply",
            "schemas check": "kafka_schemas:check",
            "schemas register": "kafka_schemas:register",
            "asyncapi": "kafka_asyncapi:asyncapi",
            "republish": "relaying:republish",
            "replay": "kafka_replay:replay",
            "state fill": "publishing:fill",
            "state stop": "publishing:stop",
        },
    ),
    (
        WORK,
        "edi",
        "Trade with partners by X12: purchase orders in, acknowledgements and invoices out.",
        {
            "take": "edi:take",
            "acknowledge": "edi:acknowledge",
            "invoices": "edi:invoices",
            "documents": "edi:documents",
        },
    ),
    (
        WORK,
        "webhooks",
        "Signed messages by HTTP: to those who have subscribed, and from the payment provider.",
        {
            "receive": "webhooks_receive:receive",
            "subscribe": "webhooks:subscribe",
            "status": "webhooks_status:status",
            "disable": "webhooks:disable",
            "enable": "webhooks:enable",
            "rotate": "webhooks:rotate",
            "replay": "webhooks:replay",
        },
    ),
    (
        CARE,
        "payments",
        "Look after the money: compare a provider's payouts with our book.",
        {"reconcile": "reconciling:reconcile"},
    ),
    (
        CARE,
        "customers",
        "Look after customers: merge two records of one person, export, exchange them with a CRM.",
        {
            "merge": "merging:merge",
            "export": "disclosing:export",
            "import": "customers_import:import_customers",
            "feed": "customers_feed:feed",
        },
    ),
    (
        CARE,
        "audit",
        "Check that the log is what was written, and that every figure adds up.",
        {"verify": "auditing:verify", "books": "books:books"},
    ),
    (
        CARE,
        "ledger",
        "Hand the books over to accountants and auditors: export.",
        {"export": "exporting:export"},
    ),
    (
        CARE,
        "parked",
        "Look after messages that could not be handled: list, show, redrive.",
        {
            "list": "parked:list_parked",
            "show": "parked:show",
            "redrive": "parked:redrive",
            "streams": "parked_streams:streams",
            "take-up": "parked_streams:take_up_streams",
        },
    ),
)

INNER = {
    "topics": "The topics of a cell: plan what is to change, apply it.",
    "schemas": "The contracts in the schema registry: check, register.",
    "state": "The topics that read models are published to: fill, stop.",
}
"""Groups within a group."""

NAMES = {name for _, name, _, _ in GROUPS} | {
    f"{name} {command.partition(' ')[0]}"
    for _, name, _, commands in GROUPS
    for command in commands
    if " " in command
}
"""Commands that have commands: alone, they tell about those."""


def build(*, telling: bool = False) -> App:
    """Put the commands together; when `telling` of them, import them all for their words."""
    app = App(name="oms", help=HELP, help_format="markdown", version=lambda: version("oms"))
    for group, name, where in COMMANDS:
        _add(app, where, name, group, telling=telling)
    for group, name, text, commands in GROUPS:
        sub = App(name=name, help=text, group=group)
        owners = {
            "": sub,
            **{inner: App(name=inner, help=INNER[inner]) for inner in _inner(commands)},
        }
        for command, where in commands.items():
            inner, _, last = command.rpartition(" ")
            _add(owners[inner], where, last, None, telling=telling)
        for inner in _inner(commands):
            sub.command(owners[inner])
        app.command(sub)
    return app


def _inner(commands: Iterable[str]) -> list[str]:
    """Return the groups among the commands of a group, each once."""
    return list(dict.fromkeys(command.partition(" ")[0] for command in commands if " " in command))


def _add(app: App, where: str, name: str, group: Group | None, *, telling: bool) -> None:
    path = f"adapters.cli.{where}"
    if telling:
        module, _, function = path.partition(":")
        app.command(getattr(import_module(module), function), name=name, group=group)
    else:
        app.command(path, name=name, group=group)


def run(tokens: Sequence[str]) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 asked for wrongly."""
    as_json = "--json" in tokens
    telling = not tokens or tokens[-1] in {"--help", "-h"} or " ".join(tokens) in NAMES
    try:
        code = build(telling=telling)(
            list(tokens),
            exit_on_error=False,
            print_error=False,
            result_action="return_value",
        )
    except CycloptsError as error:
        report(Refused(fault_of(error)), as_json=as_json)
        return Refused.exit_code
    except Refused as error:
        report(error, as_json=as_json)
        return error.exit_code
    except BrokenPipeError:  # The reader has seen enough, as with `oms show orders | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def main() -> None:
    """Be the program `oms`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # A terminal that cannot show a sign shows `?`.
            stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:]))
