"""Our recorders pass the eventsourcing library's own suites for recorders."""

from __future__ import annotations

from unittest import TestCase
from uuid import uuid4

import pytest
from eventsourcing.persistence import ProcessRecorder
from eventsourcing.postgres import PostgresDatastore
from eventsourcing.tests.persistence import (
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
    ProcessRecorderTestCase,
)
from psycopg.conninfo import conninfo_to_dict

from adapters.memory import MemoryRecorder
from adapters.postgres.recorder import LogRecorder


class TextIds(TestCase):
    """Our streams are named by text."""

    def new_originator_id(self) -> str:
        return f"order:{uuid4()}"


class OnPostgres(TextIds):
    """A new log in a schema of the test's own."""

    datastore: PostgresDatastore

    @pytest.fixture(autouse=True)
    def _own_schema(self, dsn: str, schema: str) -> None:
        self.dsn, self.schema = dsn, schema

    def create_recorder(self) -> ProcessRecorder:
        at = conninfo_to_dict(self.dsn)
        self.datastore = PostgresDatastore(
            str(at["dbname"]),
            str(at["host"]),
            str(at.get("port", 5432)),
            str(at["user"]),
            "",
            schema=self.schema,
            originator_id_type="text",
            pool_size=5,
            max_overflow=10,
        )
        self.addCleanup(self.datastore.close)
        recorder = LogRecorder(self.datastore)
        recorder.create_table()
        return recorder


class InMemory(TextIds):
    """A new log in memory."""

    def create_recorder(self) -> ProcessRecorder:
        return MemoryRecorder()


class TestApplicationRecorderOnPostgres(OnPostgres, ApplicationRecorderTestCase):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestProcessRecorderOnPostgres(OnPostgres, ProcessRecorderTestCase):
    pass


class TestPositionsDoNotInterleaveOnPostgres(OnPostgres, NonInterleavingNotificationIDsBaseCase):
    pass


class TestApplicationRecorderInMemory(InMemory, ApplicationRecorderTestCase):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestProcessRecorderInMemory(InMemory, ProcessRecorderTestCase):
    pass


class TestPositionsDoNotInterleaveInMemory(InMemory, NonInterleavingNotificationIDsBaseCase):
    pass
