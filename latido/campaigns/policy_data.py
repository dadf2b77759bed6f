"""Reading data/campaigns/policy.yml."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import yaml

from latido.campaigns.rules.deciding import CampaignPolicy

POLICY_FILE = Path(__file__).resolve().parents[2] / "data" / "campaigns" / "policy.yml"


def load_campaign_policy(path: Path = POLICY_FILE) -> CampaignPolicy:
    """The policy; KeyError or TypeError names what is missing or wrong in the file."""
    given = yaml.safe_load(path.read_text(encoding="utf-8"))
    return CampaignPolicy(
        gap=timedelta(days=given["gap_days"]),
        reminder_gap=timedelta(days=given["reminder_gap_days"]),
        after_loss=timedelta(days=given["after_loss_days"]),
        weeks_known_within=int(given["weeks_known_within"]),
        booked_within=timedelta(days=given["booked_within_days"]),
        retry=timedelta(minutes=given["retry_minutes"]),
    )
