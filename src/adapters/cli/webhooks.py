"""`oms webhooks`: who outside is told of what happens, and how far they have been told."""

from __future__ import annotations

from typing import Any

from rich.console import RenderableType

from adapters.bootstrap import Shop
from adapters.cli.faults import Fault, Refused
from adapters.cli.giving import give
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, Options, emit, panel
from adapters.cli.parsing import event_name
from adapters.cli.sending import cause_id, refusal
from adapters.clock import system_clock
from adapters.postgres.log import PostgresLog
from adapters.postgres.privacy import vault_of
from adapters.webhooks.addresses import Unsafe, require_safe
from adapters.webhooks.crew import owner_of
from adapters.webhooks.names import UntoldType, chosen
from adapters.webhooks.payload import TOLD
from adapters.webhooks.signing import new_secret
from oms_core.domain.webhook import commands
from oms_core.domain.webhook.events import WebhookSubscribed
from oms_core.engine.cause import Cause, Verdict
from oms_core.kernel import Command, Instant

HOUR = 3_600_000_000


def subscribe(
    webhook_id: str,
    url: str,
    *types: str,
    after: int | None = None,
    actor: str = "cli",
    options: Common = PLAIN,
) -> None:
    """Post events to a URL as they happen, signed as Standard Webhooks has it.

    The secret that messages are signed with is shown once, here, and kept encrypted. Each message
    bears the id of its event; one that comes again has the same. They come in the order of the
    log, at least once. Contact data, tokens that pay, and gift cards are never told of.

    **Examples**

        oms webhooks subscribe crm https://crm.example/hooks "order.*" CustomerPromoted
        oms webhooks subscribe bi https://bi.example/in FulfilmentShipped --after 0

    **Next:** `oms webhooks status` shows how far it has been told; `oms run` is who tells.

    Parameters
    ----------
    webhook_id
        How we call it.
    url
        Where to: https, at a public address.
    types
        Names of events, or `order.*` for all that a boundary knows now.
    after
        Tell what stands in the log past this position; 0 is everything. Without it: from now on.
    actor
        Who is asking; it is kept with the event.
    """
    with opened(options) as shop:
        names = _names(types)
        _check(url, loopback=shop.settings.webhooks_loopback)
        with shop.log() as log, shop.connection() as connection:
            before = _subscription(log, webhook_id)
            start = log.head() if after is None else after
            secret = None if before else new_secret()
            vault = vault_of(shop.settings, connection)
            sealed = before.sealed if before else vault.seal(owner_of(webhook_id), secret or "")
        command = commands.SubscribeWebhook(webhook_id, url, names, sealed, start)
        verdict = _given(shop, command, actor)
    data = {"webhook_id": webhook_id, "secret": secret, "types": names, "verdict": verdict}
    emit(options, data, _subscribed)


def disable(
    webhook_id: str, *, reason: str = "", actor: str = "cli", options: Common = PLAIN
) -> None:
    """Tell a webhook nothing for now; its place in the log is kept.

    **Examples**

        oms webhooks disable crm --reason "it is being moved"

    **Next:** `oms webhooks enable ID` lets it go on where it was.

    Parameters
    ----------
    webhook_id
        Which one.
    reason
        Why; it is kept with the event.
    actor
        Who is asking; it is kept with the event.
    """
    _tell(commands.DisableWebhook(webhook_id, reason), actor, options)


def enable(webhook_id: str, *, actor: str = "cli", options: Common = PLAIN) -> None:
    """Let a webhook go on where it was, whatever it was disabled for.

    **Examples**

        oms webhooks enable crm

    **Next:** `oms webhooks status ID` shows whether it takes anything.

    Parameters
    ----------
    webhook_id
        Which one.
    actor
        Who is asking; it is kept with the event.
    """
    _tell(commands.EnableWebhook(webhook_id), actor, options)


def rotate(
    webhook_id: str, *, hours: int = 24, actor: str = "cli", options: Common = PLAIN
) -> None:
    """Sign with a new secret; for some hours with the present one as well.

    **Examples**

        oms webhooks rotate crm --hours 48

    **Next:** give the secret that is shown to the receiver before the hours are over.

    Parameters
    ----------
    webhook_id
        Which one.
    hours
        For how long both secrets sign; 0: the present one is not to be used any more.
    actor
        Who is asking; it is kept with the event.
    """
    if hours < 0:
        raise Refused(Fault("--hours", str(hours), "It is less than none.", "Give 0 or more."))
    secret = new_secret()
    with opened(options) as shop:
        with shop.connection() as connection:
            vault = vault_of(shop.settings, connection)
            sealed = vault.seal(owner_of(webhook_id), secret)
        until = Instant(system_clock() + hours * HOUR if hours else 0)
        verdict = _given(shop, commands.RotateSecret(webhook_id, sealed, until), actor)
    data = {"webhook_id": webhook_id, "secret": secret, "verdict": verdict}
    emit(options, data, _subscribed)


