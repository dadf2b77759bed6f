"""Every weakness that stays is one of today's pins, and says why it stays and what stands before it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
TOLD = yaml.safe_load((ROOT / "data" / "accepted_findings.yml").read_text(encoding="utf-8"))
PINS = dict(re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / "bot" / "requirements.lock").read_text("utf-8"), re.M))


def test_each_accepted_finding_is_of_a_pin_that_we_have():
    """One whose package was updated has to be looked at again, or removed."""
    assert {(each["package"], each["version"]) for each in TOLD["findings"]} <= set(PINS.items())


def test_each_says_what_it_is_why_it_stays_and_what_guards():
    assert date.fromisoformat(TOLD["as_of"])
    for each in TOLD["findings"]:
        assert re.fullmatch(r"(CVE-\d{4}-\d{4,}|GHSA(-\w{4}){3}|PYSEC-\d{4}-\d+)", each["id"])
        assert each["source"].startswith("https://")
        assert all(len(each[part]) > 20 for part in ("what", "reason", "guard"))


def test_the_guards_hold():
    """No Keras in the pipeline, and nothing that lets a model be sent to the bot."""
    pipeline = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    names = [each["name"] for each in [*pipeline["pipeline"], *pipeline["policies"]]]
    assert not [name for name in names if re.search(r"DIET|TED|ResponseSelector|ConveRT|LanguageModel", name)]
    parts = (ROOT / "latido" / "supervisor" / "parts.py").read_text(encoding="utf-8")
    assert "--enable-api" not in parts
    assert '"-i", "127.0.0.1"' in parts
