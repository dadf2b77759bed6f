"""What deploy/ has Prometheus fetch is served there, and what it alarms of is told by some process."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SCRAPED = yaml.safe_load((DEPLOY / "prometheus" / "compose.yml").read_text(encoding="utf-8"))["scrape_configs"]
RULES = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
PARTS = {"web": (8000, "/metrics"), "worker": (8002, "/metrics"), "actions": (5055, "/metrics")}
PARTS["bot"] = (5005, "/webhooks/latido/metrics")
OF_PROMETHEUS = {"up"}
COOKIES = "latido_console"
SUFFIXES = re.compile(r"_(total|count|sum|bucket|info)$")


def deployment(name: str) -> dict[str, Any]:
    manifests = yaml.safe_load_all((DEPLOY / "kubernetes" / f"{name}.yaml").read_text(encoding="utf-8"))
    found: dict[str, Any] = next(one for one in manifests if one["kind"] == "Deployment")["spec"]["template"]
    return found


def told() -> set[str]:
    """Every metric that a process of ours tells, without what Prometheus adds to its name."""
    sources = [path for part in ("latido", "vitals") for path in (ROOT / part).rglob("*.py")]
    names = {name for path in sources for name in re.findall(r'"(latido_[a-z_]+)"', path.read_text(encoding="utf-8"))}
    return {SUFFIXES.sub("", name) for name in names if not name.startswith(COOKIES)}


def test_every_part_of_compose_is_fetched_where_it_answers() -> None:
    fetched = {}
    for job in SCRAPED:
        (found,) = job["dns_sd_configs"]
        assert job["authorization"] == {"credentials_file": "/run/secrets/service-token"}
        fetched[found["names"][0]] = (found["port"], job.get("metrics_path", "/metrics"))
    assert fetched == PARTS
    assert set(fetched) <= set(COMPOSE["services"])
    assert "inside" in COMPOSE["services"]["prometheus"]["networks"]
    assert COMPOSE["secrets"]["service-token"] == {"environment": "LATIDO_SERVICE_TOKEN"}


@pytest.mark.parametrize("name", PARTS)
def test_every_pod_says_where_its_numbers_are_and_drains(name: str) -> None:
    template, (port, path) = deployment(name), PARTS[name]
    said = template["metadata"]["annotations"]
    assert said == {"prometheus.io/scrape": "true", "prometheus.io/port": str(port), "prometheus.io/path": path}
    (container,) = template["spec"]["containers"]
    assert container["ports"] == [{"name": "http", "containerPort": port}]
    settings = yaml.safe_load_all((DEPLOY / "kubernetes" / "settings.yaml").read_text(encoding="utf-8"))
    (drain,) = {float(one["data"]["LATIDO_DRAIN_SECONDS"]) for one in settings}
    assert template["spec"]["terminationGracePeriodSeconds"] >= drain + 25, "it is killed before it has ended"
    ready, alive = container["readinessProbe"]["httpGet"]["path"], container["livenessProbe"]["httpGet"]["path"]
    assert ready != alive, "who leaves is not ready, and lives"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_an_alarm_is_about_a_number_that_is_told(rule: dict[str, Any]) -> None:
    named = set(re.findall(r"\b(latido_[a-z_]+|up)\b", rule["expr"]))
    assert named
    assert {SUFFIXES.sub("", name) for name in named} - OF_PROMETHEUS - told() == set()
    assert rule["for"]
    assert rule["annotations"]["summary"].endswith(".")


def test_every_number_that_is_told_is_explained() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    explained = re.findall(r"`(latido_[a-z_]+)(…?)", page)
    whole = {SUFFIXES.sub("", name) for name, more in explained if not more}
    beginnings = tuple(name for name, more in explained if more)
    assert sorted(name for name in told() if name not in whole and not name.startswith(beginnings)) == []
