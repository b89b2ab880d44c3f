"""Numbers, times and bars as people read them; and how a number is traced to its events."""

from __future__ import annotations

import pytest

from adapters.cli.amounts import ago, moment, money, priced, size, told
from adapters.cli.faults import Refused
from adapters.cli.output import bar, plain
from adapters.cli.parsing import event_name, instant
from adapters.cli.tracing import Link, causes, number_fields, subtotals, trace
from oms_core.domain.stock import events
from oms_core.kernel import Event, Instant, Recorded
from projections.inventory import inventory
from projections.network import inventory_network
from tests.support.terminal import oms

NOON = Instant(1_767_268_800_000_000)


def recorded(version: int, event: Event, causation_id: str = "m1") -> Recorded:
    return Recorded("stock:MUG", version, event, NOON, NOON, "u", causation_id, "c", version)


MUGS = [
    recorded(1, events.StockReceived("MUG", "R1", "LYON", 10, 1_000, "EUR")),
    recorded(2, events.StockReserved("MUG", "web:1/1", "web", 4, 0, Instant(0), ())),
    recorded(3, events.StockAllocated("MUG", "web:1/1", "f1", "LYON", 4, 0)),
    recorded(4, events.StockShipped("MUG", "web:1/1", "f1", "LYON", 4, 0, 400, "EUR")),
]


@pytest.mark.parametrize("field", number_fields(inventory_network))
def test_the_changes_of_a_number_add_up_to_it(field):
    steps = list(trace(inventory_network, "MUG", field, MUGS))
    level = inventory_network.fold(MUGS)["MUG"]
    assert sum(step.change for step in steps) == getattr(level, field)
    assert sum(part.change for part in subtotals(steps)) == getattr(level, field)


def test_only_events_that_change_a_number_are_told():
    steps = list(trace(inventory, "MUG@LYON", "allocated", MUGS))
    assert [(step.recorded.version, step.change, step.after) for step in steps] == [
        (3, 4, 4),
        (4, -4, 0),
    ]


def test_a_chain_of_causes_ends_at_the_message_from_outside():
    first = recorded(1, MUGS[0].event, "file#2:row")
    second = recorded(2, MUGS[1].event, "stock:MUG#1")
    chain = causes(lambda _, version: {1: first}.get(version), second)
    assert chain == [
        Link("stock:MUG#2", second),
        Link("stock:MUG#1", first),
        Link("file#2:row", None),
    ]


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [
        (123_450, "EUR", "1,234.50 EUR"),
        (-5, "GBP", "-0.05 GBP"),
        (1_500, "JPY", "1,500 JPY"),
        (1_250, "KWD", "1.250 KWD"),
        (7, "", "7"),
    ],
)
def test_money_is_written_with_the_decimals_of_its_currency(minor, currency, words):
    assert priced(minor, currency) == words


def test_amounts_in_a_story_are_written_in_major_units():
    assert told("capture of 1250 EUR minor requested") == "capture of 12.50 EUR requested"
    assert money(0, "EUR") == "0.00"


@pytest.mark.parametrize(
    ("value", "drawn"), [(0, ""), (-3, ""), (1, "▏"), (50, "█" * 5), (55, "█" * 5 + "▌")]
)
def test_a_bar_is_drawn_to_an_eighth_and_shows_that_there_is_something(value, drawn):
    assert bar(value, 100, cells=10).plain == drawn


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-01-01", "2026-01-01 23:59:59"),
        ("2026-01-01T12:00", "2026-01-01 12:00:00"),
        ("2026-01-01T12:00:00+02:00", "2026-01-01 10:00:00"),
        ("now", "2026-01-01 12:00:00"),
    ],
)
def test_a_date_means_its_end_and_a_time_without_an_offset_is_utc(text, words):
    assert moment(instant("--as-of", text, NOON)) == words


@pytest.mark.parametrize("text", ["", "stock:MUG", "stock:MUG#", "stock:MUG#0", "MUG#1", "a:b#x"])
def test_what_is_no_name_of_an_event_is_refused(text):
    with pytest.raises(Refused):
        event_name("name", text)


def test_the_name_of_an_event_has_a_stream_and_a_version():
    assert event_name("name", "order:web:1#12") == ("order:web:1", 12)


def test_sizes_and_durations_have_a_fitting_unit():
    assert [size(n) for n in (999, 1_500, 2_000_000, 3_000_000_000)] == [
        "999 B",
        "1.5 kB",
        "2.0 MB",
        "3.0 GB",
    ]
    assert (ago(3.21), ago(3_725)) == ("3.2 s", "1:02:05")


def test_an_event_in_json_has_the_names_of_its_fields():
    assert plain(MUGS[2].event) == {
        "item_id": "MUG",
        "line_id": "web:1/1",
        "fulfilment_id": "f1",
        "location_id": "LYON",
        "quantity": 4,
        "fenced": 0,
    }


COMMANDS = [
    "demo",
    "init",
    "status",
    "run",
    "send",
    "import",
    "simulate",
    "boards",
    "replay",
    "rebuild",
    "erase-customer",
    "show",
    "why",
    "audit",
    "ledger",
    "parked",
]


def test_the_help_tells_what_each_command_is_for():
    printed = oms("--help")
    told_of = {
        words[1]
        for line in printed.out.splitlines()
        if len(words := line.split()) > 3 and words[0] == "│"
    }
    assert (printed.code, set(COMMANDS) - told_of) == (0, set())


@pytest.mark.parametrize(
    "command",
    [
        *COMMANDS[:11],
        "show orders",
        "show order",
        "show carts",
        "show inventory",
        "show customers",
        "show ledger",
        "show flagged",
        "why stock",
        "why order",
        "why ledger",
        "why event",
        "audit verify",
        "audit books",
        "ledger export",
        "parked list",
        "parked show",
        "parked redrive",
    ],
)
def test_the_help_of_a_command_teaches_by_examples_and_says_what_comes_next(command):
    printed = oms(*command.split(), "--help")
    assert printed.code == 0
    assert f"oms {command}" in printed.out
    assert all(word in printed.out for word in ("Examples", "Next:", "--json"))
