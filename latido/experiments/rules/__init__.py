"""The rules of comparing: arms, intervals, when an arm is stopped or proposed. No database, no clock, no settings."""
