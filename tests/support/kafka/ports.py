"""Ports that are free and stay ours while a server on them is down.

They lie below those that the system gives to clients: a client that tries to reach a dead server on
one of those may be given that very port, and then talks to itself.
"""

from __future__ import annotations

import os
import socket
from random import Random

LOWEST, HIGHEST = 20_000, 30_000


def free_ports(count: int) -> list[int]:
    """Return ports on which nothing listens."""
    found: list[int] = []
    chosen = Random(os.urandom(8))
    while len(found) < count:
        port = chosen.randrange(LOWEST, HIGHEST)
        if port not in found and is_free(port):
            found.append(port)
    return found


def is_free(port: int) -> bool:
    """Say whether a server could listen there now."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def listens(port: int) -> bool:
    """Say whether a server listens there."""
    with socket.socket() as attempt:
        attempt.settimeout(1)
        return attempt.connect_ex(("127.0.0.1", port)) == 0
