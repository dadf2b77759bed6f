"""`latido campaigns`: what is said where there is none."""

from __future__ import annotations

from click.testing import CliRunner

from latido.campaigns.command import campaigns_group
from tests.integration.campaigns.conftest import Stage


def test_an_empty_list_says_where_campaigns_are_made(stage: Stage) -> None:
    commands = campaigns_group(lambda: stage.campaigns)
    assert "/console/campaigns" in CliRunner().invoke(commands, ["list"]).output
    missing = CliRunner().invoke(commands, ["show", "7"])
    assert missing.exit_code == 1
    assert "there is no campaign 7" in missing.output
