"""What may be asked of other systems of a made-up shop: those that are told, and that tell."""

from __future__ import annotations

from random import Random

from oms_core.domain.profile.commands import UpsertProfile
from oms_core.domain.profile.events import Consent
from oms_core.domain.webhook import commands
from oms_core.domain.webhook.events import Trouble
from oms_core.kernel import Command, Instant

HOOK = "crm"
HOOKS: frozenset[type[Command]] = frozenset({*commands.WebhookCommand.__args__, UpsertProfile})
"""What other systems and webhooks ask, with dice of their own."""


def hooking(dice: Random) -> tuple[Command, ...]:
    """Make up what is asked in the life of a webhook, and what a CRM says."""
    return tuple(_asked(dice) for _ in range(dice.randint(0, 12)))


def _asked(dice: Random) -> Command:
    at, trouble = Instant(dice.choice([1, 500_000_000_000])), dice.choice(list(Trouble))
    return dice.choice(
        (
            _profile(dice),
            commands.SubscribeWebhook(HOOK, "https://crm.example/hooks", ("OrderPlaced",), b"1", 2),
            commands.RotateSecret(HOOK, dice.choice([b"2", b"3"]), Instant(9)),
            commands.DisableWebhook(HOOK, "moving"),
            commands.EnableWebhook(HOOK),
            commands.ReplayWebhook(HOOK, dice.randint(0, 3)),
            commands.ReplayEvent(HOOK, dice.randint(1, 3)),
            commands.RecordDeliveries(HOOK, dice.randint(0, 4), dice.randint(1, 6), 1),
            commands.RecordReplay(HOOK, dice.randint(1, 3)),
            commands.RecordDeliveryFailure(HOOK, 9, "s#1", dice.randint(1, 3), trouble, "no", at),
        )
    )


def _profile(dice: Random) -> Command:
    ref, consent = dice.choice("12"), dice.choice((None, Consent("ko", marketing=True)))
    customer_id, version = dice.choice(("C1", "C2")), dice.randint(0, 3)
    record = (customer_id, version, "FR", dice.choice((b"", b"1")), ("loyal",), consent)
    return UpsertProfile(f"crm:{ref}", "crm", ref, *record)
