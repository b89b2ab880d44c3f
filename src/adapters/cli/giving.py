"""Giving commands to the engine: to one of our own, or to the one that is running."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.bootstrap import Shop
from adapters.cli.following import follow
from adapters.postgres.inbox import Inbox
from adapters.postgres.lease import EngineRunning
from oms_core.engine.cause import Answer, Cause


def give(shop: Shop, causes: Sequence[Cause]) -> list[Answer] | None:
    """Let causes be decided, and bring the read models up to what follows.

    :returns: the answers; None if they were handed to the engine that another process runs.
    """
    answers = hand(shop, causes)
    if answers is not None:
        follow(shop)
    return answers


def hand(shop: Shop, causes: Sequence[Cause]) -> list[Answer] | None:
    """Let causes be decided.

    :returns: the answers; None if they were handed to the engine that another process runs.
    """
    try:
        with shop.engine() as engine:
            return engine.handle(causes)
    except EngineRunning:
        with shop.connection() as connection:
            Inbox(connection, shop.settings.log_schema).put(causes)
        return None
