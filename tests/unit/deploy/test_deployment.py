"""What deploy/ holds is valid by its tools' own schemas, keeps the bot inside, and names what exists."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from latido.cli import cli
from latido.settings import Settings

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
MANIFESTS = sorted(path for path in (DEPLOY / "kubernetes").glob("*.yaml") if path.name != "kustomization.yaml")
KUSTOMIZATION = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text(encoding="utf-8"))
KUBERNETES = "1.34"
INSIDE = ("bot", "actions")
KNOWN = {str(field.validation_alias) for field in Settings.model_fields.values()}
OF_COMPOSE = {"LATIDO_RELEASE"}
MONITORING = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}

Manifest = dict[str, Any]


def manifests() -> Iterator[Manifest]:
    for path in MANIFESTS:
        yield from yaml.safe_load_all(path.read_text(encoding="utf-8"))


def of_kind(kind: str) -> list[Manifest]:
    return [one for one in manifests() if one["kind"] == kind]


def named(kind: str, name: str) -> Manifest:
    (found,) = (one for one in of_kind(kind) if one["metadata"]["name"] == name)
    return found


PODS = {one["metadata"]["name"]: one["spec"]["template"]["spec"] for one in of_kind("Deployment") + of_kind("Job")}


@pytest.mark.parametrize("manifest", list(manifests()), ids=lambda one: f"{one['kind']}-{one['metadata']['name']}")
def test_each_manifest_is_valid(manifest: Manifest) -> None:
    kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


def test_the_judge_refuses_a_misspelt_field() -> None:
    wrong = {**named("Deployment", "web"), "sepc": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, KUBERNETES, strict=True)


def test_the_compose_file_is_valid() -> None:
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())
    jsonschema.validate(COMPOSE, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**COMPOSE, "servicse": {}}, schema)


@pytest.mark.parametrize("path", sorted(DEPLOY.glob("*.Containerfile")), ids=lambda path: path.name)
def test_the_linter_finds_nothing_in_a_container_file(path: Path) -> None:
    found = subprocess.run([Path(sys.executable).parent / "hadolint", path], capture_output=True, text=True, timeout=60)
    assert found.stdout == ""
    assert found.returncode == 0


def test_what_a_container_file_copies_is_there() -> None:
    for path in DEPLOY.glob("*.Containerfile"):
        for line in re.findall(r"^COPY (.+) \S+$", path.read_text(encoding="utf-8"), re.MULTILINE):
            assert [name for name in line.split() if not (DEPLOY.parent / name).exists()] == []


def test_every_file_is_in_the_kustomization() -> None:
    assert sorted(KUSTOMIZATION["resources"]) == [path.name for path in MANIFESTS]


@pytest.mark.parametrize("name", PODS)
def test_a_pod_may_do_little(name: str) -> None:
    pod = PODS[name]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    for container in pod["containers"]:
        own = container["securityContext"]
        assert (own["readOnlyRootFilesystem"], own["allowPrivilegeEscalation"]) == (True, False)
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert {"requests", "limits"} <= set(container["resources"])


@pytest.mark.parametrize("name", [one["metadata"]["name"] for one in of_kind("Deployment")])
def test_a_part_runs_twice_and_is_watched(name: str) -> None:
    deployment = named("Deployment", name)
    container = PODS[name]["containers"][0]
    assert deployment["spec"]["replicas"] >= 2
    assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert {"livenessProbe", "readinessProbe"} <= set(container)
    assert named("PodDisruptionBudget", name)["spec"]["selector"] == deployment["spec"]["selector"]


def test_the_bot_has_no_way_to_the_internet_nor_from_it() -> None:
    served = {
        path["backend"]["service"]["name"]
        for ingress in of_kind("Ingress")
        for rule in ingress["spec"]["rules"]
        for path in rule["http"]["paths"]
    }
    assert served == {"web"}
    callers = {"bot": "worker", "actions": "bot"}
    for name, caller in callers.items():
        policy = named("NetworkPolicy", name)["spec"]
        way_in = [each for rule in policy["ingress"] for each in rule["from"]]
        assert way_in == [{"podSelector": {"matchLabels": {"app": caller}}}, MONITORING]
        assert all("podSelector" in to for way_out in policy["egress"] for to in way_out["to"])
        assert set(COMPOSE["services"][name]["networks"]) == {"inside"}
        assert "ports" not in COMPOSE["services"][name]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert named("NetworkPolicy", "nobody")["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_the_bots_environment_knows_neither_the_database_nor_the_key() -> None:
    for name in INSIDE:
        given = {source[kind]["name"] for source in PODS[name]["containers"][0]["envFrom"] for kind in source}
        assert given == {"latido-bot"}
        assert set(COMPOSE["services"][name]["environment"]) == {
            *("LATIDO_REDIS_URL", "LATIDO_SERVICE_TOKEN", "LATIDO_ACTIONS_URL", "LATIDO_CARE_URL"),
            *("LATIDO_DRAIN_SECONDS", "OTEL_EXPORTER_OTLP_ENDPOINT"),
        }


def test_the_care_and_fhir_areas_are_not_served_outside() -> None:
    (ingress,) = of_kind("Ingress")
    paths = [path["path"] for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]]
    assert not [path for path in paths if path.startswith(("/care", "/fhir", "/metrics", "/healthz")) or path == "/"]


def test_every_variable_and_command_exists() -> None:
    texts = "\n".join(path.read_text(encoding="utf-8") for path in [*MANIFESTS, DEPLOY / "compose.yaml"])
    assert set(re.findall(r"\b(?:LATIDO|TWILIO)_[A-Z_]+[A-Z]\b", texts)) - KNOWN - OF_COMPOSE == set()
    commands = [PODS[name]["containers"][0]["args"][0] for name in ("web", "worker", "migrate")]
    commands += [COMPOSE["services"][name]["command"][0] for name in ("web", "worker", "migrate")]
    assert set(commands) - set(cli.commands) == set()
