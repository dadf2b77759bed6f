"""The overdue list, from a real plan: who is listed, who calls, the phone, what came of it, a booking, why she left."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest
import requests
from sqlalchemy import Engine, delete, select, update
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.care.agenda.command import import_agenda
from latido.care.booking.patients import Person
from latido.care.life_course import children
from latido.care.rights.erasing import erase
from latido.care.rights.kept import kept_of
from latido.care.rules.priority import Answers
from latido.care.services import BUENOS_AIRES
from latido.care.waiting.joining import Joining, join
from latido.console.audit.log import verify
from latido.console.audit.tables import audit_entry
from latido.console.overdue.rules import load_call_rules
from latido.console.overdue.tables import calls, claims
from latido.console.roles import ROLES, may
from latido.console.routes import Console, routes
from latido.console.tables import operator
from latido.crypto import Vault
from latido.messaging.tables import alert, resident
from latido.reminders.callers import CareForCallers
from latido.reminders.parts import Reminders
from tests.integration.care.conftest import Clock
from tests.integration.care.conftest import clock as clock
from tests.integration.console.conftest import Visitor
from tests.integration.console.insiders import inside, works_here
from tests.integration.console.log import Log
from tests.integration.reminders.conftest import Story
from tests.integration.reminders.conftest import ana as ana
from tests.integration.reminders.conftest import bare_care as bare_care
from tests.integration.reminders.conftest import care as care
from tests.integration.reminders.conftest import fhir as fhir
from tests.integration.reminders.conftest import others as others
from tests.integration.reminders.conftest import reminders as reminders
from tests.serving import served

PHONE = "+54 9 11 5000-0000"
SECRETS = (b"5000-0000", b"50000000", b"whatsapp:", b"Luz", b"30111222", "Ana Pérez".encode())
LIVE = {"HX-Request": "true"}
Enters = Callable[..., Visitor]


def is_listed(story: Story) -> Story:
    """Let the days pass until she is on the list, and give CeSAC 1 an agenda for the days after."""
    for _ in range(30):
        story.works()
        story.sends()
        rows = story.rows()
        if any(row.state == "listed" for row in rows):
            return story
        story.clock.now = min(row.due_at for row in rows if row.state == "pending" and row.due_at > story.clock.now)
    raise AssertionError("she was never listed")


def has_agenda(story: Story, service: str = "prenatal") -> None:
    day = (story.clock.now + timedelta(days=3)).date().isoformat()
    lines = f"center,service,date,from,to,minutes\n1,{service},{day},11:00,12:00,20\n"
    import_agenda(story.care.fhir, story.care.directory, lines, story.clock.now)


@pytest.fixture
def listed(ana: Story) -> Story:
    """Ana, eleven weeks pregnant when we begin, who booked nothing."""
    ana.is_pregnant(date(2026, 9, 7))
    return is_listed(ana)


@pytest.fixture
def base(engine: Engine, vault: Vault, clock: Clock, reminders: Reminders) -> Iterator[str]:
    callers = CareForCallers(lambda: reminders.care, lambda: reminders.policy)
    console = Console(engine, vault, False, clock, callers)
    with served(Starlette(routes=[Mount("/console", routes=routes(console))])) as url:
        yield f"{url}/console"


@pytest.fixture
def enters(base: str, engine: Engine, clock: Clock) -> Enters:
    def enter(name: str = "laura", role: str = "agent", known: bool = False) -> Visitor:
        if not known:
            works_here(engine, name, role)
        return inside(base, engine, name, clock())

    return enter


def path_of(story: Story, role: str = "self", service: str = "prenatal") -> str:
    return f"/overdue/{story.resident}/{role}/{service}"


def does(visitor: Visitor, path: str, step: str, **fields: str) -> requests.Response:
    page = visitor.opens(path).text
    found = re.search(r'name="token" value="([0-9a-f]{32})"', page)
    token = {"token": found[1]} if found else {}
    return visitor.sends(f"{path}/{step}", csrf=visitor.csrf(path), **(token | fields))


def audited(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        assert verify(connection).broken is None
        return list(connection.execute(select(audit_entry.c.action).order_by(audit_entry.c.id)).scalars())


def rows_in(text: str) -> list[str]:
    return re.findall(r'id="o-([0-9a-f]{32}-[^"]+)"', text)


def test_who_booked_nothing_stands_there_with_what_is_known_and_what_was_said(listed: Story, enters: Enters) -> None:
    laura = enters()
    page = laura.opens("/overdue").text
    assert rows_in(page) == [f"{listed.resident}-self-prenatal"]
    assert "semanas" in page and "Control sin turno" in page
    card = laura.opens(path_of(listed)).text
    for shown in ("Aviso para sacar turno", "Segundo aviso para sacar turno", "Todavía nadie la llamó", "La llamo yo"):
        assert shown in card
    assert f'href="/console/conversations/{listed.resident}"' in card


def test_the_order_is_class_then_weeks_then_how_long(
    listed: Story, others: Callable[[str], Story], enters: Enters
) -> None:
    beba, late = others("beba"), others("late")
    late.is_pregnant(listed.clock.now.date() - timedelta(weeks=25))
    beba.is_pregnant(listed.clock.now.date() - timedelta(weeks=33))
    is_listed(late)
    is_listed(beba)
    found = [each.split("-")[0] for each in rows_in(enters().opens("/overdue").text)]
    assert set(found) == {listed.resident, late.resident, beba.resident}
    weeks = re.findall(r"<strong>(\d+) semanas</strong>", enters("marta").opens("/overdue").text)
    assert [int(each) for each in weeks] == sorted((int(each) for each in weeks), reverse=True)
    assert found[0] == beba.resident


def test_every_filter_is_in_the_address(listed: Story, enters: Enters) -> None:
    laura = enters()
    for query in ("kind=checkup", "service=prenatal", "result=never", "since="):
        assert rows_in(laura.opens(f"/overdue?{query}").text), query
    for query in (
        "kind=missed",
        "service=pediatric",
        "since=30",
        "result=no_answer",
        "mine=1",
        "state=later",
        "center=1",
    ):
        assert not rows_in(laura.opens(f"/overdue?{query}").text), query
    assert does(laura, path_of(listed), "take").status_code == 303
    assert rows_in(laura.opens("/overdue?mine=1").text)
    for wrong in ("kind=x", "state=x", "since=-1", "commune=99999", "service=x"):
        assert laura.opens(f"/overdue?{wrong}").status_code == 400


def test_two_operators_never_call_the_same_one(listed: Story, enters: Enters, clock: Clock) -> None:
    laura, marta, path = enters(), enters("marta"), path_of(listed)
    forms = {one: (one.csrf(path), f"{number:032x}") for number, one in enumerate((laura, marta))}
    answers: dict[Visitor, int] = {}

    def takes(visitor: Visitor) -> None:
        csrf, token = forms[visitor]
        answers[visitor] = visitor.sends(f"{path}/take", csrf=csrf, token=token).status_code

    both = [threading.Thread(target=takes, args=(each,)) for each in (laura, marta)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(answers.values()) == [303, 409]
    holder = next(each for each, status in answers.items() if status == 303)
    other = marta if holder is laura else laura
    for step, fields in (("result", {"result": "no_answer"}), ("phone", {"reason": "call"}), ("take", {})):
        refused = other.sends(f"{path}/{step}", csrf=other.csrf("/overdue"), token="e" * 32, **fields)
        assert refused.status_code == 409 and "La está llamando" in refused.text
    assert "La llama" in other.opens("/overdue").text and "La tenés vos" in holder.opens("/overdue").text
    clock.now += load_call_rules().lease + timedelta(seconds=1)
    assert does(other, path, "take").status_code == 303


def test_the_phone_is_shown_once_with_a_reason_that_stands_in_the_audit(
    listed: Story, enters: Enters, engine: Engine
) -> None:
    laura, path = enters(), path_of(listed)
    assert laura.sends(f"{path}/phone", reason="call").status_code == 403
    for wrong in ({}, {"reason": "x"}, {"reason": "other", "words": "eh"}):
        refused = does(laura, path, "phone", **wrong)
        assert refused.status_code == 400 and PHONE not in refused.text
    assert "phone_revealed" not in audited(engine)
    seen = does(laura, path, "phone", reason="other", words="su DNI es 30111222, llamó hoy")
    assert seen.status_code == 200 and PHONE in seen.text
    assert seen.headers["Cache-Control"] == "no-store" and PHONE not in str(seen.headers) and "5000" not in seen.url
    again = re.search(r'hx-get="/console([^"]+)"', seen.text)
    assert again and "5000" not in again[1] and PHONE not in laura.opens(again[1], **LIVE).text
    assert PHONE not in laura.opens(path).text
    with engine.connect() as connection:
        entry = connection.execute(select(audit_entry).where(audit_entry.c.action == "phone_revealed")).one()
    assert (entry.operator, entry.subject) == ("laura", listed.resident)
    assert entry.details["reason"] == "other" and "30111222" not in str(entry.details)


def test_so_many_phones_an_hour_and_who_supervises_hears_of_it(listed: Story, enters: Enters, engine: Engine) -> None:
    laura, path = enters(), path_of(listed)
    csrf = laura.csrf(path)
    for _ in range(load_call_rules().reveals_per_hour):
        assert laura.sends(f"{path}/phone", csrf=csrf, reason="call").status_code == 200
    for _ in range(2):
        refused = laura.sends(f"{path}/phone", csrf=csrf, reason="call")
        assert refused.status_code == 429 and PHONE not in refused.text
    with engine.connect() as connection:
        assert list(connection.execute(select(alert.c.kind)).scalars()) == ["many_reveals"]
    assert audited(engine).count("reveal_refused") == 1
    assert does(enters("marta"), path, "phone", reason="call").status_code == 200


def test_no_phone_document_or_name_in_the_bytes_of_any_page(listed: Story, enters: Enters) -> None:
    children.tell(
        listed.care,
        children.Child(listed.fresh(), listed.resident, birth_date=listed.clock.now.date(), given_name="Luz"),
    )
    laura, path = enters(), path_of(listed)
    does(laura, path, "result", result="no_answer", note="atendió el 11 5000-0000, dni 30.111.222")
    pages = ("/overdue", "/overdue?state=later", path, f"{path}?offers=1&center=1", "/audit", "/alerts")
    marta = enters("marta", "supervisor")
    for page in pages:
        for headers in ({}, LIVE):
            for visitor in (laura, marta):
                answer = visitor.opens(page, **headers)
                whole = answer.content + str(answer.headers).encode()
                for secret in SECRETS:
                    assert secret not in whole, (page, secret)
    assert "[teléfono]" in laura.opens(path).text


def test_each_role_at_each_page(listed: Story, enters: Enters, engine: Engine) -> None:
    path = path_of(listed)
    visitor = enters("alguien", "reader")
    for role in ROLES:
        with engine.begin() as connection:
            connection.execute(update(operator).values(role=role))
            connection.execute(delete(claims))
        assert visitor.opens("/overdue").status_code == 200
        card = visitor.opens(path).text
        assert ("La llamo yo" in card) == may(role, "call") and ("Ver el teléfono" in card) == may(role, "reveal")
        csrf = visitor.csrf("/overdue")
        for step, right in (
            ("take", "call"),
            ("undo", "call"),
            ("phone", "reveal"),
            ("book", "call"),
            ("result", "call"),
        ):
            assert visitor.sends(f"{path}/{step}").status_code == 403
            status = visitor.sends(f"{path}/{step}", csrf=csrf, token="a" * 32).status_code
            assert (status != 403) == may(role, right), (role, step)


def test_nobody_answers_on_three_days_and_she_leaves_the_list_with_that_reason(
    listed: Story, enters: Enters, clock: Clock
) -> None:
    path = path_of(listed)
    for day in range(3):
        laura = enters(known=day > 0)
        assert rows_in(laura.opens("/overdue").text)
        assert does(laura, path, "result", result="no_answer").status_code == 303
        assert not rows_in(laura.opens("/overdue").text)
        clock.now += timedelta(hours=2)
        laura = enters(known=True)
        assert bool(rows_in(laura.opens("/overdue?state=later").text)) == (day < 2)
        clock.now += timedelta(hours=22)
    laura = enters(known=True)
    assert rows_in(laura.opens("/overdue?state=removed").text)
    assert "no atendió en tres días distintos" in laura.opens(path).text


def test_the_last_result_can_be_taken_back_for_ten_minutes_by_who_wrote_it(
    listed: Story, enters: Enters, clock: Clock, engine: Engine
) -> None:
    laura, path = enters(), path_of(listed)
    does(laura, path, "result", result="refused", reason="far")
    assert "Le queda lejos" in laura.opens(path).text and not rows_in(laura.opens("/overdue").text)
    assert does(enters("marta"), path, "undo", token="b" * 32).status_code == 409
    assert does(laura, path, "undo").status_code == 303
    assert rows_in(laura.opens("/overdue").text) and "deshecho" in laura.opens(path).text
    does(laura, path, "result", result="moved_away")
    clock.now += timedelta(minutes=11)
    assert does(laura, path, "undo", token="c" * 32).status_code == 409
    with engine.connect() as connection:
        assert list(connection.execute(select(calls.c.result).order_by(calls.c.id)).scalars()) == [
            "refused",
            "undone",
            "moved_away",
        ]
    noted = [each for each in audited(engine) if each.startswith("call_")]
    assert noted == ["call_noted", "call_undone", "call_noted"]


def test_a_form_sent_twice_is_one_call_and_one_that_lacks_something_is_none(
    listed: Story, enters: Enters, clock: Clock, engine: Engine
) -> None:
    laura, path = enters(), path_of(listed)
    soon = (clock.now.astimezone(BUENOS_AIRES) + timedelta(days=2)).replace(tzinfo=None).isoformat(timespec="minutes")
    for wrong in (
        {"result": ""},
        {"result": "refused"},
        {"result": "refused", "reason": "other"},
        {"result": "call_back", "again": "2020-01-01T10:00"},
        {"result": "call_back", "again": "mañana"},
        {"result": "loss"},
        {"result": "no_answer", "token": "x"},
    ):
        assert does(laura, path, "result", **wrong).status_code == 400, wrong
    for _ in range(2):
        done = does(laura, path, "result", result="call_back", again=soon, token="d" * 32)
        assert done.status_code == 303
    with engine.connect() as connection:
        rows = connection.execute(select(calls.c.again_at)).scalars().all()
    assert [each.astimezone(BUENOS_AIRES).replace(tzinfo=None) for each in rows] == [datetime.fromisoformat(soon)]


def test_a_loss_told_on_the_phone_stops_everything(listed: Story, enters: Enters) -> None:
    laura, path = enters(), path_of(listed)
    does(laura, path, "take")
    assert does(laura, path, "result", result="loss", sure="yes").status_code == 303
    assert listed.alerts() == ["loss"]
    listed.works()
    assert {row.state for row in listed.rows("overdue")} <= {"cancelled", "expired"}
    assert "contó una pérdida. No la llames por esto." in laura.opens(path).text
    assert not rows_in(laura.opens("/overdue").text) and not listed.messages("queued")


def test_the_death_of_a_person_silences_her_phone(listed: Story, enters: Enters) -> None:
    laura, path = enters(), path_of(listed)
    assert does(laura, path, "result", result="died", sure="yes").status_code == 303
    listed.works()
    assert "pidió no recibir recordatorios" in laura.opens(path).text
    assert listed.works(listed.clock.now + timedelta(days=30)).get("queued", 0) == 0


def test_who_says_that_she_went_leaves_the_list(listed: Story, enters: Enters) -> None:
    laura, path = enters(), path_of(listed)
    assert does(laura, path, "result", result="went").status_code == 303
    listed.works()
    assert "contó que ya fue" in laura.opens(path).text


def test_a_slot_is_booked_on_her_behalf_once_and_she_is_told(listed: Story, enters: Enters, engine: Engine) -> None:
    has_agenda(listed)
    laura, path = enters(), path_of(listed)
    assert "No sabemos dónde vive" in laura.opens(f"{path}?offers=1").text
    card = laura.opens(f"{path}?offers=1&center=1").text
    slots = re.findall(r'name="slot" value="([^"]+)"', card)
    assert len(slots) == 3
    form = {"csrf": laura.csrf(path), "token": "f" * 32, "slot": slots[0]}
    for _ in range(2):
        assert laura.sends(f"{path}/book", **form).status_code == 303
    assert len(listed.appointments()) == 1
    told = [row for row in listed.messages("queued") if row.template == "booked_by_phone"]
    assert len(told) == 1 and "mis turnos" in told[0].text
    listed.works()
    assert "ya tiene turno" in laura.opens(path).text
    assert audited(engine).count("booked_for_resident") == 1
    other = laura.sends(f"{path}/book", csrf=form["csrf"], token="9" * 32, slot=slots[1])
    assert other.status_code == 409 and "Ya tiene un turno" in other.text


def test_who_had_her_is_told_why_she_left(listed: Story, enters: Enters) -> None:
    laura, path = enters(), path_of(listed)
    does(laura, path, "take")
    listed.says_stop()
    listed.plans()
    assert "pidió no recibir recordatorios" in laura.opens("/overdue").text
    assert "ya no está en la lista" not in enters("marta").opens("/overdue").text


def test_without_a_health_service_nothing_is_lost_and_the_page_says_so(
    listed: Story, engine: Engine, vault: Vault
) -> None:
    away = listed.without_fhir().reminders
    callers = CareForCallers(lambda: away.care, lambda: away.policy)
    console = Console(engine, vault, False, listed.clock, callers)
    works_here(engine, "laura", "agent")
    with served(Starlette(routes=[Mount("/console", routes=routes(console))])) as url:
        laura, path = inside(f"{url}/console", engine, "laura", listed.clock()), path_of(listed)
        assert rows_in(laura.opens("/overdue").text)
        assert laura.opens(f"{path}?offers=1&center=1").status_code == 503
        answer = does(laura, path, "book", slot="cesac-1-prenatal-20261201T1100")
        assert answer.status_code == 503 and "no responde" in answer.text
    with engine.connect() as connection:
        assert connection.execute(select(calls)).all() == []


def test_addresses_that_name_nobody_say_so(listed: Story, enters: Enters) -> None:
    laura = enters()
    for path in (
        f"/overdue/{'0' * 32}/self/prenatal",
        "/overdue/x/self/prenatal",
        f"/overdue/{listed.resident}/mother/prenatal",
        f"/overdue/{listed.resident}/self/dental",
    ):
        assert laura.opens(path).status_code == 404


def test_she_is_told_that_she_was_called_and_when(listed: Story, enters: Enters) -> None:
    def told() -> list[str]:
        sections = kept_of(listed.care, listed.resident)["sections"]
        return [line for each in sections if each["title"] == "Llamados" for line in each["lines"]]

    laura, path = enters(), path_of(listed)
    assert told() == []
    does(laura, path, "result", result="no_answer", note="vive lejos")
    [line] = told()
    assert ": 1, la última el 6 de diciembre de 2026." in line and "vive lejos" not in line
    does(laura, path, "undo")
    assert told() == [], "what was noted by mistake is no call"
    erase(listed.care, listed.resident, listed.fresh())
    assert told() == []


def test_who_asks_to_be_forgotten_is_forgotten_here_too(listed: Story, enters: Enters, engine: Engine) -> None:
    laura, path = enters(), path_of(listed)
    does(laura, path, "result", result="no_answer", note="vive lejos")
    does(laura, path, "take")
    erase(listed.care, listed.resident, listed.fresh())
    with engine.connect() as connection:
        assert connection.execute(select(calls)).all() == connection.execute(select(claims)).all() == []
        assert connection.execute(select(resident.c.key)).all()


def test_a_phone_can_be_seen_from_a_conversation_by_the_same_rules(
    listed: Story, enters: Enters, engine: Engine, vault: Vault
) -> None:
    Log(engine, vault).receives("whatsapp:+5491155670101", "llámenme, por favor")
    path = f"/conversations/{vault.resident_key('whatsapp:+5491155670101')}"
    laura = enters()
    assert f'href="/console{path}/phone"' in laura.opens(path).text
    assert laura.sends(f"{path}/phone", reason="call").status_code == 403
    csrf = laura.csrf(f"{path}/phone")
    assert laura.sends(f"{path}/phone", csrf=csrf, reason="").status_code == 400
    seen = laura.sends(f"{path}/phone", csrf=csrf, reason="called_us")
    assert "+54 9 11 5567-0101" in seen.text and seen.headers["Cache-Control"] == "no-store"
    assert "5567-0101" not in laura.opens(f"{path}/phone").text
    assert audited(engine)[-1] == "phone_revealed"
    pablo = enters("pablo", "reader")
    assert "Ver el teléfono" not in pablo.opens(path).text
    assert pablo.opens(f"{path}/phone").status_code == 403
    assert pablo.sends(f"{path}/phone", csrf=pablo.csrf("/"), reason="call").status_code == 403


def test_what_she_answered_while_she_waited_counts_for_her_place(
    listed: Story, others: Callable[[str], Story], enters: Enters
) -> None:
    beba = others("beba")
    beba.is_pregnant(listed.clock.now.date() - timedelta(weeks=33))
    is_listed(beba)
    told = Answers(prior_checkups="none", age_band="under_15")
    join(listed.care, Joining(listed.fresh(), listed.resident, "prenatal", Person("self"), None, 1, None, told))
    page = enters().opens("/overdue").text
    assert [each.split("-")[0] for each in rows_in(page)] == [listed.resident, beba.resident]
