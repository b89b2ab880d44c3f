"""Everything that others may build on: the types whose records we publish or take in."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from adapters.avro.naming import full_name
from adapters.intake import inbound, replies
from oms_core.engine.catalog import EVENTS
from projections.catalog import VIEWS

STORED: Mapping[str, type[msgspec.Struct]] = {full_name(event): event for event in EVENTS.values()}
"""Events, by subject. They are stored as arrays, so the order of their fields counts."""

SUBJECTS: Mapping[str, type[msgspec.Struct]] = {
    **STORED,
    **{full_name(kind): kind for kind in (*inbound.MESSAGES, *replies.REPLIES)},
    **{full_name(view.document): view.document for view in VIEWS.values()},
}
"""Every contract, by its subject in a registry: the full name of the record."""
