"""Alembic's migrations, one line of them for all parts."""
