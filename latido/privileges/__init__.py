"""Roles of the database: each part may do there what it needs, and no more."""
