"""The data dictionary: what each column means, and each indicator, as a Frictionless tabular data package."""

from __future__ import annotations

from typing import Any

from latido.indicators.open_data.publication import TOTAL, Publication
from latido.indicators.registry import Indicator

LICENCES = {
    "CC BY 4.0": {
        "name": "CC-BY-4.0",
        "title": "Creative Commons Atribución 4.0 Internacional",
        "path": "https://creativecommons.org/licenses/by/4.0/deed.es",
    }
}
# name, type, title, what it means
COLUMNS = (
    ("month", "yearmonth", "Mes", "Mes calendario, hora de Buenos Aires."),
    ("indicator", "string", "Indicador", "Nombre del indicador; las definiciones están en indicators."),
    (
        "part",
        "string",
        "Parte",
        f"Qué parte se cuenta: servicio, prioridad, paso o modo de viaje; {TOTAL} es el total.",
    ),
    ("commune", "integer", "Comuna", "Comuna, de 1 a 15. Vacía: toda la ciudad."),
    ("title", "string", "Parte en palabras", "La parte y la comuna, como se leen."),
    ("unit", "string", "Unidad", "share: proporción; count: cantidad; days y minutes: mediana y percentil 90."),
    ("hidden", "boolean", "No se muestra", "Verdadero: son pocas personas, o se podrían deducir; los números faltan."),
    ("of", "integer", "De cuántos", "Denominador, o cuántas veces se midió."),
    ("hits", "integer", "Cuántos", "Numerador de una proporción, o la cantidad."),
    ("share", "number", "Proporción", "Numerador sobre denominador, entre 0 y 1."),
    ("share_low", "number", "Proporción, desde", "Extremo inferior del intervalo de Wilson al 95 %."),
    ("share_high", "number", "Proporción, hasta", "Extremo superior del intervalo de Wilson al 95 %."),
    ("median", "number", "Mediana", "En la unidad del indicador (rango más cercano)."),
    ("p90", "number", "Percentil 90", "En la unidad del indicador (rango más cercano)."),
)
NAMES = tuple(name for name, *_ in COLUMNS)
ALWAYS = frozenset(("month", "indicator", "part", "title", "unit", "hidden"))


def dictionary(publication: Publication) -> dict[str, Any]:
    """The package: its files, their columns, and the definition of every indicator that is published."""
    registry = publication.registry
    return {
        "profile": "tabular-data-package",
        "name": "latido-indicators",
        "title": "Indicadores de Latido",
        "description": "Cifras mensuales de quienes usan Latido y de lo que Latido sabe; no de toda la ciudad.",
        "version": registry.version,
        "licenses": [licence_of(registry.licence)],
        "least": registry.least,
        "months": [month.name for month in publication.months],
        "resources": [_resource(publication)],
        "indicators": [_defined(publication, each) for each in publication.indicators.values()],
    }


def licence_of(name: str) -> dict[str, str]:
    """A licence as a package names it; one that is not known by its name alone."""
    return LICENCES.get(name, {"name": name, "title": name})


def _resource(publication: Publication) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": "indicators",
        "path": "indicators.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {
            "fields": [_field(publication, *column) for column in COLUMNS],
            "primaryKey": ["month", "indicator", "title"],
            "missingValues": [""],
        },
    }


def _field(publication: Publication, name: str, kind: str, title: str, meaning: str) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": name in ALWAYS}
    if name == "indicator":
        constraints["enum"] = list(publication.indicators)
    if name.startswith("share"):
        constraints |= {"minimum": 0, "maximum": 1}
    if name == "commune":
        constraints |= {"minimum": 1, "maximum": 15}
    return {"name": name, "type": kind, "title": title, "description": meaning, "constraints": constraints}


def _defined(publication: Publication, one: Indicator) -> dict[str, Any]:
    said = {
        "title": one.title,
        "unit": one.unit,
        "numerator": one.numerator,
        "denominator": one.denominator,
        "excludes": one.excludes,
        "target": one.target,
        "better": one.good or "",
        "source": one.source,
        "owner": one.owner,
    }
    parts = dict(publication.registry.parts.get("mode" if one.by == "mode_and_commune" else one.by, {}))
    files = {"csv": f"indicators/{one.name}.csv", "json": f"indicators/{one.name}.json"}
    return {"name": one.name, **{name: value for name, value in said.items() if value}, "parts": parts, "files": files}
