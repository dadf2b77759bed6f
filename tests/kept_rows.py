"""A database as a test wants to find it: empty, or with rows that were made once and are copied back inside it."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text

from latido.schema import metadata

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_COLUMNS = """
SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = :table AND is_generated = 'NEVER'
"""
_SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"


# Ten times as quick as TRUNCATE, which makes new files for every table and index, for the few rows of a test.
_EMPTY = (
    """
DO $$ BEGIN IF EXISTS (SELECT FROM audit_entry) THEN  -- refuses to be emptied
    ALTER TABLE audit_entry DISABLE TRIGGER USER; DELETE FROM audit_entry; ALTER TABLE audit_entry ENABLE TRIGGER USER;
END IF; END $$;
"""
    + "\n".join(f'DELETE FROM "{table.name}";' for table in reversed(metadata.sorted_tables))
    + """
SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace;
"""
)


def empty(engine: Engine) -> None:
    """No row in any table, and every sequence at its beginning."""
    with engine.begin() as connection:
        connection.execute(text(_EMPTY))


class KeptRows:
    """All that stands in the tables at one moment, kept under a name; `put_back` makes those tables so again."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._schema = f"kept_{name}"
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA IF EXISTS {self._schema} CASCADE"))
            connection.execute(text(f"CREATE SCHEMA {self._schema}"))
            filled = [table for table in connection.execute(text(_TABLES)).scalars() if _has_rows(connection, table)]
            copied = [self._copy(connection, table) for table in filled]
            counted = [f"SELECT setval('\"{each}\"', {last})" for each, last in connection.execute(text(_SEQUENCES))]
        # A replica's session: each row comes as it was, without triggers, and before the rows that it points to.
        self._put_back = text(";\n".join(["SET LOCAL session_replication_role = replica", *copied, *counted]))

    def put_back(self, engine: Engine) -> None:
        """The rows of those tables and the state of every sequence, as they were."""
        with engine.begin() as connection:
            connection.execute(self._put_back)

    def _copy(self, connection: Connection, table: str) -> str:
        """Copy a table, and return what brings its rows back."""
        copy = f'{self._schema}."{table}"'
        connection.execute(text(f'CREATE TABLE {copy} AS TABLE "{table}"'))
        columns = connection.execute(text(_COLUMNS), {"table": table}).scalar_one()
        fill = f'INSERT INTO "{table}" ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {copy}'
        return f'DELETE FROM "{table}";\n{fill}'


def _has_rows(connection: Connection, table: str) -> bool:
    return bool(connection.execute(text(f'SELECT EXISTS (SELECT FROM "{table}")')).scalar_one())
