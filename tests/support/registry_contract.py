"""What every registry of schemas must do, whatever keeps them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import fastavro
import pytest

from adapters.kafka.registry import Incompatible, NotRegistered, Registry, UnknownSchema

Json = dict[str, Any]


class RegistryContract:
    """Subclass it, and say in a fixture `registry` what is to be held to it."""

    @pytest.fixture
    def name(self) -> str:
        return f"Thing{uuid4().hex}"

    def schema(self, name: str, *more: Json) -> Json:
        fields = [{"name": "quantity", "type": "long", "doc": "Units."}, *more]
        return {"type": "record", "name": name, "namespace": "test", "fields": fields}

    def test_what_is_registered_is_found_by_its_number(self, registry: Registry, name: str):
        schema = self.schema(name)
        registered = registry.register(f"test.{name}", schema)
        assert registry.id_of(f"test.{name}", schema) == registered.schema_id
        assert registry.schema_of(registered.schema_id) == fastavro.parse_schema(schema)

    def test_registering_twice_is_registering_once(self, registry: Registry, name: str):
        schema = self.schema(name)
        once = registry.register(f"test.{name}", schema)
        assert registry.register(f"test.{name}", schema) == once
        assert registry.versions(f"test.{name}") == (schema,)

    def test_versions_are_kept_in_order(self, registry: Registry, name: str):
        first = self.schema(name)
        second = self.schema(name, {"name": "note", "type": "string", "default": ""})
        ids = [registry.register(f"test.{name}", schema) for schema in (first, second)]
        assert [registered.version for registered in ids] == [1, 2]
        assert registry.versions(f"test.{name}") == (first, second)
        assert registry.id_of(f"test.{name}", first) == ids[0].schema_id

    def test_what_may_not_follow_is_refused_with_the_field_named(
        self, registry: Registry, name: str
    ):
        first = self.schema(name)
        registry.register(f"test.{name}", first)
        for change in ({"name": "quantity", "type": "string"}, {"name": "units", "type": "long"}):
            with pytest.raises(Incompatible, match=rf"test\.{name}\.quantity") as caught:
                registry.register(f"test.{name}", {**first, "fields": [change]})
            assert caught.value.subject == f"test.{name}"
        assert registry.versions(f"test.{name}") == (first,)

    def test_what_is_not_registered_is_refused_by_name(self, registry: Registry, name: str):
        with pytest.raises(NotRegistered) as caught:
            registry.id_of(f"test.{name}", self.schema(name))
        assert caught.value.subject == f"test.{name}"
        assert registry.versions(f"test.{name}") == ()

    def test_a_number_that_nothing_has_is_refused(self, registry: Registry):
        with pytest.raises(UnknownSchema):
            registry.schema_of(2**30)
