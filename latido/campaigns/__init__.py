"""Campaigns: one notice to a segment of residents, approved by a second person (docs/campaigns.md)."""
