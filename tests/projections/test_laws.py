"""What holds of every view, whatever has happened."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given

from oms_core.domain.stock.decider import stock
from oms_core.engine.catalog import EVENTS
from projections.catalog import VIEWS, WRITTEN_ONCE
from projections.inventory import inventory
from projections.ledger import journal, trial_balance
from projections.network import inventory_network
from projections.posting import postings
from tests.projections.records import events, logs, recorded
from tests.support.messages import sample
from tests.support.stock import MUG, histories


@pytest.mark.parametrize("event", sorted(EVENTS))
@pytest.mark.parametrize("name", sorted(VIEWS))
def test_every_view_takes_every_event_first_and_again(name, event):
    happened = sample(EVENTS[event])
    documents = VIEWS[name].fold(recorded(happened, happened))
    assert all(isinstance(document, VIEWS[name].document) for document in documents.values())


@given(logs)
def test_no_history_makes_a_view_fail(log):
    for view in VIEWS.values():
        view.fold(log)


@given(logs)
def test_a_document_that_is_written_once_is_never_touched_again(log):
    for name in WRITTEN_ONCE:
        keys = Counter(
            key
            for record in log
            if type(record.event) in VIEWS[name].keys
            for key in VIEWS[name].keys[type(record.event)](record)
        )
        assert set(keys.values()) <= {1}


@given(events)
def test_every_event_moves_as_much_to_accounts_as_from_them(event):
    sums = Counter()
    for posting in postings(event):
        assert posting.amount_minor != 0
        sums[posting.currency] += posting.amount_minor
    assert set(sums.values()) <= {0}


@given(logs)
def test_the_trial_balance_is_the_sum_of_the_journal(log):
    debits, credits_ = Counter(), Counter()
    for entry in journal.fold(log).values():
        assert sum(line.debit_minor for line in entry.lines) == entry.amount_minor
        assert sum(line.credit_minor for line in entry.lines) == entry.amount_minor
        for line in entry.lines:
            debits[line.account, entry.currency] += line.debit_minor
            credits_[line.account, entry.currency] += line.credit_minor
    shown = trial_balance.fold(log)
    assert {(b.account, b.currency): b.debit_minor for b in shown.values()} == dict(debits)
    assert {(b.account, b.currency): b.credit_minor for b in shown.values()} == dict(credits_)


@given(histories)
def test_the_inventory_shows_what_the_decider_goes_by(history):
    log = recorded(*history, stream=f"stock:{MUG}")
    state, level = stock.fold(history), inventory_network.fold(log)[MUG]
    locations = dict(state.locations.items())
    transit = sum(transfer.quantity for transfer in state.transfers.values())
    assert (
        level.on_hand,
        level.reserved,
        level.soft_reserved,
        level.backordered,
        level.allocated,
        level.incoming,
        level.quarantined,
        level.threshold,
        level.fenced,
        level.pool,
        level.available_to_promise,
        level.value_minor,
        dict(level.fences.items()),
        dict(level.expected.items()),
    ) == (
        sum(place.on_hand for place in locations.values()),
        state.reserved,
        state.soft_reserved,
        sum(waiting.quantity for waiting in state.backorders.values()),
        state.allocated,
        transit + sum(supply.quantity for supply in state.expected.values()),
        sum(place.quarantined for place in locations.values()),
        state.threshold,
        state.fenced,
        state.pool,
        state.available(),
        state.value_minor,
        dict(state.fences.items()),
        {document: supply.quantity for document, supply in state.expected.items()},
    )
    assert {
        (shown.location_id, shown.on_hand, shown.allocated, shown.quarantined, shown.available)
        for shown in inventory.fold(log).values()
        if shown.on_hand or shown.allocated or shown.quarantined
    } == {
        (location_id, place.on_hand, place.allocated, place.quarantined, place.available)
        for location_id, place in locations.items()
        if place.on_hand or place.allocated or place.quarantined
    }


@given(logs)
def test_folding_in_two_steps_is_folding_at_once(log):
    half = len(log) // 2
    for view in VIEWS.values():
        documents = view.fold(log[:half])
        for record in log[half:]:
            keys = view.keys.get(type(record.event))
            for key in keys(record) if keys else ():
                after = view.evolve(key, documents.pop(key, None), record)
                documents.update({} if after is None else {key: after})
        assert documents == view.fold(log)
