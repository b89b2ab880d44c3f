"""Where messages may go: to public addresses only, so that a URL opens no door into our network.

Every address of a name is looked at, and the connection is made to one that was looked at: a name
that changes its address meanwhile gains nothing (OWASP, Server Side Request Forgery Prevention).
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, NamedTuple
from urllib.parse import urlsplit

SIX_TO_FOUR = IPv6Network("2002::/16")
"""Addresses that stand for one of IPv4, which could be any."""

Resolve = Callable[..., Sequence[tuple[Any, ...]]]
"""`socket.getaddrinfo`, or what stands in for it."""


class Unsafe(Exception):
    """Nothing may be posted there."""


class Target(NamedTuple):
    """What a URL names. `path` has its query; `authority` is host and port as a header has them."""

    host: str
    port: int
    encrypted: bool
    path: str
    authority: str


def target_of(url: str) -> Target:
    """Take a URL apart.

    :raises Unsafe: if it names no host and port.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Unsafe(f"it is no URL: {error}") from None
    encrypted = parts.scheme == "https"
    try:
        port = parts.port or (443 if encrypted else 80)
    except ValueError:
        raise Unsafe("its port is not one") from None
    if not parts.hostname or parts.scheme not in {"https", "http"} or parts.username is not None:
        raise Unsafe("it is no URL of https")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.hostname, port, encrypted, path, parts.netloc)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Say whether an address is one of the Internet, and stands for no other one."""
    if isinstance(address, IPv6Address) and (address.is_site_local or address in SIX_TO_FOUR):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def require_safe(url: str, *, loopback: bool = False) -> None:
    """Check a URL as far as it can be without asking for the address of its name.

    :raises Unsafe: if nothing will ever be posted there.
    """
    target = target_of(url)
    try:
        ip_address(target.host)
    except ValueError:
        if not (target.encrypted or loopback):
            raise Unsafe("messages are sent by https only") from None
    else:
        addresses_of(target, loopback=loopback)


def addresses_of(
    target: Target, *, loopback: bool = False, resolve: Resolve = socket.getaddrinfo
) -> list[str]:
    """Return the addresses of a target, all of which may be posted to.

    With `loopback` this machine itself may be posted to as well, and without encryption.

    :raises Unsafe: if one of them may not be, or the message would go in the clear.
    :raises OSError: if the name is not known.
    """
    found = resolve(target.host, target.port, type=socket.SOCK_STREAM)
    names = list(dict.fromkeys(str(address[0]) for *_, address in found))
    for name in names:
        address = ip_address(name)
        own = loopback and address.is_loopback
        if not (own or is_public(address)):
            raise Unsafe(f"{target.host} is at {name}, which is no public address")
        if not (own or target.encrypted):
            raise Unsafe("messages are sent by https only")
    return names
