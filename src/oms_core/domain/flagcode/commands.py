"""What may be asked of the register."""

from __future__ import annotations

from oms_core.kernel import Command


class IssueFlagCode(Command, frozen=True):
    """Give an order a code of its own. `kind` is what makes the order special."""

    register_id: str
    order_id: str
    kind: str


FlagCodeCommand = IssueFlagCode
