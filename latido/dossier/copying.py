"""The copy a resident may ask for, written while it is read: as JSON for a machine, as a page for her."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from html import escape
from typing import Any

from sqlalchemy import Connection, LargeBinary, Row, func, select

from latido.care.rights.kept import kept_of
from latido.care.services import BUENOS_AIRES, Care
from latido.crypto import SealBroken, Vault
from latido.dossier.kinds import Kind, load_kinds
from latido.messaging.tables import message

BATCH = 200
NOTE = (
    "La historia clínica no está en este archivo: es del servicio de salud, que la guarda diez años (Ley 26.529) y da "
    "copia en 48 horas. De los turnos está lo que Latido puede leer de ahí."
)
_SEALED = "_sealed"
_HEAD = """<!doctype html>
<html lang="es-AR"><head><meta charset="utf-8"><title>Datos guardados en Latido</title>
<style>body{{font:16px/1.5 sans-serif;max-width:48em;margin:2em auto;padding:0 1em}}li{{overflow-wrap:anywhere}}
time{{color:#555}}</style></head><body>
<h1>Datos guardados en Latido</h1><p>Al {moment}. {note}</p>
"""
_DIRECTIONS = {"in": "Vos", "out": "Latido"}


def counts_of(care: Care, resident: str) -> list[tuple[Kind, int]]:
    """How many rows each table has of her, in the order of the data file."""
    kinds = load_kinds()
    with care.engine.connect() as connection:
        return [
            (kind, int(connection.execute(select(func.count()).select_from(kind.table).where(hers)).scalar_one()))
            for kind in kinds.by_name.values()
            for hers in [kinds.of(kind, resident)]
        ]


def json_copy(care: Care, resident: str) -> Iterator[str]:
    """All of it but what is left out by the data file, sealed columns opened."""
    about = {"at": _moment(care.now()), "note": NOTE, **kept_of(care, resident)}
    yield json.dumps(about, ensure_ascii=False, indent=1)[:-2] + ',\n "tables": {'
    with _snapshot(care) as connection:
        for number, (name, kind) in enumerate(load_kinds().by_name.items()):
            head = json.dumps({"words": kind.words, "when_erased": kind.erased}, ensure_ascii=False)[:-1]
            yield f'{"," if number else ""}\n  {json.dumps(name)}: {head}, "rows": ['
            yield from _rows(connection, care.vault, kind, resident)
            yield "]}"
    yield "\n }\n}\n"


def page_copy(care: Care, resident: str) -> Iterator[str]:
    """What is kept in words, all that was said, and how much of each kind there is."""
    yield _HEAD.format(moment=_in_words(care.now()), note=escape(NOTE))
    for section in kept_of(care, resident)["sections"]:
        yield f"<h2>{escape(section['title'])}</h2>\n<ul>{_items(section['lines'])}</ul>\n"
    yield "<h2>Todo lo que se guarda</h2>\n<ul>"
    yield _items([f"{kind.words}: {count}" for kind, count in counts_of(care, resident) if count])
    yield "</ul>\n<h2>La charla</h2>\n<ol>\n"
    said = select(message).where(message.c.resident == resident).order_by(message.c.id)
    with _snapshot(care) as connection:
        for rows in connection.execution_options(yield_per=BATCH).execute(said).partitions():
            yield "".join(_said(care.vault, row) for row in rows)
    yield "</ol>\n</body></html>\n"


def _rows(connection: Connection, vault: Vault, kind: Kind, resident: str) -> Iterator[str]:
    kinds = load_kinds()
    columns: Any = kinds.columns(kind)
    hers = select(*columns).where(kinds.of(kind, resident)).order_by(*kind.table.primary_key.columns)
    first = True
    for rows in connection.execution_options(yield_per=BATCH).execute(hers).partitions():
        told = ",\n   ".join(json.dumps(_opened(vault, kind, row), ensure_ascii=False, default=str) for row in rows)
        yield ("\n   " if first else ",\n   ") + told
        first = False


def _opened(vault: Vault, kind: Kind, row: Row[Any]) -> dict[str, object]:
    return {
        name.removesuffix(_SEALED): _value(vault, value, isinstance(kind.table.c[name].type, LargeBinary))
        for name, value in row._mapping.items()
    }


def _value(vault: Vault, value: Any, is_binary: bool) -> object:
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return _open(vault, bytes(value)) if is_binary and value is not None else value


def _open(vault: Vault, sealed: bytes) -> object:
    """What was sealed, as it was; what holds nothing, or is no text, says so."""
    if not sealed:
        return None
    try:
        told = vault.open(sealed)
    except SealBroken:
        return f"({len(sealed)} bytes que no se pueden leer)"
    try:
        return json.loads(told)
    except ValueError:
        return told


def _said(vault: Vault, row: Row[Any]) -> str:
    content = _open(vault, bytes(row.content_sealed))
    text = str(content.get("text") or content.get("body") or "") if isinstance(content, dict) else ""
    shown = escape(text or row.text or f"({row.kind})").replace("\n", "<br>")
    return f"<li><time>{_in_words(row.created_at)}</time> <strong>{_DIRECTIONS[row.direction]}:</strong> {shown}</li>\n"


def _items(lines: Sequence[str]) -> str:
    return "".join(f"<li>{escape(line)}</li>" for line in lines)


def _moment(moment: datetime) -> str:
    return moment.astimezone(BUENOS_AIRES).isoformat(timespec="seconds")


def _in_words(moment: datetime) -> str:
    return moment.astimezone(BUENOS_AIRES).strftime("%d/%m/%Y %H:%M")


def _snapshot(care: Care) -> Connection:
    return care.engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
