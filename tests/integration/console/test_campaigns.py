"""Campaigns at the console: two people, numbers without small cells, and nothing of anybody in the bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.campaigns.desk import Desk
from latido.console.audit.tables import audit_entry
from latido.console.routes import Console, routes
from tests.integration.campaigns.conftest import Stage
from tests.integration.campaigns.conftest import bare_care as bare_care
from tests.integration.campaigns.conftest import care as care
from tests.integration.campaigns.conftest import clock as clock
from tests.integration.campaigns.conftest import fhir as fhir
from tests.integration.campaigns.conftest import reminders as reminders
from tests.integration.campaigns.conftest import stage as stage
from tests.integration.console.conftest import Visitor
from tests.integration.console.insiders import inside, works_here
from tests.serving import served

FORM = {
    "name": "Antigripal de otoño",
    "template": "campaign_flu",
    "say_day": "desde el lunes 30",
    "weeks_from": "10",
    "weeks_to": "30",
    "neighbourhoods": "barracas",
    "daily_cap": "5",
    "first_day": "2026-11-23",
    "last_day": "2026-12-10",
}


@pytest.fixture
def base(stage: Stage) -> Iterator[str]:
    care = stage.campaigns.care
    console = Console(
        care.engine, care.vault, secure_cookies=False, now=stage.clock, campaigns=Desk(lambda: stage.campaigns)
    )
    with served(Starlette(routes=[Mount("/console", routes=routes(console))])) as url:
        yield f"{url}/console"


@pytest.fixture
def ana(base: str, stage: Stage) -> Visitor:
    """She plans campaigns (agent)."""
    return inside(base, stage.campaigns.care.engine, "ana", stage.clock())


@pytest.fixture
def berta(base: str, stage: Stage) -> Visitor:
    """She approves them (supervisor)."""
    return inside(base, stage.campaigns.care.engine, "berta", stage.clock())


def posts(visitor: Visitor, path: str, form: str | None = None, **fields: str) -> Any:
    return visitor.sends(path, csrf=visitor.csrf(form or path.rsplit("/", 1)[0]), **fields)


def writes(visitor: Visitor, **fields: str) -> str:
    answer = posts(visitor, "/campaigns", "/campaigns/new", **{**FORM, **fields})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"]).removeprefix("/console")


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def actions(stage: Stage) -> list[str]:
    with stage.campaigns.care.engine.connect() as connection:
        return list(connection.execute(select(audit_entry.c.action).order_by(audit_entry.c.id)).scalars())


def test_one_writes_another_approves_and_the_worker_sends(stage: Stage, ana: Visitor, berta: Visitor) -> None:
    for number in range(12):
        stage.pregnant(f"r{number}")
    path = writes(ana)
    assert posts(ana, f"{path}/count").status_code == 303
    text = plain(ana.opens(path).text)
    assert "Cumplen lo pedido 10 a 14 Se les puede escribir 10 a 14" in text
    assert "De ellas, esperan unos días menos de 10" in text
    assert "Días que lleva, al menos 2" in text
    assert "embarazo de 10 a 30 semanas" in text
    assert "Barrio: Barracas" in text
    assert posts(ana, f"{path}/propose").status_code == 303
    assert posts(ana, f"{path}/approve").status_code == 403
    assert posts(berta, f"{path}/approve", revision="1").status_code == 303
    stage.works()
    text = plain(berta.opens(path).text)
    assert "En marcha" in text
    assert "En la lista 10 a 14 Faltan menos de 10 Enviados menos de 10" in text
    assert "La aprobó berta" in text
    assert [each for each in actions(stage) if each.startswith("campaign")] == [
        "campaign_written",
        "campaign_counted",
        "campaign_propose",
        "campaign_approve",
    ]


def test_a_supervisor_does_not_approve_her_own(berta: Visitor) -> None:
    path = writes(berta)
    posts(berta, f"{path}/propose")
    assert "Espera que la apruebe otra persona" in plain(berta.opens(path).text)
    assert f"{path}/approve" not in berta.opens(path).text
    answer = posts(berta, f"{path}/approve", revision="1")
    assert answer.status_code == 409
    assert "otra persona" in plain(answer.text)


def test_who_approves_has_read_what_is_sent(ana: Visitor, berta: Visitor) -> None:
    path = writes(ana)
    posts(ana, f"{path}/propose")
    answer = posts(berta, f"{path}/approve", revision="7")
    assert answer.status_code == 409
    assert "cambió desde que la leíste" in plain(answer.text)


def test_rejected_it_is_corrected(ana: Visitor, berta: Visitor) -> None:
    path = writes(ana)
    posts(ana, f"{path}/propose")
    assert posts(berta, f"{path}/reject", reason="Falta el horario").status_code == 303
    assert "Falta el horario" in ana.opens(path).text
    form = ana.opens(f"{path}/edit").text
    assert 'value="Barracas"' in form
    changed = posts(ana, path, f"{path}/edit", **{**FORM, "say_time": "de 8 a 16"})
    assert changed.status_code == 303
    assert "de 8 a 16" in ana.opens(path).text


def test_pause_go_on_and_cancel(stage: Stage, ana: Visitor, berta: Visitor) -> None:
    stage.pregnant("eva")
    path = writes(ana)
    posts(ana, f"{path}/propose")
    posts(berta, f"{path}/approve", revision="1")
    stage.round()
    assert posts(ana, f"{path}/pause").status_code == 303
    assert stage.messages("queued") == []
    assert posts(ana, f"{path}/resume").status_code == 403
    assert posts(berta, f"{path}/resume").status_code == 303
    assert posts(ana, f"{path}/cancel").status_code == 303
    assert posts(ana, f"{path}/pause").status_code == 409
    assert actions(stage)[-3:] == ["campaign_pause", "campaign_resume", "campaign_cancel"]


def test_a_small_segment_shows_no_number(stage: Stage, ana: Visitor) -> None:
    stage.pregnant("eva")
    path = writes(ana)
    posts(ana, f"{path}/count")
    text = plain(ana.opens(path).text)
    assert "Cumplen lo pedido menos de 10 Se les puede escribir menos de 10" in text
    assert "Días que lleva" not in text


FAULTS = (
    ({"neighbourhoods": "Narnia"}, "un barrio que no está"),
    ({"weeks_from": "30", "weeks_to": "10"}, "Las semanas"),
    ({"weeks_from": "", "weeks_to": ""}, "hacen falta semanas"),
    ({"template": "resume"}, "Elegí qué se dice"),
    ({"daily_cap": "0"}, "Mensajes por día"),
    ({"say_day": ""}, "Falta algo de lo que el mensaje dice"),
    ({"last_day": "ayer"}, "El último día"),
    ({"centers": "999"}, "CeSAC que no existe"),
)


def test_a_form_says_what_to_correct_and_loses_nothing(ana: Visitor) -> None:
    for wrong, words in FAULTS:
        answer = posts(ana, "/campaigns", "/campaigns/new", **{**FORM, **wrong})
        assert answer.status_code == 422
        assert words in plain(answer.text)
        assert "Antigripal de otoño" in answer.text


def test_both_wordings_are_shown_before_it_is_kept(ana: Visitor) -> None:
    answer = posts(ana, "/campaigns", "/campaigns/new", **{**FORM, "do": "look"})
    assert answer.status_code == 200
    assert "Hay un aviso de temporada" in answer.text
    assert "desde el lunes 30" in plain(answer.text)
    assert "Todavía no hay campañas" in ana.opens("/campaigns").text


def test_other_roles_do_not_get_in(base: str, stage: Stage, ana: Visitor) -> None:
    path = writes(ana)
    for role in ("reader", "reviewer", "approver"):
        works_here(stage.campaigns.care.engine, role, role)
        other = inside(base, stage.campaigns.care.engine, role, stage.clock())
        for page in ("/campaigns", "/campaigns/new", path, f"{path}/edit"):
            assert other.opens(page).status_code == 403
        assert "Campañas" not in other.opens("/").text
        for step in ("count", "propose", "approve", "reject", "pause", "resume", "cancel"):
            assert other.sends(f"{path}/{step}", csrf="x").status_code == 403


def test_nothing_of_anybody_in_the_bytes_and_no_step_without_its_token(stage: Stage, ana: Visitor, base: str) -> None:
    eva = stage.pregnant("eva")
    path = writes(ana, name="Para la de DNI 30.111.222, tel. 11 5123-4567")
    posts(ana, f"{path}/count")
    for page in ("/campaigns", "/campaigns/new", path):
        answer = ana.opens(page)
        assert answer.status_code == 200
        assert eva.resident not in answer.text
        assert "5491150000000" not in answer.text
        assert "30.111.222" not in answer.text
        assert "5123-4567" not in answer.text
        assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]
    assert ana.sends(f"{path}/propose").status_code == 403
    stranger = Visitor(base)
    for page in ("/campaigns", path):
        assert stranger.opens(page).status_code == 303


def test_the_page_stays_up_to_date(stage: Stage, ana: Visitor, berta: Visitor) -> None:
    path = writes(ana)
    again = re.search(r'hx-get="/console(/campaigns/[^"]+)"', ana.opens(path).text)
    assert again
    assert ana.opens(again[1], **{"HX-Request": "true"}).status_code == 204
    posts(ana, f"{path}/propose")
    fresh = berta.opens(again[1], **{"HX-Request": "true"})
    assert fresh.status_code == 200
    assert "Espera aprobación" in fresh.text


def test_what_is_not_there(ana: Visitor) -> None:
    for path in ("/campaigns/0", "/campaigns/x", "/campaigns/999"):
        assert ana.opens(path).status_code == 404
