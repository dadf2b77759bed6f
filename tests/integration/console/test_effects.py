"""The page of effects: in words for no statistician, what is unsure said as unsure, and nobody to be found in it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert

from latido.experiments.tables import arms
from tests.integration.console.conftest import Visitor
from tests.integration.console.effects_rows import EXPERIMENT, fill

LONG_AGO = datetime.now(UTC) - timedelta(days=100)


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def shown(visitor: Visitor, outcome: str) -> str:
    """What the page says of one outcome."""
    page = visitor.opens("/effects")
    assert page.status_code == 200
    return plain(page.text.split(f"<h3>{outcome} ")[1].split("<h3>")[0].split("<table")[0])


def test_before_anybody_was_told_it_says_so(reader: Visitor) -> None:
    text = plain(reader.opens("/effects").text)
    assert EXPERIMENT.title in text and EXPERIMENT.why in text and "en marcha" in text
    assert "todavía nadie tuvo todos los días" in text and "<circle" not in reader.opens("/effects").text


def test_the_outcome_that_decides_comes_first_in_words_with_its_uncertainty(reader: Visitor, engine: Engine) -> None:
    fill(engine, LONG_AGO, "a", 600, opted_out=15, booked=180, attended=120)
    fill(engine, LONG_AGO, "b", 600, opted_out=18, booked=240, attended=125)
    page = reader.opens("/effects").text
    assert re.findall(r"<h3>([^<]+) <small>", page)[0] == "Sacaron turno"
    booked = shown(reader, "Sacaron turno")
    assert "El texto de siempre: 30 de cada 100 (entre 26 y 34), de 600 personas" in booked
    assert "La variante B: 40 de cada 100 (entre 36 y 44), de 600 personas" in booked
    assert (
        "Son 10 más cada 100; pueden ser entre 4,6 y 15 más. Casi seguro es mejor (probabilidad: 99 de 100)." in booked
    )
    attended = shown(reader, "Fueron a la visita")
    assert "La diferencia puede ir de 3,7 menos a 5,4 más cada 100: todavía no se sabe." in attended
    assert "No se puede decir cuál es mejor" in attended
    assert "Probablemente no es mejor" not in shown(reader, "Pidieron no recibir más avisos")


def test_every_interval_is_drawn_and_lies_on_its_axis(reader: Visitor, engine: Engine) -> None:
    fill(engine, LONG_AGO, "a", 600, opted_out=15, booked=180, attended=120)
    fill(engine, LONG_AGO, "b", 600, opted_out=18, booked=240, attended=125)
    page = reader.opens("/effects").text
    drawn = page.split("<h3>Sacaron turno")[1].split("</svg>")[0]
    points = [float(x) for x in re.findall(r'<circle cx="([0-9.]+)"', drawn)]
    # The axis ends at 50 of a hundred: 30 and 40 lie three and four fifths along it.
    assert points == [pytest.approx(12 + 376 * 0.6, abs=0.1), pytest.approx(12 + 376 * 0.8, abs=0.1)]
    assert "style=" not in page and "<style" not in page


def test_numbers_that_could_point_at_somebody_are_not_there(reader: Visitor, engine: Engine) -> None:
    fill(engine, LONG_AGO, "a", 437, opted_out=4, booked=180)
    fill(engine, LONG_AGO, "b", 441, opted_out=30, booked=437)
    gone = shown(reader, "Pidieron no recibir más avisos")
    assert "El texto de siempre: los números son tan chicos que no se muestran" in gone
    assert "La variante B: 6,8 de cada 100" in gone and "más cada 100" not in gone, "a difference would tell the other"
    booked = shown(reader, "Sacaron turno")
    assert "La variante B: los números son tan chicos" in booked, "all but four did: these four could be found"


def test_what_was_stopped_or_proposed_is_said_on_top(reader: Visitor, engine: Engine) -> None:
    fill(engine, LONG_AGO, "a", 60, opted_out=0, booked=0)
    with engine.begin() as connection:
        row = {"experiment": EXPERIMENT.name, "arm": "b", "stopped_at": datetime.now(UTC), "stopped_why": "opted_out"}
        connection.execute(insert(arms).values(row))
    text = plain(reader.opens("/effects").text)
    assert "La variante B se detuvo sola" in text and "más personas piden no recibir avisos" in text
    with engine.begin() as connection:
        connection.execute(arms.update().values(stopped_at=None, stopped_why=None, proposed_at=datetime.now(UTC)))
    text = plain(reader.opens("/effects").text)
    assert "La variante B parece mejor." in text and "deciden dos personas" in text and "se detuvo" not in text


def test_nobody_is_named_and_the_page_wants_a_log_in(stranger: Visitor, reader: Visitor, engine: Engine) -> None:
    fill(engine, LONG_AGO, "a", 60, opted_out=20, booked=30)
    page = reader.opens("/effects").text
    assert not re.search(r"[0-9a-f]{32}", page.replace(re.search(r'value="([0-9a-f]+)"', page)[1], ""))  # type: ignore[index]
    assert stranger.opens("/effects").headers["location"].endswith("/login?next=%2Feffects")
    assert 'href="/console/effects" aria-current="page"' in page
