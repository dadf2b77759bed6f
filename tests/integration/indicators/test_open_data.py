"""Open data over HTTP: what is published and what is not, in the words of its own dictionary."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import Engine, insert

from latido.database import create_engine
from latido.front.pacing import Pace
from latido.indicators.open_data.files import as_csv
from latido.indicators.open_data.publication import PublishedFigure
from latido.indicators.open_data.publisher import Publisher
from latido.indicators.open_data.routes import open_data_routes
from latido.indicators.registry import load_registry
from latido.indicators.tables import figures
from latido.web import Area, create_app
from tests.serving import free_port, served

TODAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OPEN = {name: each for name, each in load_registry().indicators.items() if each.published}
CLOSED = sorted(set(load_registry().indicators) - set(OPEN))
# indicator, month, part, of, hits, median, p90
ROWS = (
    ("prenatal_five", "2026-09", "", 240, 150, None, None),
    ("prenatal_five", "2026-10", "", 5151, 3131, None, None),
    ("prenatal_five", "2026-11", "", 6161, 4141, None, None),
    ("wait_for_first", "2026-09", "", 120, None, 6.0, 18.0),
    ("wait_for_first", "2026-09", "top", 40, None, 2.0, 7.0),
    ("wait_for_first", "2026-09", "priority", 7, None, 1313.0, 1414.0),
    ("wait_for_first", "2026-09", "routine", 73, None, 9.0, 21.0),
    ("within_15_minutes", "2026-09", "walking:", 120, 84, None, None),
    ("within_15_minutes", "2026-09", "walking:4", 120, 84, None, None),
    ("conversations", "2026-09", "", 1800, 1800, None, None),
    ("danger_to_person", "2026-09", "", 50, None, 7171.0, 8181.0),
)


class Now:
    """The publisher's clock."""

    def __init__(self) -> None:
        self.moment = TODAY

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def serving() -> Iterator[Callable[..., str]]:
    """Serves open data as the web process does, among other areas."""
    opened = []

    def serve(engine: Engine, now: Callable[[], datetime] = lambda: TODAY, pace: Pace | None = None) -> str:
        area = Area("open-data", "/open-data", open_data_routes(Publisher(engine, now), pace))
        one = served(create_app([area], engine, "service-token"))
        opened.append(one)
        return f"{one.__enter__()}/open-data"

    yield serve
    for one in opened:
        one.__exit__(None, None, None)


@pytest.fixture
def base(engine: Engine, serving: Callable[..., str]) -> str:
    fill(engine)
    return serving(engine)


def fill(engine: Engine) -> None:
    names = ("indicator", "month", "part", "of", "hits", "median", "p90")
    with engine.begin() as connection:
        lines = [dict(zip(names, row, strict=True)) | {"counted_at": TODAY} for row in ROWS]
        connection.execute(insert(figures), lines)


def get(address: str, **headers: str) -> requests.Response:
    with requests.Session() as http:
        http.trust_env = False
        return http.get(address, headers=headers, timeout=30)


def rows_of(answer: requests.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8"), newline="")))


def test_the_figures_of_a_month_that_no_longer_changes_and_no_other(base: str) -> None:
    rows = rows_of(get(f"{base}/indicators.csv"))
    assert {row["month"] for row in rows} == {"2026-09"}
    (coverage,) = [row for row in rows if row["indicator"] == "prenatal_five"]
    assert (coverage["of"], coverage["hits"], coverage["share"], coverage["part"]) == ("240", "150", "0.625", "total")
    commune = next(row for row in rows if row["commune"])
    assert (commune["part"], commune["commune"], commune["title"]) == ("walking", "4", "A pie, comuna 4")


def test_what_tells_of_a_few_or_is_not_published_is_in_no_file(base: str) -> None:
    names = [f"indicators/{name}.{kind}" for name in OPEN for kind in ("csv", "json")]
    everything = b"".join(
        get(f"{base}{path}").content
        for path in ("", "/indicators.csv", "/indicators.json", "/dictionary.json", *(f"/{name}" for name in names))
    )
    for secret in (b"1313", b"1414", b"5151", b"6161", b"7171", b"8181", *(name.encode() for name in CLOSED)):
        assert secret not in everything
    rows = {row["part"]: row for row in rows_of(get(f"{base}/indicators/wait_for_first.csv"))}
    # The smallest, and the next, which could be worked out from the whole.
    assert [part for part, row in rows.items() if row["hidden"] == "true"] == ["top", "priority"]
    assert all(not rows["priority"][name] for name in ("of", "hits", "share", "median", "p90"))
    assert rows["routine"]["median"] == "9.0"


@pytest.mark.parametrize("name", [*CLOSED, "nothing", "..%2Fsettings"])
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_an_indicator_that_is_not_published_is_not_there(base: str, name: str, kind: str) -> None:
    assert get(f"{base}/indicators/{name}.{kind}").status_code == 404


READ: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "number": float,
    "string": str,
    "boolean": {"true": True, "false": False}.__getitem__,
    "yearmonth": lambda text: datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC) and text,
}


