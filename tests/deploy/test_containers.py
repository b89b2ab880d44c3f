"""Containers run our commands as nobody in particular, and are looked after by their health."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose
from kubernetes_validate import validate

from adapters.settings import Settings
from tests.deploy.documents import DEPLOY, MANIFESTS, manifests, read
from tests.support.terminal import oms

COMPOSE = read(DEPLOY / "compose.yaml")
OURS = {name: s for name, s in COMPOSE["services"].items() if s["image"] == "oms"}
PORT = 9464
OUTSIDE = {"OMS_MASTER_KEY"}
"""Read by whoever needs it, and by no one else: it is no field of `Settings`."""

SETTINGS = {f"OMS_{name.upper()}" for name in Settings.model_fields} | OUTSIDE
LONG_RUNNING = ("engine", "relay", "projector", "publisher")


def deployments() -> dict[str, dict[str, Any]]:
    """Return the pods that run on and on, by the part that they play."""
    return {
        resource["metadata"]["name"].removeprefix("oms-"): resource["spec"]["template"]["spec"]
        for resource in manifests()
        if resource["kind"] == "Deployment"
    }


def pods() -> list[dict[str, Any]]:
    """Return every pod."""
    return [r["spec"]["template"]["spec"] for r in manifests() if "template" in r.get("spec", {})]


def test_the_dockerfile_passes_its_linter():
    linter = Path(sys.executable).parent / "hadolint"
    done = subprocess.run(
        [linter, DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_runs_as_nobody_in_particular():
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("USER")] == ["USER 10001:10001"]
    assert {p["securityContext"]["runAsUser"] for p in pods()} == {10001}


def test_every_image_of_others_is_pinned_to_a_version():
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    images = [s["image"] for s in COMPOSE["services"].values() if s["image"] != "oms"]
    images += re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    assert len(images) >= 7
    assert [image for image in images if not re.search(r":v?\d+\.\d+", image)] == []


def test_compose_takes_its_file():
    plain = yaml.safe_dump(COMPOSE)  # Compose merges `<<`, and so does the YAML reader.
    spec = PyCompose.from_yaml(plain)
    spec.validate_volumes()
    assert {*LONG_RUNNING, "setup", "kafka", "postgres", "registry"} <= set(spec.service_names())


def test_nothing_of_compose_listens_beyond_this_machine():
    ports = [p for s in COMPOSE["services"].values() for p in s.get("ports", [])]
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_what_a_service_waits_for_is_there_and_tells_its_health():
    services = COMPOSE["services"]
    for service in services.values():
        awaited = service.get("depends_on", {})
        assert set(awaited) <= set(services)
        for name in awaited:
            if isinstance(awaited, dict) and awaited[name]["condition"] == "service_healthy":
                assert "test" in services[name]["healthcheck"]


def test_files_that_are_mounted_are_there():
    mounts = [v for s in COMPOSE["services"].values() for v in s.get("volumes", [])]
    local = [mount.partition(":")[0] for mount in mounts if mount.startswith("./")]
    assert len(local) >= 4
    assert [path for path in local if not (DEPLOY / path).exists()] == []


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_kubernetes_takes_every_manifest(path: Path):
    for resource in yaml.safe_load_all(path.read_text(encoding="utf-8")):
        validate(resource, "1.37", strict=True)


def test_the_kustomization_names_every_manifest():
    named = read(DEPLOY / "kubernetes/kustomization.yaml")["resources"]
    assert sorted(named) == [path.name for path in MANIFESTS]


def test_both_run_the_same_commands():
    ours = {name: service["command"] for name, service in OURS.items()}
    theirs = {name: pod["containers"][0]["args"] for name, pod in deployments().items()}
    theirs["setup"] = next(
        r["spec"]["template"]["spec"]["containers"][0]["args"]
        for r in manifests()
        if r["kind"] == "Job"
    )
    assert ours == theirs
    assert set(theirs) == {*LONG_RUNNING, "setup"}


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_what_runs_on_and_on_is_a_command_of_ours(name: str):
    command, *arguments = OURS[name]["command"]
    told = oms(command, "--help")
    assert told.code == 0
    assert all(a in told.out for a in arguments if a.startswith("--"))


def test_what_is_set_is_a_setting():
    compose = {name for s in OURS.values() for name in s["environment"]}
    config = next(r["data"] for r in manifests() if r["kind"] == "ConfigMap")
    image = re.findall(r"\bOMS_\w+(?==)", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"))
    assert (compose | set(config) | set(image)) - SETTINGS == set()


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_a_process_is_looked_after_by_its_health_within_limits(name: str):
    (container,) = deployments()[name]["containers"]
    paths = {
        probe: container[probe]["httpGet"]["path"]
        for probe in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert paths == {
        "startupProbe": "/healthz",
        "livenessProbe": "/healthz",
        "readinessProbe": "/readyz",
    }
    assert container["ports"] == [{"name": "telemetry", "containerPort": PORT}]
    assert set(container["resources"]["requests"]) == {"cpu", "memory"}
    assert set(container["resources"]["limits"]) == {"cpu", "memory"}


def test_no_pod_may_do_more_than_it_must():
    for pod in pods():
        (container,) = pod["containers"]
        context = container["securityContext"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert not pod["automountServiceAccountToken"]
        assert context["readOnlyRootFilesystem"]
        assert not context["allowPrivilegeEscalation"]
        assert context["capabilities"] == {"drop": ["ALL"]}


def test_no_manifest_holds_a_secret():
    assert [r["metadata"]["name"] for r in manifests() if r["kind"] == "Secret"] == []
