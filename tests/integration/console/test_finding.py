"""Finding conversations: filters in the address, free text, and an index that follows the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, insert, select, text, update

from latido.console.finding import index
from latido.console.finding.search import near_words
from latido.console.finding.tables import days, known_words, stale
from latido.console.review.tables import review
from latido.console.showing import BUENOS_AIRES
from latido.crypto import Vault
from latido.database import create_engine, migrate
from latido.messaging.erasing import forget_log
from latido.messaging.tables import message
from latido.reminders.tables import reminder
from tests.integration.console.conftest import Visitor
from tests.integration.console.log import Log, nlu
from tests.integration.console.story import ANA, BETTY, CARLA, DORA, EVA, FLOR, GABI, tell
from tests.integration.console.test_rooms import residents_in


@pytest.fixture
def told(log: Log) -> Log:
    tell(log, datetime.now(UTC))
    return log


FOUND = (
    ("journey=prenatal_form", [ANA]),
    ("outcome=booked", [ANA]),
    ("journey=prenatal_form&outcome=booked", [ANA]),
    ("journey=consent_form&outcome=booked", []),
    ("outcome=left", [EVA]),
    ("journey=place_form&step=unknown", [EVA]),
    ("outcome=error", [EVA, CARLA]),
    ("intent=danger_sign", [DORA]),
    ("intent=affirm&sure_from=100", [ANA]),
    ("intent=affirm&sure_to=80", []),
    ("sure_from=0&sure_to=50", [BETTY]),
    ("filter=danger", [DORA]),
    ("filter=urgent&intent=ask_human", [DORA]),
    ("filter=not_understood&q=onda", [BETTY]),
    ("filter=not_understood&q=turno", []),
    ("reminder=yes", []),
    ("model=20261123-081500&intent=thank", [FLOR]),
    ("model=another", []),
    ("q=controle", [CARLA, ANA]),
    ("q=EMBARAZADA+control%C3%A9", [ANA]),
    ("q=envarasada", [ANA]),
    ("q=barrcas", [GABI, ANA]),
    ("q=embarazada+sangrando", []),
    ("q=%27+%7C+%21", []),
    ("tag=seguimiento", []),
    ("review=pending", []),
)


def found(visitor: Visitor, log: Log, query: str) -> list[str]:
    """The addresses of the residents a filter finds, in the order of the list."""
    names = {log.key(one): one for one in (ANA, BETTY, CARLA, DORA, EVA, FLOR, GABI)}
    answer = visitor.opens(f"/?{query}")
    assert answer.status_code == 200, answer.text[:200]
    return [names[key] for key in residents_in(answer.text)]


def test_every_filter_finds_its_conversations_and_no_others(agent: Visitor, told: Log) -> None:
    assert {query: found(agent, told, query) for query, _ in FOUND} == dict(FOUND)


def test_conversations_of_messages_in_review_are_found_by_their_state(
    agent: Visitor, told: Log, engine: Engine
) -> None:
    theirs = select(message.c.id).where(message.c.resident == told.key(ANA), message.c.direction == "in").limit(1)
    with engine.begin() as connection:
        row = {"message_id": connection.execute(theirs).scalar_one(), "reason": "random", "rank": 5}
        connection.execute(insert(review).values(**row, predicted_entities=[]))
    assert found(agent, told, "review=new") == [ANA]
    assert found(agent, told, "review=new&intent=thank") == []
    assert found(agent, told, "review=discarded") == []


def reminded(log: Log, address: str, at: datetime, status: str, **outcome: str) -> None:
    """A reminder that was sent, how far it came, and what followed it."""
    log.receives(address, "hola", at=at - timedelta(days=30))
    log.says(address, "Tenés un turno")
    kinds = {"role": "self", "group_key": "g", "kind": "appointment", "name": "confirm", "service": "prenatal"}
    told = {"template": "appointment_confirm", "variables_sealed": b"", "codes": [], "state": "sent", "key": f"k{at}"}
    moments = dict.fromkeys(("due_at", "not_after", "created_at", "changed_at"), at)
    with log.engine.begin() as connection:
        said = select(func.max(message.c.id)).where(message.c.resident == log.key(address)).scalar_subquery()
        row = {"resident": log.key(address), "message_id": said, **kinds, **told, **moments, **outcome}
        made = connection.execute(insert(reminder).values(row).returning(reminder.c.id, reminder.c.message_id)).one()
        values = {"reminder_id": made.id, "status": status, "created_at": at}
        connection.execute(update(message).where(message.c.id == made.message_id).values(values))


def test_reminders_are_found_by_what_became_of_them(agent: Visitor, log: Log) -> None:
    at = datetime(2026, 3, 9, 12, tzinfo=BUENOS_AIRES)
    reminded(log, ANA, at, "read", answer="confirm", cleared_by="visit")
    reminded(log, BETTY, at + timedelta(days=1), "delivered", answer="confirm")
    reminded(log, CARLA, at + timedelta(days=2), "sent")
    wanted = {
        "yes": [CARLA, BETTY, ANA],
        "delivered": [BETTY, ANA],
        "read": [ANA],
        "answered": [BETTY, ANA],
        "attended": [ANA],
    }
    assert {step: found(agent, log, f"reminder={step}") for step in wanted} == wanted
    assert found(agent, log, "reminder=answered&since=2026-03-10&until=2026-03-10") == [BETTY]
    assert found(agent, log, "reminder=attended&since=2026-03-10") == []


def test_a_filter_that_does_not_exist_is_said(agent: Visitor, told: Log) -> None:
    wrong = (
        "outcome=x",
        "since=ayer",
        "sure_from=a",
        "filter=x",
        "intent=%27%3Bdrop",
        "reminder=no",
        "priority=urgent",
        "tag=%3Cb%3E",
        "review=maybe",
    )
    for query in wrong:
        answer = agent.opens(f"/?{query}")
        assert answer.status_code == 404, query
        assert "Ese filtro no existe" in answer.text


def test_days_are_those_of_buenos_aires(agent: Visitor, log: Log) -> None:
    late = datetime(2026, 3, 9, 23, 30, tzinfo=BUENOS_AIRES)
    log.answers(log.receives(ANA, "hola", at=late), ["hola"], late)
    log.receives(BETTY, "hola", at=late + timedelta(hours=1))
    assert found(agent, log, "since=2026-03-09&until=2026-03-09") == [ANA]
    assert found(agent, log, "since=2026-03-10") == [BETTY]
    assert found(agent, log, "until=2026-03-10") == [BETTY, ANA]
    assert found(agent, log, "since=2026-03-11") == []


def test_what_is_asked_for_has_to_be_true_of_one_same_day(agent: Visitor, log: Log) -> None:
    first = datetime(2026, 3, 9, 12, tzinfo=BUENOS_AIRES)
    log.answers(log.receives(ANA, "hola", at=first), ["…"], first, nlu=nlu("thank", 0.9))
    second = first + timedelta(days=3)
    log.answers(log.receives(ANA, "nada", at=second), ["…"], second, nlu=nlu("greet", 0.4))
    assert found(agent, log, "intent=thank&since=2026-03-09&until=2026-03-09") == [ANA]
    assert found(agent, log, "intent=greet&until=2026-03-10") == []
    assert found(agent, log, "intent=thank&q=nada") == []


def test_chips_say_what_is_on_and_take_it_off(agent: Visitor, told: Log) -> None:
    page = agent.opens("/?q=barracas&outcome=booked&since=2026-01-01&sure_from=30").text
    assert "Cómo terminó: sacó un turno" in page
    assert "desde 01/01/2026" in page
    assert "Confianza: 30 a 100 %" in page
    assert 'href="/console/?q=barracas&amp;since=2026-01-01&amp;sure_from=30"' in page
    assert "1 conversación" in page
    assert 'value="barracas"' in page


def test_the_filter_holds_on_older_pages_and_while_polling(agent: Visitor, log: Log) -> None:
    for number in range(10_000_000, 10_000_040):
        log.receives(f"whatsapp:+54911{number:08}", "quiero un turno")
    index.catch_up(log.engine)
    text_of_page = agent.opens("/?q=turno").text
    assert "40 conversaciones" in text_of_page
    assert "/?q=turno&amp;before=" in text_of_page
    assert "/?q=turno&amp;seen=" in text_of_page


def test_each_line_shows_the_message_that_was_found_and_leads_to_it(agent: Visitor, log: Log) -> None:
    log.receives(ANA, "hola, buen día")
    sought = log.receives(ANA, "necesito un TRUNO <b>ya</b>, mi DNI es 30111222")
    log.answers(sought, ["Te muestro los turnos."])
    log.receives(ANA, "gracias")
    index.catch_up(log.engine)
    page = agent.opens("/?q=turno").text
    assert "un <mark>TRUNO</mark> &lt;b&gt;ya&lt;/b&gt;, mi" in page
    assert f'href="/console/conversations/{log.key(ANA)}?at={sought}#m-{sought}"' in page
    assert "30111222" not in page and ">gracias</span>" not in page
    assert agent.opens(f"/conversations/{log.key(ANA)}?at={sought}").text.count(f'id="m-{sought}"') == 1
    plain = agent.opens("/").text
    assert ">gracias</span>" in plain and "<mark>" not in plain


def test_the_index_follows_the_log_and_can_be_made_anew(told: Log, engine: Engine) -> None:
    assert index.catch_up(engine) > 0
    with engine.connect() as connection:
        before = connection.execute(select(days).order_by(days.c.resident, days.c.day)).all()
        assert connection.execute(select(stale)).all() == []
    assert len(before) >= 7
    assert index.reindex(engine) == len(before)
    with engine.connect() as connection:
        assert connection.execute(select(days).order_by(days.c.resident, days.c.day)).all() == before


def test_a_delivery_that_says_nothing_new_leaves_the_index_alone(told: Log, engine: Engine) -> None:
    index.catch_up(engine)
    with engine.begin() as connection:
        connection.execute(update(message).where(message.c.direction == "out").values(status="read", attempts=3))
        assert connection.execute(select(stale)).all() == []


def test_a_day_that_changes_while_it_is_read_is_read_again(
    told: Log, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.catch_up(engine)
    told.receives(ANA, "una palabra")
    read = index._read

    def read_and_hear(connection: Connection, wanted: Sequence[index.Day]) -> Mapping[index.Day, Any]:
        found = read(connection, wanted)
        told.receives(ANA, "otra palabra inconfundible")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(index, "_read", read_and_hear)
        index.refresh(engine)
    with engine.connect() as connection:
        assert connection.execute(select(stale.c.resident)).scalars().all() == [told.key(ANA)]
    index.catch_up(engine)
    with engine.connect() as connection:
        assert "inconfundible" in near_words(connection, "imconfundible")


def test_one_worker_at_a_time_makes_the_index_and_the_others_do_not_wait(told: Log, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(index.LOCK)))
        assert index.refresh(engine) == 0
    assert index.refresh(engine) > 0


def test_who_is_forgotten_is_found_by_nothing_and_her_words_are_known_no_more(
    agent: Visitor, told: Log, engine: Engine, vault: Vault
) -> None:
    told.receives(BETTY, "embarazada")
    told.receives(ANA, "mi nombre es Ermenegilda")
    index.catch_up(engine)
    assert found(agent, told, "q=ermenegilda") == [ANA]
    with engine.begin() as connection:
        connection.execute(update(message).where(message.c.state == "received").values(state="answered"))
        connection.execute(update(message).where(message.c.state == "queued").values(state="handed_over"))
        forget_log(connection, vault, told.key(ANA))
        hers = days.c.resident == told.key(ANA)
        assert connection.execute(select(days).where(hers)).all() == []
    index.catch_up(engine)
    with engine.connect() as connection:
        words = set(connection.execute(select(known_words.c.word)).scalars())
        held = connection.execute(select(days.c.words).where(days.c.resident == told.key(ANA))).scalars().all()
    assert "embarazada" in words
    assert "ermenegilda" not in words
    assert set(held) <= {""}
    assert found(agent, told, "q=ermenegilda") == []


def test_migrations_and_declared_tables_make_the_same_triggers(fresh_database: str, engine: Engine) -> None:
    migrate(fresh_database)
    made = create_engine(fresh_database, pool_size=1)
    sources = text("SELECT proname, prosrc FROM pg_proc WHERE proname LIKE 'conversation%' ORDER BY 1")
    triggers = text("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname LIKE 'conversation%' ORDER BY 1")
    for question in (sources, triggers):
        with made.connect() as migrated, engine.connect() as declared:
            assert migrated.execute(question).all() == declared.execute(question).all() != []
    made.dispose()


def saves(visitor: Visitor, **fields: str) -> str:
    """Keep a view by its form; the address it leads to, or the words of the refusal."""
    answer = visitor.sends("/views", csrf=visitor.csrf("/?outcome=booked"), **fields)
    return answer.headers.get("Location", answer.text)


def test_a_view_is_kept_under_a_short_name_changed_and_removed(agent: Visitor, told: Log) -> None:
    assert saves(agent, name="Sacó turno", query="outcome=booked&q=barracas") == "/console/views/saco-turno"
    opened = agent.opens("/views/saco-turno").headers["Location"]
    assert opened == "/console/?q=barracas&outcome=booked&view=saco-turno"
    assert found(agent, told, opened.partition("?")[2]) == [ANA]
    assert ">saco-turno</a>" in agent.opens("/").text
    assert saves(agent, name="turnos", was="saco-turno", query="outcome=booked") == "/console/views/turnos"
    assert agent.opens("/views/saco-turno").status_code == 404
    assert agent.sends("/views/drop", csrf=agent.csrf("/?outcome=booked"), name="turnos").status_code == 303
    assert agent.opens("/views/turnos").status_code == 404


def test_views_are_hers_until_she_shares_them(agent: Visitor, reader: Visitor, told: Log) -> None:
    saves(agent, name="mias", query="outcome=left")
    saves(agent, name="nuestras", query="outcome=error", shared="1")
    assert reader.opens("/views/mias").status_code == 404
    assert reader.opens("/views/nuestras").headers["Location"].endswith("/?outcome=error&view=nuestras")
    assert reader.sends("/views/drop", csrf=reader.csrf("/?q=x"), name="nuestras").status_code == 404
    assert "compartir vistas" in saves(reader, name="otra", query="outcome=left", shared="1")
    assert saves(reader, name="nuestras", query="outcome=left") == "/console/views/nuestras"
    assert reader.opens("/views/nuestras").headers["Location"].endswith("/?outcome=left&view=nuestras")


def test_a_view_that_cannot_be_kept_says_why(agent: Visitor, told: Log) -> None:
    assert "no filtra nada" in saves(agent, name="todo", query="")
    assert "hasta 24 letras" in saves(agent, name="<b>", query="outcome=left")
    assert "Ese filtro no existe" in saves(agent, name="x", query="outcome=nada")
    assert "Ese filtro no existe" in saves(agent, name="x", query="q=30111222")
    assert "tapados" in agent.opens("/?q=30.111.222").text
