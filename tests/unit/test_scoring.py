"""`latido dates` and `latido gestation` reach the bot's environment."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from latido.cli import cli
from latido.scoring import PROJECT

NOW = "2026-11-23T10:15:00-03:00"

pytestmark = pytest.mark.skipif(
    not (PROJECT / ".venv-bot" / "bin" / "python").exists(), reason="the bot's environment is not installed: make setup"
)


@pytest.mark.parametrize(
    ("kind", "line", "code"),
    [
        ("dates", {"text": "hoy", "now": NOW, "date": "2026-11-23"}, 0),
        ("dates", {"text": "hoy", "now": NOW, "date": "1999-01-01"}, 0),
        ("gestation", {"text": "estoy de 20 semanas", "now": NOW, "weeks_min": 20, "weeks_max": 20}, 0),
        ("gestation", {"text": "estoy de 20 semanas", "now": NOW}, 2),
    ],
)
def test_the_score_is_told_by_the_exit_code_only_when_a_line_is_unreadable(tmp_path, kind, line, code):
    file = tmp_path / "lines.jsonl"
    file.write_text(json.dumps(line), encoding="utf-8")
    assert CliRunner().invoke(cli, [kind, str(file)]).exit_code == code
