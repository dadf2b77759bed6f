"""The documents name files, settings and commands that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from latido.cli import cli
from latido.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"""\]\((?!https?:|mailto:|#)([^)#\s]+)|src="(?!https?:)([^"]+)\"""")
VARIABLE = re.compile(r"\b((?:LATIDO|TWILIO)_[A-Z_]+[A-Z])\b")
COMMAND = re.compile(r"`latido ([a-z]+)")
# Read by the bot, the tests or the tools alone.
OTHER_VARIABLES = {
    "LATIDO_CHROMIUM",
    "LATIDO_FHIR_SCHEMA",
    "LATIDO_FUZZ_EXAMPLES",
    "LATIDO_MEDPLUM_DIR",
    "LATIDO_SHARED_DIR",
    "LATIDO_STORE_PATIENCE_SECONDS",
    "LATIDO_TEST_DATABASE_URL",
    "LATIDO_TEST_REDIS_URL",
    "LATIDO_TEST_WORKERS",
}


def names(document: Path) -> str:
    return str(document.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_every_link_leads_somewhere(document: Path) -> None:
    targets = [first or second for first, second in LINK.findall(document.read_text(encoding="utf-8"))]
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_every_setting_and_command_it_names_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    known = {str(field.validation_alias) for field in Settings.model_fields.values()} | OTHER_VARIABLES
    assert set(VARIABLE.findall(text)) - known == set()
    assert set(COMMAND.findall(text)) - set(cli.commands) == set()


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_decision_records_have_their_four_parts() -> None:
    for record in sorted((ROOT / "docs" / "adr").glob("*.md")):
        text = record.read_text(encoding="utf-8")
        missing = [part for part in ("Status:", "## Context", "## Decision", "## Consequences") if part not in text]
        assert (record.name, missing) == (record.name, [])
