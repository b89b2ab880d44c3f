"""Personal data can be read with the customer's key alone, and not at all without it."""

import stat

import psycopg
import pytest

from adapters.postgres.audit import verify
from adapters.postgres.environment import environment
from adapters.postgres.migration import migrate
from adapters.postgres.privacy import UnreadableError, Vault, master_key
from oms_core.domain.customer.commands import EraseCustomer, RegisterCustomer
from oms_core.engine.application import Engine
from tests.engine.conftest import NOON
from tests.support.shop import must

ADDRESS = '{"name": "Ann Example", "street": "1 High Street"}'


@pytest.fixture
def connection(dsn, schema):
    migrate(dsn, schema)
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def vault(connection, schema):
    return Vault(connection, b"m" * 32, schema)


def test_what_is_sealed_can_be_opened_again(vault, connection, schema):
    sealed = vault.seal("C1", ADDRESS)
    assert b"Ann" not in sealed
    assert Vault(connection, b"m" * 32, schema).open("C1", sealed) == ADDRESS


def test_the_same_text_is_never_sealed_to_the_same_bytes(vault):
    assert vault.seal("C1", ADDRESS) != vault.seal("C1", ADDRESS)


def test_what_was_sealed_for_one_customer_is_not_anothers(vault):
    sealed = vault.seal("C1", ADDRESS)
    vault.seal("C2", ADDRESS)
    with pytest.raises(UnreadableError, match="'C2'"):
        vault.open("C2", sealed)


def test_a_changed_byte_is_noticed(vault):
    sealed = bytearray(vault.seal("C1", ADDRESS))
    sealed[-1] ^= 1
    with pytest.raises(UnreadableError):
        vault.open("C1", bytes(sealed))


def test_keys_are_of_no_use_without_the_master_key(vault, connection, schema):
    sealed = vault.seal("C1", ADDRESS)
    with pytest.raises(UnreadableError, match="master key"):
        Vault(connection, b"x" * 32, schema).open("C1", sealed)


def test_an_erased_customer_cannot_be_read_and_the_log_stays_whole(vault, connection, dsn, schema):
    sealed = vault.seal("C1", ADDRESS)
    with Engine(environment(dsn, schema), clock=lambda: NOON) as engine:
        must(engine, RegisterCustomer("C1", "FR", sealed))
        before = verify(connection, schema)
        assert vault.erase("C1")
        must(engine, EraseCustomer("C1"))
    assert vault.open("C1", sealed) is None
    assert Vault(connection, b"m" * 32, schema).open("C1", sealed) is None
    after = verify(connection, schema)
    assert (before.ok, after.ok, after.events) == (True, True, before.events + 1)
    assert not vault.erase("C1")


def test_the_master_key_is_made_once_for_its_owners_eyes(tmp_path, monkeypatch):
    monkeypatch.delenv("OMS_MASTER_KEY", raising=False)
    first = master_key(tmp_path / "home")
    assert len(first) == 32
    assert master_key(tmp_path / "home") == first
    assert stat.S_IMODE((tmp_path / "home" / "master.key").stat().st_mode) == 0o600
    monkeypatch.setenv("OMS_MASTER_KEY", "bW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW0=")
    assert master_key(tmp_path / "home") == b"m" * 32
