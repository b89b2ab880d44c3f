"""Personal data, encrypted with a key of each customer's own; without the key it is gone.

The log keeps ciphertext, and its hash chain is over ciphertext: erasing a customer destroys one row
outside of the log and changes no event, no sum and no hash. Keys are themselves encrypted with the
shop's master key (AES key wrap, RFC 3394), so that a copy of the database alone reads nothing.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_wrap,
)
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier

from adapters.settings import Settings

KEY_BITS = 256
NONCE_BYTES = 12
VERSION = b"\x01"

KEYS_TABLE = """
CREATE TABLE IF NOT EXISTS {table} (
    customer_id text PRIMARY KEY,
    wrapped bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""


class UnreadableError(Exception):
    """The data was not sealed for this customer with this shop's keys, or was changed."""


class WrongMasterKeyError(UnreadableError):
    """This is not the master key that customers' keys were wrapped with: nothing is readable."""


def master_key(home: Path) -> bytes:
    """Return the shop's master key: from OMS_MASTER_KEY (base64), or a file that is made once.

    The file can be read by its owner only. Who loses it loses all personal data; back it up apart
    from the database.
    """
    if given := os.environ.get("OMS_MASTER_KEY"):
        return b64decode(given)
    path = home / "master.key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(b64encode(AESGCM.generate_key(KEY_BITS)))
    return b64decode(path.read_bytes())


def vault_of(settings: Settings, connection: Connection[TupleRow]) -> Vault:
    """Return the vault of a shop, with its master key."""
    return Vault(connection, master_key(settings.home), settings.log_schema)


class Vault:
    """Seals and opens the personal data of one shop's customers."""

    def __init__(
        self, connection: Connection[TupleRow], master: bytes, schema: str = "oms"
    ) -> None:
        """Use the keys kept in `schema`, wrapped with `master` (32 bytes)."""
        self._connection = connection
        self._master = master
        self._table = SQL("{}.customer_keys").format(Identifier(schema))
        self._keys: dict[str, bytes] = {}
        connection.execute(self._sql(KEYS_TABLE))

    def seal(self, customer_id: str, text: str) -> bytes:
        """Encrypt text about a customer; the first time makes the customer's key.

        AES-256-GCM, with the customer's id as associated data: what was sealed for one customer
        cannot be passed off as another's.
        """
        nonce = os.urandom(NONCE_BYTES)
        cipher = AESGCM(self._key(customer_id, make=True) or b"")
        return VERSION + nonce + cipher.encrypt(nonce, text.encode(), customer_id.encode())

    def open(self, customer_id: str, sealed: bytes) -> str | None:
        """Decrypt what was sealed for a customer; nothing if the customer was erased.

        :raises UnreadableError: if it was sealed for someone else, or changed.
        """
        key = self._key(customer_id, make=False)
        if key is None:
            return None
        nonce, data = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return AESGCM(key).decrypt(nonce, data, customer_id.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise UnreadableError(f"data sealed for {customer_id!r} cannot be read") from error

    def erase(self, customer_id: str) -> bool:
        """Destroy a customer's key, for good; say whether there was one."""
        self._keys.pop(customer_id, None)
        deleted = self._connection.execute(
            self._sql("DELETE FROM {table} WHERE customer_id = %s"), (customer_id,)
        )
        return deleted.rowcount > 0

    def _key(self, customer_id: str, *, make: bool) -> bytes | None:
        if customer_id in self._keys:
            return self._keys[customer_id]
        if make:
            wrapped = aes_key_wrap(self._master, AESGCM.generate_key(KEY_BITS))
            self._connection.execute(
                self._sql("INSERT INTO {table} VALUES (%s, %s) ON CONFLICT DO NOTHING"),
                (customer_id, wrapped),
            )
        row = self._connection.execute(
            self._sql("SELECT wrapped FROM {table} WHERE customer_id = %s"), (customer_id,)
        ).fetchone()
        if row is None:
            return None
        try:
            self._keys[customer_id] = aes_key_unwrap(self._master, bytes(row[0]))
        except InvalidUnwrap as error:
            rule = "this is not the master key that keys were made with"
            raise WrongMasterKeyError(rule) from error
        return self._keys[customer_id]

    def _sql(self, text: str) -> Composed:
        return SQL(text).format(table=self._table)