def replay(
    webhook_id: str,
    *,
    after: int | None = None,
    event: str | None = None,
    actor: str = "cli",
    options: Common = PLAIN,
) -> None:
    """Tell a webhook once more: of one event, or of everything past a position of the log.

    Each message has the id that it had the first time, so that receivers can tell.

    **Examples**

        oms webhooks replay crm --event order:web:1001#1
        oms webhooks replay crm --after 120000

    **Next:** `oms webhooks status ID` shows how far it is.

    Parameters
    ----------
    webhook_id
        Which one.
    after
        The position; 0 is the beginning of the log.
    event
        The name of an event.
    actor
        Who is asking; it is kept with the event.
    """
    if (after is None) == (event is None):
        rule = "Either a position or an event is to be told once more."
        raise Refused(Fault("--after", str(after), rule, "Give one of --after and --event."))
    with opened(options) as shop:
        if event is None:
            command: Command = commands.ReplayWebhook(webhook_id, after or 0)
        else:
            command = commands.ReplayEvent(webhook_id, _position(shop, webhook_id, event))
        verdict = _given(shop, command, actor)
    emit(options, {"webhook_id": webhook_id, "verdict": verdict}, _done)


def _names(types: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return chosen(types)
    except UntoldType as error:
        raise Refused(Fault("types", error.name, error.rule, error.remedy)) from None


def _check(url: str, *, loopback: bool) -> None:
    try:
        require_safe(url, loopback=loopback)
    except Unsafe as error:
        rule = f"Nothing is posted there: {error}."
        remedy = "Give https and a public host; see OMS_WEBHOOKS_LOOPBACK to develop with."
        raise Refused(Fault("url", url, rule, remedy)) from None


def _subscription(log: PostgresLog, webhook_id: str) -> WebhookSubscribed | None:
    known = [recorded.event for recorded in log.stream(f"webhook:{webhook_id}")]
    return next((event for event in known if isinstance(event, WebhookSubscribed)), None)


def _position(shop: Shop, webhook_id: str, event: str) -> int:
    """Find an event that a webhook is told of.

    :raises Refused: if there is none, or it is of a type that the webhook is not told of.
    """
    stream, version = event_name("--event", event)
    with shop.log() as log:
        found = next((r for r in log.stream(stream) if r.version == version), None)
        subscribed = _subscription(log, webhook_id)
    if found is None:
        remedy = "Copy a name such as order:web:1001#1 from `oms show order` or `oms why`."
        raise Refused(Fault("--event", event, "There is no such event.", remedy))
    name = type(found.event).__name__
    if subscribed and not (name in subscribed.types and name in TOLD):
        rule = f"It is {name}, which {webhook_id} is not told of."
        remedy = "`oms webhooks status ID --json` lists the types that it is told of."
        raise Refused(Fault("--event", event, rule, remedy))
    return found.position


def _tell(command: Command, actor: str, options: Options) -> None:
    with opened(options) as shop:
        verdict = _given(shop, command, actor)
    webhook_id = getattr(command, command.__struct_fields__[0])
    emit(options, {"webhook_id": webhook_id, "verdict": verdict}, _done)


def _given(shop: Shop, command: Command, actor: str) -> str:
    """Give a command, and say what became of it.

    :raises Refused: if it breaks a rule.
    """
    answers = give(shop, [Cause(command, cause_id(command), f"user:{actor}")])
    if answers is None:
        return "handed_in"
    if answers[0].verdict is Verdict.REJECTED:
        raise Refused(refusal(command, answers[0].code, answers[0].detail))
    return answers[0].verdict


def _done(data: dict[str, Any]) -> RenderableType:
    what = {"handed_in": "handed to the engine that runs"}.get(data["verdict"], data["verdict"])
    return panel(f"Webhook {data['webhook_id']}", [what], style="green")


def _subscribed(data: dict[str, Any]) -> RenderableType:
    if data["secret"] is None:
        return _done(data)
    lines = [f"secret  {data['secret']}", "It is shown this once: give it to the receiver."]
    return panel(f"Webhook {data['webhook_id']}", lines, style="green")
