"""What every registry of schemas must do. The real ones are held to it in tests/kafka."""

from __future__ import annotations

import pytest

from tests.support.registry import MemoryRegistry
from tests.support.registry_contract import RegistryContract


class TestMemoryRegistry(RegistryContract):
    @pytest.fixture
    def registry(self) -> MemoryRegistry:
        return MemoryRegistry()
