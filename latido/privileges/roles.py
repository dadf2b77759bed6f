"""data/database_roles.yml as values, and as the SQL that makes it so. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

FILE = Path(__file__).resolve().parents[2] / "data" / "database_roles.yml"
PREFIX = "latido_"
DEEDS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}


class BadRoles(ValueError):
    """The file of roles cannot be used; the message names the table and what is wrong with it."""


@dataclass(frozen=True)
class Roles:
    """The roles' names with what each is for, and for each table the letters of what a role may do."""

    about: Mapping[str, str]
    tables: Mapping[str, Mapping[str, str]]


def load_roles(file: Path = FILE) -> Roles:
    """The roles of a file; BadRoles where a table names a role or a deed that there is not."""
    told = yaml.safe_load(file.read_text(encoding="utf-8"))
    for table, granted in told["tables"].items():
        for role, letters in granted.items():
            if role not in told["roles"] or set(letters) - set(DEEDS):
                raise BadRoles(f"{file.name}: {table}: {role}: {letters}; letters are {', '.join(DEEDS)}")
    return Roles(told["roles"], told["tables"])


def statements(roles: Roles) -> Iterator[str]:
    """The SQL that makes the roles and gives them this and nothing else; running it again changes nothing."""
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    for name in roles.about:
        role = PREFIX + name
        yield (
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') "
            f"THEN CREATE ROLE {role} NOLOGIN; END IF; END $$"
        )
        yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}"
        yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}"
        yield f"GRANT USAGE ON SCHEMA public TO {role}"
        if any("a" in granted.get(name, "") for granted in roles.tables.values()):
            yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"
    for table, granted in roles.tables.items():
        for name, letters in granted.items():
            yield f"GRANT {', '.join(DEEDS[letter] for letter in letters)} ON {table} TO {PREFIX}{name}"
