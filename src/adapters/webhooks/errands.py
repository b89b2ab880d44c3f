"""One errand for one webhook: read what it wants, post it in order, stop at what is not taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import structlog

from adapters.webhooks.addresses import Unsafe
from adapters.webhooks.payload import TOLD, body_of
from adapters.webhooks.posting import Answer, Unanswered
from adapters.webhooks.signing import signed
from oms_core.domain.webhook.events import Trouble
from oms_core.effects.herald import Errand, Failure, Report
from oms_core.kernel import Event, Instant, Recorded
from projections.log import Log

MESSAGES_MAX = 50
"""So many are posted on one errand; a crash repeats no more than these."""

ERRAND_MICROS = 3_000_000
"""No message is begun on an errand that is older, so that what was taken is soon booked."""

OK, REDIRECT, WRONG, GONE = 200, 300, 400, 410
AT_LARGE = frozenset({408, 425, 429, 502, 503, 504})
"""Answers that are not about the message: too early, too many, or nobody there who could say."""


class Post(Protocol):
    """Takes messages to their receivers."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post a body and return the answer.

        :raises Unsafe: if nothing may be posted there.
        :raises Unanswered: if no answer came.
        """


log = structlog.get_logger("oms")

Reading = Callable[[], AbstractContextManager[Log]]
"""Opens the log for a moment."""


def trouble_of(status: int) -> Trouble | None:
    """Say what an answer means; nothing, if the message was taken."""
    if OK <= status < REDIRECT:
        return None
    if status == GONE:
        return Trouble.GONE
    if status < WRONG or status in AT_LARGE:
        return Trouble.AWAY
    return Trouble.REFUSED


def run(
    errand: Errand,
    secrets: Sequence[str],
    reading: Reading,
    post: Post,
    clock: Callable[[], Instant],
) -> Report:
    """Do an errand, and say what became of it. Whatever goes wrong ends nothing but this errand."""
    try:
        page, looked_to = _page(errand, reading)
    except Exception:
        log.exception("webhook.unread", webhook=errand.webhook_id, since=errand.since)
        return Report(errand, 0, None, errand.since, unread=True)
    began, last, count = clock(), None, 0
    for recorded in page:
        if clock() - began > ERRAND_MICROS:
            looked_to = last.position if last else errand.since
            break
        if failure := _delivered(errand, secrets, recorded, post, clock):
            return Report(errand, count, last, last.position if last else errand.since, failure)
        last, count = recorded, count + 1
    return Report(errand, count, last, looked_to)


def _page(errand: Errand, reading: Reading) -> tuple[Sequence[Recorded], int]:
    """Return what is to be posted, and how far the log is looked through with it."""
    with reading() as log:
        if errand.only:
            return log.read(errand.only - 1, 1), errand.since
        head, types = log.head(), _wanted(errand)
        page = log.read(errand.since, MESSAGES_MAX, types) if types else ()
    full = len(page) == MESSAGES_MAX
    return page, page[-1].position if full else max(head, errand.since)


def _wanted(errand: Errand) -> frozenset[type[Event]]:
    return frozenset(TOLD[name] for name in errand.types if name in TOLD)


def _delivered(
    errand: Errand,
    secrets: Sequence[str],
    recorded: Recorded,
    post: Post,
    clock: Callable[[], Instant],
) -> Failure | None:
    """Deliver a message; a bug of ours on the way is a failure too, of this webhook alone."""
    try:
        return _deliver(errand, secrets, recorded, post, clock)
    except Exception as bug:
        log.exception("webhook.not_posted", webhook=errand.webhook_id, event_id=recorded.id)
        return Failure(recorded, Trouble.AWAY, f"{type(bug).__name__}: {bug}", clock())


def _deliver(
    errand: Errand,
    secrets: Sequence[str],
    recorded: Recorded,
    post: Post,
    clock: Callable[[], Instant],
) -> Failure | None:
    now = clock()
    if type(recorded.event) not in _wanted(errand):
        return Failure(recorded, Trouble.REFUSED, "it is told of no such event", now, final=True)
    if not secrets:
        return Failure(recorded, Trouble.AWAY, "its secret cannot be read with our key", now)
    body = body_of(recorded)
    try:
        headers = signed(secrets, recorded.id, now // 1_000_000, body)
        answer = post.post(errand.url, headers, body)
    except (Unanswered, Unsafe) as error:
        return Failure(recorded, Trouble.AWAY, str(error), clock())
    trouble = trouble_of(answer.status)
    if trouble is None:
        return None
    what = f"HTTP {answer.status}"
    if REDIRECT <= answer.status < WRONG:
        what += ": it leads elsewhere, and we do not follow"
    return Failure(recorded, trouble, what, clock(), answer.retry_after_seconds)
