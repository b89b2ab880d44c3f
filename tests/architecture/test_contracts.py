"""The dependency rule, as import-linter sees it."""

from __future__ import annotations

from importlinter.cli import lint_imports

from tests.architecture.source import ROOT


def test_no_import_contract_is_broken():
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0
