"""What may be asked of a notice."""

from __future__ import annotations

from oms_core.domain.notice.events import Kind, Why
from oms_core.kernel import Command, Instant


class RequestNotice(Command, frozen=True):
    """Tell somebody of something, so many days after it happened."""

    notice_id: str
    kind: Kind
    subject_id: str
    order_id: str = ""
    customer_id: str = ""
    delay_days: int = 0


class RecordSending(Command, frozen=True):
    """The mail server has taken it, written to this customer in this language."""

    notice_id: str
    customer_id: str
    language: str


class RecordSendingFailure(Command, frozen=True):
    """The `attempt`-th try was in vain. It is tried again at `retry_at`; zero means never."""

    notice_id: str
    attempt: int
    reason: str
    retry_at: Instant = Instant(0)


class SuppressNotice(Command, frozen=True):
    """Nobody is to be told; `why` says what speaks against it."""

    notice_id: str
    why: Why
    customer_id: str = ""


class RetryNotice(Command, frozen=True):
    """Try once more to send a notice that was given up."""

    notice_id: str


NoticeCommand = RequestNotice | RecordSending | RecordSendingFailure | SuppressNotice | RetryNotice