def test_every_line_is_as_the_dictionary_says(base: str) -> None:
    package = get(f"{base}/dictionary.json").json()
    assert (package["profile"], package["licenses"][0]["name"]) == ("tabular-data-package", "CC-BY-4.0")
    (resource,) = package["resources"]
    rows, schema = rows_of(get(f"{base}/{resource['path']}")), resource["schema"]
    assert list(rows[0]) == [field["name"] for field in schema["fields"]]
    for row in rows:
        for field in schema["fields"]:
            text, bounds = row[field["name"]], field["constraints"]
            assert text or not bounds["required"], (field["name"], row)
            value = READ[field["type"]](text) if text else None
            assert value is None or "enum" not in bounds or value in bounds["enum"]
            assert value is None or bounds.get("minimum", value) <= value <= bounds.get("maximum", value)
    keys = [tuple(row[name] for name in schema["primaryKey"]) for row in rows]
    assert len(keys) == len(set(keys)) == len(rows) == 8


def test_the_dictionary_defines_what_is_published_as_the_registry_does(base: str) -> None:
    defined = {each["name"]: each for each in get(f"{base}/dictionary.json").json()["indicators"]}
    assert list(defined) == list(OPEN)
    for name, one in OPEN.items():
        told = defined[name]
        assert (told["title"], told["numerator"], told["source"], told["owner"]) == (
            *(one.title, one.numerator, one.source),
            one.owner,
        )
        assert get(f"{base}/{told['files']['csv']}").status_code == 200


def in_csv(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def test_json_says_the_same_as_csv(base: str) -> None:
    told = get(f"{base}/indicators.json").json()
    assert (told["licence"], told["months"]) == ("CC BY 4.0", ["2026-09"])
    written = [{name: in_csv(value) for name, value in one.items()} for one in told["figures"]]
    assert written == rows_of(get(f"{base}/indicators.csv"))


def test_anybody_may_read_it_and_nobody_is_followed(base: str) -> None:
    for path in ("", "/indicators.csv", "/indicators.json", "/dictionary.json", "/style.css"):
        answer = get(base + path)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        assert answer.headers["cache-control"] == "public, max-age=3600"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        again = get(base + path, **{"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    kind = get(f"{base}/indicators.csv").headers
    assert kind["content-type"].startswith("text/csv; charset=utf-8") and "attachment" in kind["content-disposition"]


def test_the_page_says_what_each_figure_means(base: str) -> None:
    page = get(base).text
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "la mitad, en 6 días o menos; nueve de cada diez, en 18 o menos" in text
    assert "62,5 % de 240" in text and "septiembre de 2026" in text
    assert "Prioridad: no se muestra: son pocas personas" in text
    for one in OPEN.values():
        assert one.title in text and one.numerator in text and one.source in text
    assert "<script" not in page and "style=" not in page and "comuna 4" not in text.lower().split("las columnas")[0]
    for address in set(re.findall(r'href="/open-data([^"]*)"', page)):
        assert get(base + address).status_code == 200


def test_before_a_month_is_over_it_says_so(engine: Engine, serving: Callable[..., str]) -> None:
    base = serving(engine)
    assert "Todavía no hay ningún mes publicado" in get(base).text
    assert rows_of(get(f"{base}/indicators.csv")) == []
    assert get(f"{base}/indicators.json").json()["figures"] == []


def test_who_asks_too_often_is_told_when_to_come_back(engine: Engine, serving: Callable[..., str]) -> None:
    base = serving(engine, pace=Pace(3))
    answers = [get(f"{base}/indicators.csv") for _ in range(5)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert answers[-1].headers["cache-control"] == "no-store"


def test_the_pace_begins_anew_each_minute_and_knows_addresses_apart() -> None:
    clock = [0.0]
    pace = Pace(2, lambda: clock[0])
    assert [pace.wait_for("a"), pace.wait_for("a"), pace.wait_for("b")] == [0, 0, 0]
    clock[0] = 20.5
    assert (pace.wait_for("a"), pace.wait_for("b")) == (40, 0)
    clock[0] = 60.0
    assert pace.wait_for("a") == 0


def test_while_the_database_is_away_it_says_what_it_said_last(engine: Engine, serving: Callable[..., str]) -> None:
    nowhere = create_engine(f"postgresql+psycopg://latido:x@127.0.0.1:{free_port()}/latido", pool_size=1)
    answer = get(serving(nowhere))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    fill(engine)
    now = Now()
    publisher = Publisher(engine, now)
    said = publisher.current()
    publisher._engine = nowhere
    now.moment += timedelta(hours=1)
    assert publisher.current() == said and said.months


def test_what_is_counted_later_is_published_within_minutes(engine: Engine) -> None:
    now = Now()
    publisher = Publisher(engine, now)
    assert publisher.current().months == ()
    fill(engine)
    assert publisher.current().months == ()
    now.moment += timedelta(minutes=5)
    assert [month.name for month in publisher.current().months] == ["2026-09"]


@pytest.mark.parametrize("title", ["=1+1", "+54", "-x", "@x", "\t=1", "＝1"])
def test_no_cell_is_a_formula(title: str) -> None:
    line = PublishedFigure("2026-09", "conversations", "total", None, title, "count", hidden=False, of=12, hits=12)
    (row,) = csv.DictReader(io.StringIO(as_csv([line]).decode(), newline=""))
    assert row["title"].startswith("'")
    assert row["of"] == "12"
