"""The pages of campaigns: written by one person, approved by another (docs/campaigns.md)."""
