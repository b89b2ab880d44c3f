"""The files in `deploy/` as these tests read them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
MANIFESTS = sorted(
    path for path in (DEPLOY / "kubernetes").glob("*.yaml") if path.stem != "kustomization"
)


def read(path: Path) -> Any:
    """Return a YAML file's one document."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def manifests() -> list[dict[str, Any]]:
    """Return every Kubernetes resource."""
    return [
        resource
        for path in MANIFESTS
        for resource in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    ]


def board() -> dict[str, Any]:
    """Return Grafana's board."""
    found: dict[str, Any] = json.loads((DEPLOY / "grafana/oms.json").read_text(encoding="utf-8"))
    return found
