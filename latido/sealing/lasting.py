"""The keys that name residents: made once for a database, kept there sealed, never replaced."""

from __future__ import annotations

import base64
import json
import secrets

from sqlalchemy import Connection, Engine, Table, select
from sqlalchemy.dialects.postgresql import insert

from latido.crypto import LastingKeys, Vault
from latido.sealing.tables import lasting_key

KEY_BYTES = 32


def vault_of(engine: Engine, secret: str, replaced: tuple[str, ...] = ()) -> Vault:
    """A vault that names residents as this database does; asks it when it first has to."""
    return Vault(secret, replaced, lambda vault: kept_keys(engine, vault))


def kept_keys(engine: Engine, vault: Vault) -> LastingKeys:
    """The database's keys; one that keeps none yet was made under this secret alone, and keeps its own from now on."""
    with engine.connect() as connection:
        found = _read(connection, vault)
    return found or begin_keys(engine, vault, LastingKeys.derived(vault.secret))


def begin_keys(engine: Engine, vault: Vault, keys: LastingKeys) -> LastingKeys:
    """Keep `keys` unless there are some; returns those that are kept."""
    with engine.begin() as connection:
        row = {"id": 1, "keys_sealed": vault.seal(_packed(keys))}
        connection.execute(insert(lasting_key).values(row).on_conflict_do_nothing())
        return _read(connection, vault) or keys


def begin_empty(engine: Engine, vault: Vault, telling: tuple[Table, ...]) -> None:
    """Give a database in which no table of `telling` has a row keys of its own, that no secret can be turned into."""
    with engine.connect() as connection:
        if any(connection.execute(select(1).select_from(table).limit(1)).first() for table in telling):
            return
    begin_keys(engine, vault, LastingKeys(secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES)))


def _read(connection: Connection, vault: Vault) -> LastingKeys | None:
    sealed = connection.execute(select(lasting_key.c.keys_sealed)).scalar_one_or_none()
    if sealed is None:
        return None
    parts = json.loads(vault.open(sealed))
    return LastingKeys(base64.b64decode(parts["resident"]), base64.b64decode(parts["blind"]))


def _packed(keys: LastingKeys) -> str:
    parts = {"resident": keys.resident, "blind": keys.blind}
    return json.dumps({name: base64.b64encode(key).decode() for name, key in parts.items()})
