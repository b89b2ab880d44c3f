"""A bounded memory of the documents that were already booked."""

from __future__ import annotations

from rpds import HashTrieSet, Queue

from oms_core.kernel.message import State

REMEMBERED_MAX = 1_000


class Recent(State, frozen=True):
    """The ids of the last `REMEMBERED_MAX` documents, so that a repeated one is seen as such.

    It is bounded, because no state may grow with history. A repeat that is older than that is
    stopped earlier: by the intake's position, or by the boundary that the document belongs to.
    """

    ids: HashTrieSet[str] = HashTrieSet()
    order: Queue[str] = Queue()

    def __contains__(self, document_id: object) -> bool:
        """Say whether the document is remembered."""
        return document_id in self.ids

    def add(self, document_id: str) -> Recent:
        """Remember one more, and forget the oldest if there are too many."""
        if document_id in self.ids:
            return self
        ids, order = self.ids.insert(document_id), self.order.enqueue(document_id)
        if len(ids) > REMEMBERED_MAX:
            # The stub of rpds has both methods of Queue wrong.
            ids = ids.remove(order.peek())  # type: ignore[operator]
            order = order.dequeue()  # type: ignore[call-arg]
        return Recent(ids, order)
