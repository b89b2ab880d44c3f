"""Which notices a shop sends."""

from __future__ import annotations

from adapters.settings import Settings, UnusableSetting
from oms_core.domain.notice.events import Kind


def kinds_of(settings: Settings) -> tuple[str, ...]:
    """Return the kinds of notice that a shop sends.

    Without a mail server there are none, and none is asked for: whoever sets one later tells of
    what happens from then on, and nobody is sent last month's confirmations.

    :raises UnusableSetting: if a kind is not known.
    """
    known = {kind.value for kind in Kind}
    if unknown := sorted(set(settings.notices) - known):
        rule = f"There is no such kind of notice: {', '.join(unknown)}."
        remedy = f"Choose from {', '.join(sorted(known))}."
        raise UnusableSetting("OMS_NOTICES", ",".join(settings.notices), rule, remedy)
    if not settings.mail_server:
        return ()
    untold = set() if settings.mail_merchant else {Kind.CART_LEFT.value}
    return tuple(kind for kind in settings.notices if kind not in untold)
