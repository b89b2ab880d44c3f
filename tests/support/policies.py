"""The policies of the example, for shops in which everything happens."""

from __future__ import annotations

from msgspec.structs import replace

from adapters.policies import read_policies
from oms_core.domain.notice.events import Kind
from tests.deploy.documents import DEPLOY

EVERYTHING = replace(
    read_policies(DEPLOY / "policies" / "europe-and-asia.toml"), notices=tuple(Kind)
)
"""Orders are screened and promised a day, and customers are written to."""
