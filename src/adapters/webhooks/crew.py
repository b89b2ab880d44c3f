"""Runners for webhooks: threads, so that whoever is slow to answer holds up nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from adapters.postgres.privacy import UnreadableError
from adapters.webhooks.errands import Post, Reading, run
from oms_core.effects.herald import Errand, Report
from oms_core.kernel import Instant

RUNNERS_MAX = 32

Open = Callable[[str, bytes], str | None]
"""Opens what was sealed for somebody, as `Vault.open` does."""


def owner_of(webhook_id: str) -> str:
    """Return for whom the secret of a webhook is sealed."""
    return f"webhook:{webhook_id}"


class Crew:
    """Does errands, one thread for each that is under way."""

    def __init__(
        self, reading: Reading, post: Post, unseal: Open, clock: Callable[[], Instant]
    ) -> None:
        """Begin without a thread; secrets are opened where errands are handed in."""
        self._reading, self._post, self._unseal, self._clock = reading, post, unseal, clock
        self._threads = ThreadPoolExecutor(RUNNERS_MAX, "webhook")
        self._away: list[Future[Report]] = []

    def start(self, errand: Errand) -> None:
        """Take an errand."""
        parts = (self._secrets(errand), self._reading, self._post, self._clock)
        self._away.append(self._threads.submit(run, errand, *parts))

    def _secrets(self, errand: Errand) -> list[str]:
        try:
            opened = [self._unseal(owner_of(errand.webhook_id), s) for s in errand.secrets]
        except UnreadableError:
            return []
        return [secret for secret in opened if secret is not None]

    def finished(self) -> Iterator[Report]:
        """Yield what became of errands since we were last asked."""
        done = [future for future in self._away if future.done()]
        self._away = [future for future in self._away if future not in done]
        for future in done:
            yield future.result()

    def close(self) -> None:
        """Wait until those who are under way are back; what they did is done again later."""
        self._threads.shutdown(cancel_futures=True)
