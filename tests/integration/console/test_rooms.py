"""The pages behind the log-in, on a real log."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.console.routes import Console, routes
from latido.console.tables import alert_resolution, operator
from latido.crypto import Vault
from latido.database import create_engine
from latido.messaging.tables import alert, message
from tests.integration.console.conftest import Visitor
from tests.integration.console.log import Log, nlu
from tests.integration.console.story import ANA, BETTY, CARLA, DORA, EVA, FLOR, GABI, tell
from tests.serving import served

LIVE = {"HX-Request": "true"}


@pytest.fixture
def told(log: Log) -> Log:
    tell(log, datetime.now(UTC))
    return log


def residents_in(text: str) -> list[str]:
    return re.findall(r'id="c-([0-9a-f]{32})"', text)


def turns_in(text: str) -> list[str]:
    return re.findall(r'<div class="bubble bubble--in" id="m-(\d+)"', text)


def test_an_empty_log_says_so(agent: Visitor) -> None:
    assert "Todavía nadie escribió" in agent.opens("/").text
    assert "No hay alertas sin ver" in agent.opens("/alerts").text


def test_the_list_goes_by_last_activity_with_what_an_operator_needs_first(agent: Visitor, told: Log) -> None:
    text = agent.opens("/").text
    expected = [told.key(one) for one in (GABI, EVA, DORA, CARLA, BETTY, ANA, FLOR)]
    assert residents_in(text) == expected
    rows = dict(zip(expected, re.split(r"<li>\s*<a", text)[1:], strict=True))
    assert "Sin responder" in rows[told.key(GABI)]
    assert "No le llegó" in rows[told.key(EVA)]
    assert "Buscar un centro" in rows[told.key(EVA)]
    assert "Signo de alarma" in rows[told.key(DORA)]
    assert "Pide una persona" in rows[told.key(DORA)]
    assert "Mensaje apartado" in rows[told.key(CARLA)]
    assert "Leído" in rows[told.key(FLOR)]
    assert "ayer" in rows[told.key(FLOR)] or re.search(r"\d+/\d+", rows[told.key(FLOR)])


def test_a_new_message_brings_its_conversation_to_the_top(agent: Visitor, told: Log) -> None:
    told.receives(FLOR, "una cosa más")
    assert residents_in(agent.opens("/").text)[0] == told.key(FLOR)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("urgent", [DORA, CARLA]), ("not_understood", [BETTY]), ("set_aside", [CARLA])],
)
def test_filters_in_the_address(agent: Visitor, told: Log, wanted: str, expected: list[str]) -> None:
    text = agent.opens(f"/?filter={wanted}").text
    assert residents_in(text) == [told.key(one) for one in expected]
    assert f'href="/console/?filter={wanted}" aria-current="true"' in text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/?filter=otro", 404),
        ("/?before=x", 400),
        ("/?before=99999999999999999999", 400),
        ("/conversations/abc", 404),
        ("/conversations/" + "0" * 32, 404),
        ("/nada", 404),
    ],
)
def test_addresses_that_lead_nowhere_say_so(agent: Visitor, path: str, status: int) -> None:
    answer = agent.opens(path)
    assert answer.status_code == status
    assert "No se pudo" in answer.text


def test_the_list_is_paged_without_gaps_or_repeats_while_messages_come_in(agent: Visitor, log: Log) -> None:
    addresses = [f"whatsapp:+54911{number:08}" for number in range(10_000_000, 10_000_067)]
    for address in addresses:
        log.receives(address, "hola")
    first = agent.opens("/").text
    older = re.search(r'href="/console(/\?before=\d+)">Ver anteriores', first)
    assert older
    log.receives("whatsapp:+5491199999999", "recién llegada")
    second = agent.opens(older[1]).text
    last = re.search(r'href="/console(/\?before=\d+)">Ver anteriores', second)
    assert last
    third = agent.opens(last[1]).text
    assert "Ver anteriores" not in third
    pages = [residents_in(one) for one in (first, second, third)]
    assert [len(one) for one in pages] == [30, 30, 7]
    assert [key for page in pages for key in page] == [log.key(address) for address in reversed(addresses)]


def test_the_thread_opens_at_its_end_and_goes_back_thirty_turns_at_a_time(agent: Visitor, log: Log) -> None:
    ids = []
    for number in range(65):
        ids.append(log.receives(ANA, f"mensaje {number}"))
        log.answers(ids[-1], [f"respuesta {number} a", f"respuesta {number} b"])
    path = f"/conversations/{log.key(ANA)}"
    seen: list[str] = []
    older: str | None = path
    while older:
        text = agent.opens(older).text
        seen = turns_in(text) + seen
        found = re.search(r'href="/console([^"]+)">↑ Ver anteriores', text)
        assert ("Ir al final" in text) == (older != path)
        older = found[1] if found else None
        assert all(f"respuesta {number} b" in text for number in (range(35, 65) if len(seen) == 30 else ()))
    assert seen == [str(one) for one in ids]


def test_one_can_follow_how_a_booking_came_about(agent: Visitor, told: Log) -> None:
    text = agent.opens(f"/conversations/{told.key(ANA)}").text
    for shown in (
        "nunca me controlé, vivo en barracas",
        "book_prenatal",
        "93 %",
        "report_pregnancy",
        "barracas",
        "action_book_prenatal",
        "5f1c2a9e-7b1d-4a57-9c35-a0b1c2d3e4f5",
        "máxima, por 20 semanas o más sin controles",
        "jue 26/11 08:30, CeSAC N° 1",
        "Entregado",
        "Leído",
        "Turno prenatal",
        "20261123-081500",
    ):
        assert shown in text


def test_trouble_is_shown_where_it_happened(agent: Visitor, told: Log) -> None:
    undelivered = agent.opens(f"/conversations/{told.key(EVA)}").text
    assert "código 63024" in undelivered
    assert "Ubicación" in undelivered
    aside = agent.opens(f"/conversations/{told.key(CARLA)}").text
    assert "Apartado después de 6 intentos" in aside
    assert "HTTP 500" in aside


def test_a_message_of_ours_that_answers_nothing_is_a_turn_too(agent: Visitor, told: Log) -> None:
    told.says(ANA, "Mañana tenés turno")
    text = agent.opens(f"/conversations/{told.key(ANA)}").text
    assert "Mañana tenés turno" in text
    assert "En cola" in text


def test_markup_in_messages_is_never_markup_in_a_page(agent: Visitor, told: Log) -> None:
    for path in ("/", f"/conversations/{told.key(BETTY)}"):
        assert "<script>alert(1)" not in agent.opens(path).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in agent.opens(f"/conversations/{told.key(BETTY)}").text
    evil = told.receives(
        BETTY,
        "<img src=x onerror=alert(2)>",
    )
    slots = {"<b>place</b>": {"<i>": "<svg onload=alert(3)>"}, "place": "</dd><script>alert(4)</script>"}
    told.answers(evil, ["<u>no</u>"], nlu=nlu("<em>x", 0.5, date="<q>"), slots=slots, actions=["<s>"], flags=["<p>"])
    told.alerts("danger", evil, "<a href=x>")
    for path in (
        "/",
        "/alerts",
        "/requests",
        "/waiting-list",
        "/overdue",
        "/effects",
        "/indicators",
        f"/conversations/{told.key(BETTY)}",
    ):
        text = agent.opens(path).text
        for tag in ("<img src=x", "<svg onload", "<script>alert", "<u>no", "<em>x", "<q>", "<s>", "<a href=x", "<i>"):
            assert tag not in text


def test_no_phone_document_name_or_exact_place_in_the_bytes_of_any_page(agent: Visitor, told: Log) -> None:
    pages = [
        "/",
        "/?filter=urgent",
        "/?filter=not_understood",
        "/alerts",
        "/requests",
        "/waiting-list",
        "/overdue",
        "/effects",
        "/indicators",
    ]
    pages += [f"/conversations/{told.key(one)}" for one in (ANA, BETTY, CARLA, DORA, EVA, FLOR, GABI)]
    # A log written before masking, or around it, must not show either.
    leaky = told.receives(ANA, "hola")
    told.marks(
        [leaky],
        text="soy 30111222, +54 9 11 5566-7710, ana@example.com",
        last_error="no pude con 30111222",
        nlu=nlu("inform", 0.9, dni="30111222", phone="1155667710", date="30111222", latitude=-34.6431),
        slots={"dni": "30111222", "other": ["1155667710", {"x": 30111222}], "patient_name": "Ana Pérez"},
    )
    told.alerts("set_aside", leaky, "30111222")
    for path in pages:
        for headers in ({}, LIVE):
            answer = agent.opens(path, **headers)
            whole = answer.content + str(answer.headers).encode()
            for secret in (
                *(b"30111222", b"30.111.222", b"5566-77", b"55667710", b"+54911", b"whatsapp:"),
                *(b"ana@example.com", "Ana Pérez".encode(), b"-34.6", b"-58.3"),
            ):
                assert secret not in whole, (path, secret)


def test_the_sealed_content_is_never_opened(agent: Visitor, told: Log, engine: Engine) -> None:
    told.marks(range(1, 50), content_sealed=b"sealed under another key")
    for path in (
        "/",
        "/alerts",
        "/requests",
        "/waiting-list",
        "/overdue",
        "/effects",
        "/indicators",
        f"/conversations/{told.key(ANA)}",
    ):
        assert agent.opens(path).status_code == 200


def test_the_urgent_queue_goes_by_gravity_and_then_by_age(agent: Visitor, told: Log) -> None:
    told.alerts("danger", told.receives(FLOR, "se me rompió la bolsa"))
    text = agent.opens("/alerts").text
    about = re.findall(r'href="/console/conversations/([0-9a-f]{32})\?at=(\d+)#m-\2"', text)
    assert [key for key, _ in about] == [told.key(one) for one in (DORA, FLOR, DORA, CARLA, EVA)]
    assert '<span aria-hidden="true">5</span>' in text
    assert "9 min" in text


def test_an_alert_leads_to_its_message_however_old(agent: Visitor, log: Log) -> None:
    first = log.receives(ANA, "estoy sangrando")
    log.alerts("danger", first)
    for number in range(80):
        log.receives(ANA, f"mensaje {number}")
    found = re.search(r'href="/console(/conversations/[^"#]+)#', agent.opens("/alerts").text)
    assert found
    text = agent.opens(found[1]).text
    assert f'id="m-{first}"' in text
    assert "mensaje 5" in text
    assert "Ir al final" in text


def test_marking_an_alert_takes_it_out_of_the_queue_and_keeps_who_did(
    agent: Visitor, told: Log, engine: Engine
) -> None:
    with engine.connect() as connection:
        first = connection.execute(select(alert.c.id).where(alert.c.kind == "danger")).scalar_one()
    path = f"/alerts/{first}/seen"
    assert agent.sends(path).status_code == 403
    assert agent.sends(path, csrf="0" * 64).status_code == 403
    assert f'action="/console{path}"' in agent.opens("/alerts").text
    answer = agent.sends(path, csrf=agent.csrf("/alerts"))
    assert answer.headers["Location"] == "/console/alerts"
    text = agent.opens("/alerts").text
    assert f'action="/console{path}"' not in text
    assert "la vio laura" in text
    assert agent.sends(path, csrf=agent.csrf("/alerts")).status_code == 303
    with engine.connect() as connection:
        resolved = connection.execute(
            select(operator.c.username).join(alert_resolution).where(alert_resolution.c.alert_id == first)
        ).all()
    assert [row.username for row in resolved] == ["laura"]
    assert agent.sends("/alerts/999/seen", csrf=agent.csrf("/alerts")).status_code == 404


def test_a_reader_reads_but_does_not_mark(reader: Visitor, told: Log, engine: Engine) -> None:
    text = reader.opens("/alerts").text
    assert "Signo de alarma" in text
    assert "Visto" not in text
    assert reader.sends("/alerts/1/seen", csrf=reader.csrf("/alerts")).status_code == 403
    with engine.connect() as connection:
        assert connection.execute(select(alert.c.id).where(alert.c.resolved_at.is_not(None))).all() == []


def test_polling_gets_the_piece_that_changed_and_nothing_when_nothing_did(agent: Visitor, told: Log) -> None:
    for path in ("/", "/alerts", f"/conversations/{told.key(ANA)}"):
        again = re.search(r'hx-get="/console([^"]+)"', agent.opens(path).text)
        assert again
        address = again[1].replace("&amp;", "&")
        assert agent.opens(address, **LIVE).status_code == 204
    told.receives(ANA, "¿sigue en pie?")
    piece = agent.opens(address, **LIVE)
    assert "¿sigue en pie?" in piece.text
    assert "<html" not in piece.text
    assert 'hx-swap-oob="true"' in piece.text


def test_polling_shows_a_tick_that_changed(agent: Visitor, told: Log, engine: Engine) -> None:
    path = f"/conversations/{told.key(DORA)}"
    again = re.search(r'hx-get="/console([^"]+)"', agent.opens(path).text)
    assert again
    with engine.connect() as connection:
        last = connection.execute(select(message.c.id).where(message.c.status == "delivered")).scalars().all()
    told.marks(last, status="read")
    assert "Leído" in agent.opens(again[1], **LIVE).text


def test_files_are_served_to_be_kept(stranger: Visitor) -> None:
    for name in ("console.css", "thread.css", "console.js", "htmx.min.js", "mark.svg"):
        answer = stranger.opens(f"/static/{name}")
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]


def test_with_the_database_away_the_page_says_so_and_the_log_holds_no_parameters(
    vault: Vault, caplog: pytest.LogCaptureFixture
) -> None:
    console = Console(create_engine("postgresql://127.0.0.1:1/none"), vault, False, lambda: datetime.now(UTC))
    with served(Starlette(routes=[Mount("/console", routes=routes(console))])) as url:
        visitor = Visitor(f"{url}/console")
        answer = visitor.logs_in("laura")
    assert answer.status_code == 503
    assert "La base de datos no responde" in answer.text
    assert "database is away" in caplog.text
    assert "laura" not in caplog.text
