"""`oms webhooks receive`: what the payment provider sends of its own, until asked to stop."""

from __future__ import annotations

from rich.console import RenderableType

from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, panel
from adapters.hearing import hear
from adapters.serving import stopping, write_json_lines


def receive(*, options: Common = PLAIN) -> None:
    """Take in what Stripe sends of its own: payments that went well, failed, or were disputed.

    It listens at OMS_WEBHOOKS_HOST and OMS_WEBHOOKS_PORT for `POST /stripe`, until Ctrl-C or
    SIGTERM. Stripe wants HTTPS: put a proxy in front. Each event must be signed with
    OMS_STRIPE_WEBHOOK_SECRET, within five minutes of our clock; any other is refused, and nothing
    of it is kept. An event is answered once it is stored, and `oms run` decides about it. Events
    may come again, late, and in any order; those about no payment of ours are answered and left.

    **Examples**

        oms webhooks receive
        OMS_WEBHOOKS_PORT=8481 oms webhooks receive 2>> webhooks.log &

    **Next:** `oms run` decides about what came in; `oms show order web:1001` shows it.
    """
    write_json_lines()
    with opened(options) as shop, stopping() as stop:
        hear(shop, stop)
    emit(options, {"stopped": True}, _render)


def _render(data: dict[str, bool]) -> RenderableType:
    del data
    return panel("Stopped", ["What was answered is stored; what was not, Stripe sends again."])
