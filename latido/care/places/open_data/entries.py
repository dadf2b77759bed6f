"""Rows of the city's tables as entries of Latido's seed files, with our corrections laid over them. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from latido.care.places.open_data.spelling import Speller, address, phones, slug
from latido.care.places.open_data.tables import Row, RowFault, Table

Entry = dict[str, Any]
# A settlement named without a spread in the table serves people some blocks around its one known point.
ASSUMED_SETTLEMENT_RADIUS_M = 500
# Stands before a service that has no code of ours yet.
NO_CODE = "?"


@dataclass(frozen=True)
class Fault:
    """A row that cannot be read: file, line, what is wrong, and the key of its entry if that can be told."""

    table: str
    line: int
    what: str
    key: int | str | None


class Maker:
    """Makes entries of rows. `places` is the readable name of each neighbourhood by the name the city gives it."""

    def __init__(self, fixes: Mapping[str, Any], services: Mapping[str, str], places: Mapping[str, str]) -> None:
        self._fixes = fixes
        self._services = services
        self._speller = Speller(fixes["accents"])
        self._places = {slug(published): name for published, name in places.items()}
        self._hospitals = _hospital_slugs(fixes["hospitals"])

    def entries(self, table: Table) -> tuple[list[Entry], list[Fault]]:
        """The entries of a table, and the rows of it that cannot be read."""
        make = _MAKERS[table.kind]
        entries: list[Entry] = []
        faults: list[Fault] = []
        for line, row in table.rows:
            try:
                entries.append(make(self, row))
            except RowFault as fault:
                faults.append(Fault(table.name, line, str(fault), self._key(table.kind, row)))
        return entries, faults

    def _key(self, kind: str, row: Row) -> int | str | None:
        if kind == "centers":
            return int(row["number"]) if row["number"].isdecimal() else None
        if kind == "hospitals":
            return str(self._hospital_fix(row["name"])["slug"])
        name = (
            f"{row['kind']} {row['name']}" if kind == "early_childhood_centres" else self._places.get(slug(row["name"]))
        )
        return slug(name) if name else None

    def _hospital_fix(self, name: str) -> Entry:
        fixes = self._fixes["hospitals"]
        known = next((fixes[key] for key in fixes if name.endswith(key)), None)
        return known or {"slug": slug(name), "short_name": name}

    def neighbourhood(self, row: Row) -> Entry:
        """One entry of neighbourhoods.yml."""
        fix = self._fixes["neighbourhoods"].get(row["name"]) or {}
        name = self._place(row["name"])
        published = [part.strip() for part in row["alt_names"].split(";") if part.strip()]
        aliases = {slug(alias): alias for alias in [*fix.get("aliases", []), *published]}
        stand_in = fix.get("stand_in") or (None if row["lat"] else row["inside_barrio"])
        return {
            "slug": slug(name),
            "name": name,
            "kind": "official" if row["kind"] == "barrio" else "popular",
            "aliases": [alias for key, alias in aliases.items() if key != slug(name)],
            "inside": slug(self._place(row["inside_barrio"])),
            "commune": _whole(row, "comuna"),
            "point": _point(row) if row["lat"] else None,
            "radius_m": _radius_m(row),
            "stand_in": slug(self._place(stand_in)) if stand_in else None,
            "block_search": fix.get("block_search"),
            "bare_name_ambiguous": bool(fix.get("bare_name_ambiguous")),
            "confidence": "unconfirmed" if "unconfirmed" in row["note"] else "published",
        }

    def center(self, row: Row) -> Entry:
        """One entry of centers.yml."""
        number = _whole(row, "number")
        fix = self._fixes["centers"].get(number) or {}
        services = [self._service(name) for name in row["services"].split(",")] if row["services"] else None
        return {
            "number": number,
            "name": _given(row, "name"),
            "address": fix.get("address", address(_given(row, "address"), self._speller)),
            "neighbourhood": slug(self._place(row["barrio"])),
            "commune": _whole(row, "comuna"),
            "phones": phones(row["phone"]),
            **_point(row),
            "hospital": self._hospital_of(row["hospital_area"]),
            "services": services,
            "hours": fix.get("hours"),
            "notes": [*_service_notes(services), *fix.get("notes", [])],
            "confidence": row["confidence"] or "high",
            "as_of": fix.get("as_of", "2026-08"),
            "source": fix.get("source", "open data"),
        }

    def hospital(self, row: Row) -> Entry:
        """One entry of hospitals.yml. `maternity` is a proxy: the Civil Registry has a birth desk there."""
        name = _given(row, "name")
        fix = self._hospital_fix(name)
        switchboard, _, emergency = row["phone"].partition("Guardia:")
        paediatric = row["maternity_note"] == "paediatric hospital"
        return {
            "slug": fix["slug"],
            "name": fix.get("name", self._speller.spell(name)),
            "short_name": fix["short_name"],
            "kind": "paediatric" if paediatric else "maternity" if fix["slug"] == "sarda" else "general",
            "address": address(_given(row, "address"), self._speller),
            "neighbourhood": slug(self._place(row["barrio"])),
            "commune": _whole(row, "comuna"),
            "phones": phones(switchboard),
            "emergency_phones": phones(emergency),
            **_point(row),
            "maternity": row["has_maternity"] == "yes",
            "notes": fix.get("notes", []),
        }

    def early_childhood_centre(self, row: Row) -> Entry:
        """One entry of early_childhood_centres.yml."""
        odd = bool(row["phone"]) and not re.fullmatch(r"\d{4}-\d{4}( ?/ ?(\d{4}-)?\d{4})*", row["phone"])
        name = _without_kind(_given(row, "name"))
        return {
            "slug": slug(f"{row['kind']} {name}"),
            "kind": row["kind"],
            "name": name,
            "address": address(_given(row, "address"), self._speller),
            "neighbourhood": slug(self._place(row["barrio"])),
            "commune": _whole(row, "comuna"),
            "phones": phones(row["phone"]),
            "min_age_days": _whole(row, "min_age_days") if row["min_age_days"] else None,
            "max_age_months": _whole(row, "max_age_months") if row["max_age_months"] else None,
            **_point(row),
            "notes": ["phone_unchecked"] if odd else [],
        }

    def _place(self, published: str) -> str:
        name = self._places.get(slug(published))
        if name is None:
            raise RowFault(f"no neighbourhood is called {published!r}")
        return name

    def _hospital_of(self, published: str) -> str:
        found = self._hospitals.get(slug(published.removeprefix("Hosp. ")))
        if found is None:
            raise RowFault(f"no hospital is called {published!r}: add it to also_published_as in corrections.yml")
        return found

    def _service(self, published: str) -> str:
        return self._services.get(published.strip(), NO_CODE + published.strip())


_MAKERS: dict[str, Callable[[Maker, Row], Entry]] = {
    "centers": Maker.center,
    "hospitals": Maker.hospital,
    "early_childhood_centres": Maker.early_childhood_centre,
    "neighbourhoods": Maker.neighbourhood,
}


def place_names(published: Iterable[str], fixes: Mapping[str, Any]) -> dict[str, str]:
    """The readable name of each neighbourhood, by the name in the table."""
    return {name: (fixes["neighbourhoods"].get(name) or {}).get("name", name) for name in published}


def _hospital_slugs(fixes: Mapping[str, Any]) -> dict[str, str]:
    """The slug of a hospital by every short name the city uses for it."""
    return {slug(name): fix["slug"] for key, fix in fixes.items() for name in [key, *fix.get("also_published_as", [])]}


def _given(row: Row, column: str) -> str:
    if not row[column]:
        raise RowFault(f"{column} is empty")
    return row[column]


def _without_kind(name: str) -> str:
    """'Cedi Copello' -> 'Copello': some names repeat what the place is."""
    return re.sub(r"^(?:cpi|cedi)\s+", "", name, flags=re.IGNORECASE)


def _whole(row: Row, column: str) -> int:
    try:
        return int(row[column])
    except ValueError:
        raise RowFault(f"{column} is no whole number: {row[column]!r}") from None


def _point(row: Row) -> dict[str, float]:
    """Latitude and longitude in degrees (WGS84)."""
    try:
        point = {"latitude": float(row["lat"]), "longitude": float(row["lon"])}
    except ValueError:
        raise RowFault(f"lat and lon are no point: {row['lat']!r}, {row['lon']!r}") from None
    if not all(map(math.isfinite, point.values())):
        raise RowFault("lat and lon are no point on earth")
    return point


def _radius_m(row: Row) -> int | None:
    """How far from its point people who give this name may live, in metres."""
    if row["area_m2"]:
        return int(round(math.sqrt(_whole(row, "area_m2") / math.pi), -2))
    spread = re.search(r"within (\d+) m", row["note"])
    if spread:
        return int(spread.group(1))
    return ASSUMED_SETTLEMENT_RADIUS_M if row["lat"] else None


def _service_notes(services: list[str] | None) -> list[str]:
    """What a published list does not name: to be confirmed, not taken for 'none'."""
    if services is None:
        return []
    notes = [] if {"obstetrics", "tocogynecology"} & set(services) else ["obstetrics_not_listed"]
    return notes if "pediatrics" in services else [*notes, "pediatrics_not_listed"]
