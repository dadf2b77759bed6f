"""The page of open data: what there is to fetch, and what each indicator means, with its newest figures."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from latido.console.indicators.words import decimal, month_in_words, whole
from latido.indicators.open_data.dictionary import COLUMNS, licence_of
from latido.indicators.open_data.publication import Publication, PublishedFigure

HERE = Path(__file__).parent
UNITS = {"days": "días", "minutes": "minutos"}


def index_page(publication: Publication) -> bytes:
    """The page in Spanish, with the newest month that is published."""
    newest = publication.months[0] if publication.months else None
    figures = [each for each in publication.figures if newest and each.month == newest.name and each.commune is None]
    values = {
        "publication": publication,
        "newest": month_in_words(newest) if newest else "",
        "months": len(publication.months),
        "figures": figures,
        "licence": licence_of(publication.registry.licence),
        "columns": COLUMNS,
        "said": figure_in_words,
    }
    return _environment().get_template("open_data.html").render(values).encode()


def figure_in_words(figure: PublishedFigure) -> str:
    """One figure in words: `62,5 % de 240`, `la mitad, en 6 días o menos`, a count, or why there is none."""
    if figure.hidden:
        return "no se muestra: son pocas personas"
    if figure.of == 0:
        return "nada en el mes"
    if figure.share is not None:
        return f"{decimal(figure.share * 100)} % de {whole(figure.of or 0)}"
    if figure.median is not None and figure.p90 is not None:
        half = f"la mitad, en {decimal(figure.median)} {UNITS[figure.unit]} o menos"
        return f"{half}; nueve de cada diez, en {decimal(figure.p90)} o menos"
    return whole(figure.hits or 0)


def style() -> bytes:
    """The page's style sheet."""
    return (HERE / "open_data.css").read_bytes()


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
