"""Turn the city's open-data tables into the seed files of data/places.

Run it again after the tables or data/places/corrections.yml change:

    .venv/bin/python scripts/build_places.py [FOLDER_WITH_THE_TABLES]

The folder (default: ../shared/facts) holds cesac.csv, barrios.csv, hospitals.csv and early_childhood_centres.csv.
"""

from __future__ import annotations

import csv
import math
import re
import sys
import unicodedata
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
PLACES = ROOT / "data" / "places"
Row = dict[str, str]

CREDIT = {
    "publisher": "Gobierno de la Ciudad de Buenos Aires, BA Data (data.buenosaires.gob.ar)",
    "licence": "CC-BY-2.5-AR",
}
SERVICE_CODES = {
    "Obstetricia": "obstetrics",
    "Tocoginecología": "tocogynecology",
    "Ginecología": "gynecology",
    "Pediatría": "pediatrics",
    "Medicina General": "general_medicine",
    "Medicina Familiar": "family_medicine",
    "Enfermería": "nursing",
}
# A settlement named without a spread in the table serves people some blocks around its one known point.
ASSUMED_SETTLEMENT_RADIUS_M = 500


def read(folder: Path, name: str) -> list[Row]:
    """The rows of one table."""
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def slug(text: str) -> str:
    """Lower-case ASCII words joined by hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


class Speller:
    """Gives names their accents and small particles back."""

    def __init__(self, accented: list[str]) -> None:
        self._accents = {slug(word): word for word in accented}

    def spell(self, text: str) -> str:
        """'Velez Sarsfield De La Cruz' -> 'Vélez Sarsfield de la Cruz'."""
        words = [self._accents.get(slug(word), word) if word.isalpha() else word for word in text.split()]
        return " ".join(self._particle(word, words[:index]) for index, word in enumerate(words))

    @staticmethod
    def _particle(word: str, before: list[str]) -> str:
        if before and word in ("De", "Del", "Y"):
            return word.lower()
        after_de = bool(before) and before[-1].lower() == "de"
        return word.lower() if after_de and word in ("La", "Las", "Los", "El") else word


def street(raw: str, speller: Speller) -> str:
    """'Alcorta, Amancio Av. 1402' -> 'Av. Amancio Alcorta 1402'."""
    door = re.search(r"^(.+?)\s+(\d+)$", raw.strip())
    name, number = (door.group(1), " " + door.group(2)) if door else (raw.strip(), "")
    avenue = name.endswith(" Av.")
    ordered = _surname_last(name.removesuffix(" Av."))
    return speller.spell(("Av. " if avenue else "") + ordered) + number


def _surname_last(name: str) -> str:
    parts = [part.strip() for part in name.split(",")]
    surname, rest = parts[0], parts[1:]
    if not rest:
        return surname
    given, titles = rest[0], rest[1:]
    if titles == ["De"]:
        return f"{given} De {surname}"
    return " ".join([*titles, given, surname])


def address(raw: str, speller: Speller) -> str:
    """The address as a person would say it: avenue and given names first, the settlement last."""
    tail = re.search(r"(,? ?\(.*\)|(,| -) (Barrio|CMV) .*)$", raw)
    streets = raw[: tail.start()] if tail else raw
    suffix = tail.group(0).replace(" - ", ", ") if tail else ""
    return " y ".join(street(part, speller) for part in streets.split(" y ")) + suffix


def phones(raw: str) -> list[str]:
    """Numbers as dialled from a mobile in the country: '11 2821-3615'. '4303-2634/5005' holds two."""
    found: list[str] = []
    text = re.sub(r"\(.*?\)", " ", raw)
    for piece in re.finditer(r"(?:\b1[15][ -])?\b(\d{4})[ -]?(\d{4})\b|/\s*(\d{3,4})(?![\d-])", text):
        prefix, ending, short = piece.groups()
        if short and found:
            number = found[-1][: -len(short)] + short
        elif prefix:
            number = f"11 {prefix}-{ending}"
        else:
            continue
        found.append(number)
    return list(dict.fromkeys(found))


def point(row: Row) -> dict[str, float] | None:
    """Latitude and longitude in degrees (WGS84), or None where the table has none."""
    if not row["lat"]:
        return None
    return {"latitude": float(row["lat"]), "longitude": float(row["lon"])}


def neighbourhood_names(rows: list[Row], fixes: dict[str, Any]) -> dict[str, str]:
    """The readable name of each neighbourhood, by the name in the table."""
    return {row["name"]: (fixes.get(row["name"]) or {}).get("name", row["name"]) for row in rows}


def radius_m(row: Row) -> int | None:
    """How far from its point people who give this name may live, in metres."""
    if row["area_m2"]:
        return int(round(math.sqrt(float(row["area_m2"]) / math.pi), -2))
    spread = re.search(r"within (\d+) m", row["note"])
    if spread:
        return int(spread.group(1))
    return ASSUMED_SETTLEMENT_RADIUS_M if row["lat"] else None


def neighbourhood(row: Row, fix: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """One entry of neighbourhoods.yml."""
    name = names[row["name"]]
    published = [part.strip() for part in row["alt_names"].split(";") if part.strip()]
    aliases = {slug(alias): alias for alias in [*fix.get("aliases", []), *published]}
    stand_in = fix.get("stand_in") or (None if row["lat"] else row["inside_barrio"])
    return {
        "slug": slug(name),
        "name": name,
        "kind": "official" if row["kind"] == "barrio" else "popular",
        "aliases": [alias for key, alias in aliases.items() if key != slug(name)],
        "inside": slug(names[row["inside_barrio"]]),
        "commune": int(row["comuna"]),
        "point": point(row),
        "radius_m": radius_m(row),
        "stand_in": slug(names[stand_in]) if stand_in else None,
        "block_search": fix.get("block_search"),
        "bare_name_ambiguous": bool(fix.get("bare_name_ambiguous")),
        "confidence": "unconfirmed" if "unconfirmed" in row["note"] else "published",
    }


def service_notes(services: list[str] | None) -> list[str]:
    """What a published list does not name: to be confirmed, not taken for 'none'."""
    if services is None:
        return []
    notes = [] if {"obstetrics", "tocogynecology"} & set(services) else ["obstetrics_not_listed"]
    return notes if "pediatrics" in services else [*notes, "pediatrics_not_listed"]


def center(
    row: Row, fix: dict[str, Any], places: dict[str, str], hospitals: dict[str, str], speller: Speller
) -> dict[str, Any]:
    """One entry of centers.yml."""
    services = [SERVICE_CODES[name] for name in row["services"].split(",")] if row["services"] else None
    return {
        "number": int(row["number"]),
        "name": row["name"],
        "address": fix.get("address", address(row["address"], speller)),
        "neighbourhood": slug(places[row["barrio"]]),
        "commune": int(row["comuna"]),
        "phones": phones(row["phone"]),
        **(point(row) or {}),
        "hospital": hospitals[row["hospital_area"].removeprefix("Hosp. ")],
        "services": services,
        "hours": fix.get("hours"),
        "notes": [*service_notes(services), *fix.get("notes", [])],
        "confidence": row["confidence"],
        "as_of": fix.get("as_of", "2026-08"),
        "source": fix.get("source", "open data"),
    }


def hospital(row: Row, key: str, fix: dict[str, Any], places: dict[str, str], speller: Speller) -> dict[str, Any]:
    """One entry of hospitals.yml. `maternity` is a proxy: the Civil Registry has a birth desk there."""
    switchboard, _, emergency = row["phone"].partition("Guardia:")
    paediatric = row["maternity_note"] == "paediatric hospital"
    return {
        "slug": fix["slug"],
        "name": fix.get("name", speller.spell(row["name"])),
        "short_name": fix["short_name"],
        "kind": "paediatric" if paediatric else "maternity" if key == "R. Sarda" else "general",
        "address": address(row["address"], speller),
        "neighbourhood": slug(places[row["barrio"]]),
        "commune": int(row["comuna"]),
        "phones": phones(switchboard),
        "emergency_phones": phones(emergency),
        **(point(row) or {}),
        "maternity": row["has_maternity"] == "yes",
        "notes": fix.get("notes", []),
    }


def early_childhood_centre(row: Row, places: dict[str, str], speller: Speller) -> dict[str, Any]:
    """One entry of early_childhood_centres.yml."""
    dialable = phones(row["phone"])
    odd = bool(row["phone"]) and not re.fullmatch(r"\d{4}-\d{4}( ?/ ?(\d{4}-)?\d{4})*", row["phone"])
    return {
        "slug": slug(f"{row['kind']} {row['name']}"),
        "kind": row["kind"],
        "name": row["name"],
        "address": address(row["address"], speller),
        "neighbourhood": slug(places[row["barrio"]]),
        "commune": int(row["comuna"]),
        "phones": dialable,
        "min_age_days": int(row["min_age_days"]) if row["min_age_days"] else None,
        "max_age_months": int(row["max_age_months"]) if row["max_age_months"] else None,
        **(point(row) or {}),
        "notes": ["phone_unchecked"] if odd else [],
    }


def write(name: str, as_of: str, remark: str, key: str, entries: list[dict[str, Any]]) -> None:
    """Write one seed file with its source on top."""
    head = {"source": {**CREDIT, "as_of": as_of, "corrections": "corrections.yml", "remark": remark}}
    text = "# Made by scripts/build_places.py: change data/places/corrections.yml and run it again.\n"
    text += yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=120)
    text += yaml.safe_dump({key: entries}, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)
    (PLACES / name).write_text(text, encoding="utf-8")


def hospital_keys(rows: list[Row], fixes: dict[str, Any]) -> dict[str, str]:
    """Which correction belongs to which published hospital name (its ending)."""
    return {row["name"]: next(key for key in fixes if row["name"].endswith(key)) for row in rows}


def hospital_slugs(fixes: dict[str, Any]) -> dict[str, str]:
    """The slug of a hospital by every short name the city uses for it."""
    return {name: fix["slug"] for key, fix in fixes.items() for name in [key, *fix.get("also_published_as", [])]}


def build(folder: Path) -> None:
    """Read the tables, lay the corrections over them, write the four files."""
    fixes = yaml.safe_load((PLACES / "corrections.yml").read_text(encoding="utf-8"))
    speller = Speller(fixes["accents"])
    areas = read(folder, "barrios.csv")
    names = neighbourhood_names(areas, fixes["neighbourhoods"])
    write(
        "neighbourhoods.yml",
        "2026-08",
        "points of popular names are approximate; radius_m is in metres",
        "neighbourhoods",
        [neighbourhood(row, fixes["neighbourhoods"].get(row["name"]) or {}, names) for row in areas],
    )
    slugs = hospital_slugs(fixes["hospitals"])
    write(
        "centers.yml",
        "2026-08",
        "services null means unknown; phones were not dialled; hours null means unknown",
        "centers",
        [
            center(row, fixes["centers"].get(int(row["number"])) or {}, names, slugs, speller)
            for row in read(folder, "cesac.csv")
        ],
    )
    wards = read(folder, "hospitals.csv")
    keys = hospital_keys(wards, fixes["hospitals"])
    write(
        "hospitals.yml",
        "2025-01",
        "maternity is a proxy: a birth desk of the Civil Registry inside the hospital",
        "hospitals",
        [hospital(row, keys[row["name"]], fixes["hospitals"][keys[row["name"]]], names, speller) for row in wards],
    )
    write(
        "early_childhood_centres.yml",
        "2026-08",
        "no hours and no free places are published: ask",
        "early_childhood_centres",
        [early_childhood_centre(row, names, speller) for row in read(folder, "early_childhood_centres.csv")],
    )


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "facts")
