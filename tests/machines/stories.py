"""Stories out of seeds: told, and when one breaks a rule, made as short as it can be."""

from __future__ import annotations

import traceback
from random import Random

from tests.machines.whole_shop import DEEDS, WholeShop

Story = list[tuple[int, int]]
STEPS = 45
TRIES_MAX = 400

EXPECTED_REFUSALS = {
    ("RequestRefund", "payment.not_refundable"),  # The bank had taken the money back by then.
    ("HoldOrder", "order.not_open"),  # Stock and credit both declined, and stock was first:
    ("ResolveHold", "order.unknown_hold"),  # the order was given up, line by line.
}
"""What processes ask for in vain, because two answers crossed."""


def story(seed: int) -> Story:
    """Make up a story: deeds, and a number for each to make its choices with."""
    dice = Random(f"story {seed}")
    return [(dice.randrange(len(DEEDS)), dice.randrange(2**40)) for _ in range(STEPS)]


def live(steps: Story) -> WholeShop:
    """Live through a story in a new shop, with every rule looking on."""
    shop = WholeShop()
    try:
        for step in steps:
            shop.act(step)
        shop.close()
        strange = shop.refused - EXPECTED_REFUSALS
        assert not strange, f"a process asks for what the rules forbid: {strange}"
    except Exception as failure:
        failure.add_note("\n".join(str(command) for command in shop.said))
        raise
    return shop


def fault(steps: Story) -> str:
    """Return where and how a story fails; empty if it does not."""
    try:
        live(steps)
    except Exception as failure:  # noqa: BLE001  (whatever it is, it is to be told shortly)
        last = traceback.extract_tb(failure.__traceback__)[-1]
        return f"{type(failure).__name__} {last.filename}:{last.lineno}"
    return ""


def shortest(steps: Story) -> Story:
    """Leave out of a story whatever its fault does not need, larger parts first."""
    wanted, tries, size = fault(steps), 0, len(steps) // 2
    while size and tries < TRIES_MAX:
        place = 0
        while place < len(steps) and tries < TRIES_MAX:
            shorter, tries = steps[:place] + steps[place + size :], tries + 1
            if fault(shorter) == wanted:
                steps = shorter
            else:
                place += size
        size //= 2
    return steps
