"""The page of indicators: figures with their definitions, hidden where they tell of a few, each leading to its list."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import Engine

from latido.console.indicators.panels import address_of
from latido.indicators.registry import load_registry
from latido.indicators.rules.figures import Month
from tests.integration.console.conftest import Visitor
from tests.integration.console.indicator_rows import fill

REGISTRY = load_registry()
MODES = 3


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def section(page: str, name: str) -> str:
    return page.split(f'id="i-{name}"')[1].split("</section>")[0]


def test_before_anything_was_counted_it_says_so(reader: Visitor) -> None:
    text = plain(reader.opens("/indicators").text)
    assert "no se contó nada todavía" in text
    assert "<svg" not in reader.opens("/indicators").text.split("<main")[1]


@pytest.fixture
def page(reader: Visitor, engine: Engine) -> str:
    fill(engine)
    answer = reader.opens("/indicators")
    assert answer.status_code == 200
    return answer.text


def test_every_figure_stands_beside_its_definition(page: str) -> None:
    assert re.findall(r'<section class="ind" id="i-(\w+)"', page) == list(REGISTRY.indicators)
    for name, one in REGISTRY.indicators.items():
        words = plain(section(page, name)).replace("&#34;", '"')
        for said in (one.title, one.numerator, one.denominator, one.excludes, one.source, one.owner, one.target):
            assert said in words, (name, said)


def test_shares_waits_and_counts_are_said_and_drawn(page: str) -> None:
    coverage = section(page, "prenatal_five")
    assert "62,5 %" in plain(coverage) and "entre 56,2 y 68,4" in plain(coverage) and "240" in plain(coverage)
    assert '<rect class="ind__fill" width="62.5"' in coverage
    wait = section(page, "wait_for_first")
    assert "6 días" in plain(wait) and "9 de cada 10, hasta 18" in plain(wait)
    # The 90th percentile of the longest, 21 days, ends the axis at 30; nine days are three tenths of it.
    assert '<rect class="ind__fill" width="30.0"' in wait
    assert "2.412" in plain(section(page, "conversations"))
    assert "Todavía nada" in plain(section(page, "first_visit_before_13"))
    assert "Todavía no se contó" in plain(section(page, "opted_out"))


def test_a_few_are_not_shown_nor_what_they_could_be_worked_out_from(page: str) -> None:
    wait = plain(section(page, "wait_for_first"))
    assert "1313" not in page and "1414" not in page and "1.313" not in page
    assert "Prioridad No se muestra: son pocas" in wait
    assert "Primero No se muestra: son pocas" in wait, "the whole less the others would tell"
    assert "Sin prioridad 9 días" in wait
    assert "son pocas" in plain(section(page, "danger_not_seen"))


def test_the_map_shows_each_commune_and_says_the_same_in_a_table(page: str) -> None:
    reach = section(page, "within_15_minutes")
    walking = reach.split("<figcaption>A pie</figcaption>")[1].split("</figure>")[0]
    tiles = {
        commune: (shade, value)
        for shade, commune, value in re.findall(
            r'ind__tile--(\w+)">.*?ind__commune"[^>]*>(\d+)</text>\s*<text[^>]*>([^<]+)</text>', walking, re.DOTALL
        )
    }
    assert sorted(map(int, tiles)) == list(range(1, 16))
    assert tiles["4"] == ("3", "70 %")
    assert tiles["7"] == ("1", "25 %")
    assert tiles["13"] == tiles["8"] == ("hidden", "pocas")
    assert tiles["2"] == ("none", "–")
    table = reach.split("El mapa como tabla")[1]
    rows = re.findall(r'<tr><th scope="row">(\d+)</th>((?:<td>[^<]+</td>)+)</tr>', table)
    assert [int(number) for number, _ in rows] == list(range(1, 16))
    assert "<td>70 %</td><td>83 %</td><td>–</td><td>120</td>" in dict(rows)["4"]
    assert reach.count("<figcaption>") == MODES


def test_months_are_in_the_address_and_on_a_line(page: str, reader: Visitor) -> None:
    assert re.findall(r'indicators\?month=([\d-]+)"( aria-current="true")?', page) == [
        ("2026-11", ' aria-current="true"'),
        ("2026-10", ""),
    ]
    line = section(page, "prenatal_five").split("Mes a mes")[1]
    assert re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', line) == [("10.0", "53.5"), ("390.0", "48.2")]
    assert "oct 26 55 %" in plain(line) and "nov 26 62,5 %" in plain(line)
    october = reader.opens("/indicators?month=2026-10").text
    assert "55 %" in plain(section(october, "prenatal_five")) and "62,5 %" not in plain(october)
    assert "Mes a mes" not in october, "there is nothing before"
    assert "hasta ahora" not in plain(october)


@pytest.mark.parametrize(("month", "status"), [("2026-13", 404), ("x", 404), ("2020-01", 200)])
def test_a_month_that_is_none_or_was_not_counted(page: str, reader: Visitor, month: str, status: int) -> None:
    answer = reader.opens(f"/indicators?month={month}")
    assert answer.status_code == status
    assert status == 404 or "De enero de 2020 no se contó nada" in plain(answer.text)


def test_each_bar_leads_to_its_list_and_conversations_to_those_of_the_month(page: str, reader: Visitor) -> None:
    leads = {unescape(each) for each in re.findall(r'<td class="ind__drawn"><a href="/console([^"]+)"', page)}
    of_november = "since=2026-11-01&until=2026-11-30"
    assert leads >= {f"/?filter=not_understood&{of_november}", f"/?outcome=booked&{of_november}", f"/?{of_november}"}
    november = Month.named("2026-11")
    parts = {name: ["", *REGISTRY.parts.get(one.by, ())] for name, one in REGISTRY.indicators.items()}
    addresses = {address_of(REGISTRY.indicators[name], november, part) for name in parts for part in parts[name]}
    assert {"/overdue?kind=missed&service=pediatric", "/overdue?service=prenatal"} <= addresses
    for address in addresses:
        assert reader.opens(address).status_code in (200, 503), address
    assert "style=" not in page and "<style" not in page


def test_it_wants_a_log_in_and_is_in_the_header(page: str, stranger: Visitor) -> None:
    assert stranger.opens("/indicators").headers["location"].endswith("/login?next=%2Findicators")
    assert 'href="/console/indicators" aria-current="page"' in page
