"""What can have happened to a notice."""

from __future__ import annotations

from enum import StrEnum

from oms_core.kernel import Event, Instant


class Kind(StrEnum):
    """What a notice says."""

    ORDER_PLACED = "order_placed"
    ORDER_SHIPPED = "order_shipped"
    ORDER_DELAYED = "order_delayed"
    ORDER_CANCELLED = "order_cancelled"
    REFUNDED = "refunded"
    INVOICE_ISSUED = "invoice_issued"
    PAYMENT_REMINDER = "payment_reminder"
    CART_ABANDONED = "cart_abandoned"
    CART_LEFT = "cart_left"
    REVIEW_REQUEST = "review_request"
    PROMISE_BROKEN = "promise_broken"


class Why(StrEnum):
    """Why somebody is not told."""

    ERASED = "erased"
    NO_ADDRESS = "no_address"
    NO_CONSENT = "no_consent"
    OPTED_OUT = "opted_out"
    OUTDATED = "outdated"
    TOLD_TOGETHER = "told_together"
    TOO_LATE = "too_late"
    STAFF = "staff"


class NoticeRequested(Event, frozen=True):
    """Somebody is to be told, `delay_days` after this.

    `subject_id` is the order, parcel, line, document, refund or episode of a cart that it is about.
    """

    notice_id: str
    kind: Kind
    subject_id: str
    order_id: str = ""
    customer_id: str = ""
    delay_days: int = 0


class NoticeSent(Event, frozen=True):
    """The mail server has taken it. The address is not kept here: it is the customer's own."""

    notice_id: str
    kind: Kind
    customer_id: str
    language: str


class NoticeFailed(Event, frozen=True):
    """It could not be sent. It is tried again at `retry_at`; zero means that it is given up."""

    notice_id: str
    kind: Kind
    attempt: int
    reason: str
    retry_at: Instant = Instant(0)


class NoticeSuppressed(Event, frozen=True):
    """Nobody is told, for good."""

    notice_id: str
    kind: Kind
    why: Why
    customer_id: str = ""


class NoticeRetried(Event, frozen=True):
    """A person wants a notice that was given up to be tried once more."""

    notice_id: str
    kind: Kind


NoticeEvent = NoticeRequested | NoticeSent | NoticeFailed | NoticeSuppressed | NoticeRetried
