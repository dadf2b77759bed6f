"""The page of a resident's plan: drawn and in tables, for whoever may read, without names or numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.console.plan.drawing import LETTER, Drawing, axis_for, drawing_of
from latido.console.plan.room import _words
from latido.console.plan.source import PlanUnavailable
from latido.console.routes import Console, routes
from latido.crypto import Vault
from latido.timeline import Fate, ItemState, Timeline, VisitState, WhyNot
from tests.integration.console.conftest import Clock, Visitor
from tests.integration.console.log import Log
from tests.serving import served
from tests.unit.reminders.plan_cases import DAY, NOW, TODAY, ZONE, child, known, pregnant, visit
from tests.unit.reminders.test_timeline import row, seen

ANA = "+5491151230001"
BOOKED = visit("2026-12-03 11:00", place="CeSAC N° 15 - San Telmo, Balcarce 1150")
SAID = row(
    "prenatal-20", sent_at=NOW - 9 * DAY, read_at=NOW - 9 * DAY, answer="later", words="Hola, ¿sacamos turno? 30111222"
)


def plan_of_two() -> Timeline:
    mother = pregnant(24, since=NOW - 60 * DAY, appointments=(BOOKED,), given_name="Rosa")
    return seen(known(mother, child(date(2026, 9, 20), name="Milagros")), SAID)


class Plans:
    """What the console is given in place of the plan."""

    def __init__(self) -> None:
        self.timeline: Timeline | None = plan_of_two()

    def __call__(self, resident: str) -> Timeline:
        if self.timeline is None:
            raise PlanUnavailable("away")
        return self.timeline


@pytest.fixture
def plans() -> Plans:
    return Plans()


@pytest.fixture
def base(engine: Engine, vault: Vault, clock: Clock, plans: Plans) -> Iterator[str]:
    console = Console(engine, vault, secure_cookies=False, now=clock.now, timeline_of=plans)
    with served(Starlette(routes=[Mount("/console", routes=routes(console))])) as url:
        yield f"{url}/console"


@pytest.fixture
def address(log: Log) -> str:
    log.receives(ANA, "hola")
    return f"/conversations/{log.key(ANA)}/plan"


def test_a_reader_sees_what_is_due_what_is_booked_and_what_was_said(reader: Visitor, address: str) -> None:
    page = reader.opens(address)
    assert page.status_code == 200
    for words in (
        "Embarazo, 24 semanas",
        "Bebé, 2 meses",
        "Control de la semana 24",
        "con turno",
        "CeSAC N° 15 - San Telmo",
        "Hola, ¿sacamos turno?",
        "leído",
        "más adelante",
        "Próximo aviso",
    ):
        assert words in page.text, words


def test_neither_names_nor_numbers_stand_in_it(reader: Visitor, address: str) -> None:
    text = reader.opens(address).text
    assert "Rosa" not in text
    assert "Milagros" not in text
    assert "30111222" not in text
    assert ANA[-8:] not in text


def test_nothing_of_it_needs_a_style_or_a_script_within_the_page(reader: Visitor, address: str) -> None:
    page = reader.opens(address)
    assert "style=" not in page.text
    assert "<style" not in page.text
    assert not re.search(r"<script(?! src=)", page.text)
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]


def test_the_drawings_are_well_formed_and_say_where_the_same_is_in_words(reader: Visitor, address: str) -> None:
    drawings = re.findall(r'<svg class="plan__drawing".*?</svg>', reader.opens(address).text, re.DOTALL)
    assert len(drawings) == 2
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        assert root.get("role") == "img"
        assert "tablas de abajo" in (root[0].text or "")


def test_the_thread_leads_to_it(reader: Visitor, address: str) -> None:
    assert f'href="/console{address}"' in reader.opens(address.removesuffix("/plan")).text


def test_a_stranger_is_led_to_the_log_in_and_an_unknown_resident_is_not_found(
    stranger: Visitor, reader: Visitor, address: str
) -> None:
    assert stranger.opens(address).status_code == 303
    assert reader.opens(f"/conversations/{'0' * 32}/plan").status_code == 404


def test_while_the_health_service_is_away_it_says_so(reader: Visitor, address: str, plans: Plans) -> None:
    plans.timeline = None
    page = reader.opens(address)
    assert page.status_code == 503
    assert "no se puede leer ahora" in page.text


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"is_silent": True}, "BAJA"),
        ({"wants_reminders": False}, "No aceptó recibir avisos"),
        ({"after_loss": True, "people": ()}, "Contó una pérdida"),
        ({"people": ()}, "No hay nada para mostrar"),
    ],
)
def test_why_nothing_goes_out_is_said_above(
    reader: Visitor, address: str, plans: Plans, more: dict[str, object], words: str
) -> None:
    plans.timeline = replace(plan_of_two(), **more)  # type: ignore[arg-type]
    assert words in reader.opens(address).text


def test_what_was_said_of_a_lost_pregnancy_stands_apart(reader: Visitor, address: str, plans: Plans) -> None:
    withdrawn = row("prenatal-24", "cancelled", reason="the plan has it no more")
    plans.timeline = seen(known(), withdrawn)
    text = reader.opens(address).text
    assert "De quien ya no se habla" in text
    assert "retirado" in text
    assert "ya no hace falta" in text


def test_every_state_has_its_words() -> None:
    named = {"items": ItemState, "visits": VisitState, "fates": Fate, "why_not": WhyNot}
    for group, names in named.items():
        assert set(_words()[group]) - {"to_be_listed"} == set(names.__args__)


# Where things stand.


def drawn(timeline: Timeline) -> Drawing:
    return drawing_of(timeline.people[0], timeline.now, ZONE)


def test_things_of_one_lane_never_cover_each_other() -> None:
    for timeline in (plan_of_two(), seen(pregnant(8)), seen(child(date(2026, 9, 20)))):
        drawing = drawn(timeline)
        for one in drawing.bars:
            beside = [bar for bar in drawing.bars if bar is not one and bar.y == one.y]
            assert all(bar.x + bar.width <= one.x + 0.2 or one.x + one.width <= bar.x + 0.2 for bar in beside)


def test_every_bar_is_named_within_or_beside_it_and_no_name_covers_a_bar() -> None:
    drawing = drawn(plan_of_two())
    assert any(bar.beside for bar in drawing.bars) and any(not bar.beside for bar in drawing.bars)
    for one in drawing.bars:
        end = one.label_x + len(one.label) * LETTER
        assert one.label and one.label_x >= 0 and end <= drawing.width
        if not one.beside:
            assert one.x < one.label_x and end <= one.x + one.width
        row = [bar for bar in drawing.bars if bar is not one and bar.y == one.y]
        assert all(end <= bar.x or one.label_x >= bar.x + bar.width for bar in row)


def test_everything_lies_within_the_drawing_and_in_its_lane() -> None:
    drawing = drawn(plan_of_two())
    assert drawing.left < drawing.today < drawing.width
    assert all(drawing.left <= bar.x and bar.x + bar.width <= drawing.width for bar in drawing.bars)
    assert [lane.name for lane in drawing.lanes] == ["checkup", "study", "vaccine", "visit", "note"]
    tops = [lane.y for lane in drawing.lanes]
    assert tops == sorted(tops)
    assert drawing.height >= tops[-1] + drawing.lanes[-1].height


def test_the_axis_begins_and_ends_near_today_however_long_the_calendar() -> None:
    axis = axis_for(seen(child(date(2026, 9, 20))).people[0], TODAY, ZONE)
    assert (TODAY - axis.first).days <= 140
    assert (axis.last - TODAY).days <= 220


def test_a_person_with_nothing_but_an_appointment_is_drawn() -> None:
    timeline = seen(pregnant(24, age=None, appointments=(BOOKED,)))
    drawing = drawn(timeline)
    assert drawing.lanes[0].name == "visit"
    assert len(drawing.visits) == 1
