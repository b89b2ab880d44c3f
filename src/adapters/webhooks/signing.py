"""Signatures of messages, as Standard Webhooks has them (version 1, symmetric: HMAC-SHA256).

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import hmac
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable
from hashlib import sha256
from urllib.parse import quote

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """Make a secret: `whsec_` and 32 random bytes in base64."""
    return PREFIX + b64encode(os.urandom(SECRET_BYTES)).decode()


def message_id(event_id: str) -> str:
    """Return the id of a message: that of its event, with `%2E` for a full stop.

    So are other characters written that could not stand in a header, or in the signed text.
    """
    return quote(event_id, safe=":/#|@").replace(".", "%2E")


def signature(secret: str, name: str, seconds: int, body: bytes) -> str:
    """Return `v1,` and the HMAC-SHA256 of id, time (seconds since 1970) and body, in base64."""
    key = b64decode(secret.removeprefix(PREFIX))
    text = f"{name}.{seconds}.".encode() + body
    return "v1," + b64encode(hmac.digest(key, text, sha256)).decode()


def signed(secrets: Iterable[str], event_id: str, seconds: int, body: bytes) -> dict[str, str]:
    """Return the headers of a message, with one signature for each secret."""
    name = message_id(event_id)
    signatures = (signature(secret, name, seconds, body) for secret in secrets)
    return {
        "webhook-id": name,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(signatures),
    }
