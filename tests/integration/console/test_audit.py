"""The audit log: it only grows, a change is found out, and who supervises can read and verify it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError

from latido.console.audit.command import audit_group
from latido.console.audit.log import record, verify
from latido.console.audit.strangers import MOST_UNKNOWN_AN_HOUR, record_failure
from latido.console.audit.tables import audit_entry
from latido.console.command import operator_group
from latido.console.roles import ROLES, may
from latido.messaging.tables import alert
from tests.integration.console.conftest import PASSWORD, Visitor
from tests.integration.console.insiders import inside, works_here
from tests.integration.console.log import Log


@pytest.fixture
def marta(engine: Engine) -> int:
    return works_here(engine, "marta", "supervisor")


@pytest.fixture
def supervisor(base: str, engine: Engine, marta: int) -> Visitor:
    return inside(base, engine, "marta")


def writes(engine: Engine, operator_id: int, count: int) -> None:
    with engine.begin() as connection:
        for number in range(count):
            record(connection, operator_id, "phone_revealed", "a" * 32, reason="missed", number=number)


def tampered(engine: Engine, statement: str) -> None:
    """What somebody with all rights over the database could do."""
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        connection.execute(text(statement))
        connection.execute(text("ALTER TABLE audit_entry ENABLE TRIGGER USER"))


def actions(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        rows = connection.execute(select(audit_entry.c.operator, audit_entry.c.action).order_by(audit_entry.c.id))
        return [(row.operator, row.action) for row in rows]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_entry SET operator = 'other'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"],
)
def test_the_database_refuses_to_change_what_is_written(engine: Engine, marta: int, statement: str) -> None:
    writes(engine, marta, 1)
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))
    with engine.connect() as connection:
        assert verify(connection).entries == 1


@pytest.mark.parametrize(
    ("statement", "broken", "why"),
    [
        ("UPDATE audit_entry SET operator = 'pablo' WHERE id = 3", 3, "changed"),
        ("UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE id = 1", 1, "changed"),
        ("UPDATE audit_entry SET details = '{}' WHERE id = 5", 5, "changed"),
        ("DELETE FROM audit_entry WHERE id = 2", 3, "missing"),
        ("DELETE FROM audit_entry WHERE id = 1", 2, "missing"),
        (f"UPDATE audit_entry SET previous_hash = '{'1' * 64}' WHERE id = 4", 4, "unchained"),
    ],
)
def test_the_first_entry_that_is_wrong_is_named(
    engine: Engine, marta: int, statement: str, broken: int, why: str
) -> None:
    writes(engine, marta, 6)
    with engine.connect() as connection:
        whole = verify(connection)
        assert (whole.entries, whole.broken) == (6, None)
    tampered(engine, statement)
    with engine.connect() as connection:
        found = verify(connection)
        assert (found.broken, found.why) == (broken, why)


def test_an_end_that_was_cut_off_shows_against_what_was_noted(engine: Engine, marta: int) -> None:
    writes(engine, marta, 4)
    with engine.connect() as connection:
        noted = verify(connection)
    tampered(engine, "DELETE FROM audit_entry WHERE id = 4")
    with engine.connect() as connection:
        assert verify(connection).broken is None
        found = verify(connection, (noted.entries, noted.head))
    assert (found.broken, found.why) == (4, "noted")


def test_an_entry_lives_and_dies_with_the_transaction_it_tells_of(engine: Engine, marta: int) -> None:
    with engine.connect() as connection:
        record(connection, marta, "phone_revealed", "a" * 32)
        connection.rollback()
    assert actions(engine) == []


def test_many_at_once_make_one_chain(engine: Engine, marta: int) -> None:
    writers = [threading.Thread(target=writes, args=(engine, marta, 5)) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with engine.connect() as connection:
        found = verify(connection)
    assert (found.entries, found.broken) == (40, None)


def test_details_are_kept_without_documents_phones_and_mails(engine: Engine, marta: int) -> None:
    with engine.begin() as connection:
        record(
            connection, marta, "phone_revealed", words="dni 30.111.222, 11 5566-7710, ana@example.com", dni="30111222"
        )
        kept = connection.execute(select(audit_entry.c.details)).scalar_one()
    assert kept == {"words": "dni [documento], [teléfono], [mail]", "dni": "[reservado]"}


def test_coming_and_going_is_written_down_and_never_what_a_stranger_typed(
    stranger: Visitor, engine: Engine, marta: int
) -> None:
    assert stranger.logs_in("marta", "otra contraseña").status_code == 401
    assert stranger.logs_in("30111222").status_code == 401
    assert stranger.logs_in("marta").status_code == 303
    assert stranger.sends("/logout", csrf=stranger.csrf("/")).status_code == 303
    assert actions(engine) == [
        ("marta", "log_in_failed"),
        ("", "log_in_failed"),
        ("marta", "logged_in"),
        ("marta", "logged_out"),
    ]
    with engine.connect() as connection:
        assert (
            connection.execute(text("SELECT count(*) FROM audit_entry WHERE audit_entry::text ~ '30111222'")).scalar()
            == 0
        )


def entries(engine: Engine) -> list[tuple[str, str, str | None, dict[str, object]]]:
    with engine.connect() as connection:
        found = connection.execute(select(audit_entry).order_by(audit_entry.c.id)).all()
    return [(row.operator, row.action, row.subject, row.details) for row in found]


def test_who_saw_an_alert_is_written_down_once(agent: Visitor, engine: Engine, log: Log) -> None:
    told = log.receives("whatsapp:+5491155550101", "estoy sangrando")
    log.alerts("danger", told)
    with engine.connect() as connection:
        number = connection.execute(select(alert.c.id)).scalar_one()
    for _ in range(2):
        assert agent.sends(f"/alerts/{number}/seen", csrf=agent.csrf("/alerts")).status_code == 303
    key = log.key("whatsapp:+5491155550101")
    assert entries(engine)[1:] == [("laura", "alert_seen", key, {"kind": "danger"})]


def test_who_took_a_conversation_and_gave_it_back_is_written_down(agent: Visitor, engine: Engine, log: Log) -> None:
    works_here(engine, "sofia", "agent")
    address = "whatsapp:+5491155550102"
    told = log.receives(address, "quiero hablar con alguien")
    log.alerts("wants_person", told)
    key = log.key(address)
    page = f"/conversations/{key}"
    csrf = agent.csrf(page)
    for step, fields in (("take", {}), ("take", {}), ("write", {"text": "Hola"}), ("give-back", {}), ("give-back", {})):
        agent.sends(f"{page}/{step}", csrf=csrf, **fields)
    agent.sends(f"{page}/write", csrf=csrf, text="Hola de nuevo")
    agent.sends(f"{page}/pass-on", csrf=csrf, to="sofia")
    assert entries(engine)[1:] == [
        ("laura", "alert_seen", key, {"kind": "wants_person"}),
        ("laura", "conversation_taken", key, {}),
        ("laura", "conversation_given_back", key, {}),
        ("laura", "conversation_taken", key, {}),
        ("laura", "conversation_handed_over", key, {"to": "sofia"}),
    ]
    with engine.connect() as connection:
        assert verify(connection).broken is None


def test_what_the_command_line_changes_of_an_operator_is_written_down(engine: Engine) -> None:
    group = operator_group(lambda: engine)
    for words in ("add Ana --role agent --password-stdin", "password ana --password-stdin", "role ANA reader"):
        assert CliRunner().invoke(group, words.split(), input=f"{PASSWORD}\n").exit_code == 0
    assert CliRunner().invoke(group, ["add", "eva", "--password-stdin"], input="corta\n").exit_code == 1
    by_command = {"through": "command"}
    assert entries(engine) == [
        ("", "operator_added", "ana", {"role": "agent"} | by_command),
        ("", "password_set", "ana", by_command),
        ("", "role_changed", "ana", {"role": "reader"} | by_command),
    ]


def test_strangers_cannot_fill_the_log(engine: Engine, marta: int) -> None:
    for _ in range(MOST_UNKNOWN_AN_HOUR + 5):
        record_failure(engine, "nobody")
    record_failure(engine, "marta")
    assert [who for who, _ in actions(engine)] == [""] * MOST_UNKNOWN_AN_HOUR + ["marta"]


@pytest.mark.parametrize("role", ROLES)
def test_each_role_at_each_page_of_the_audit(base: str, engine: Engine, role: str) -> None:
    works_here(engine, "alguien", role)
    visitor = inside(base, engine, "alguien")
    allowed = may(role, "read_audit")
    answer = visitor.opens("/audit")
    assert answer.status_code == (200 if allowed else 403)
    assert ('href="/console/audit"' in visitor.opens("/").text) == allowed
    verified = visitor.sends("/audit/verify", csrf=visitor.csrf("/"))
    assert verified.status_code == (200 if allowed else 403)
    assert ("audit_verified" in dict.fromkeys(action for _, action in actions(engine))) == allowed


def test_the_page_filters_by_operator_action_and_day_and_goes_back_fifty_at_a_time(
    supervisor: Visitor, engine: Engine, marta: int
) -> None:
    laura = works_here(engine, "laura", "agent")
    writes(engine, marta, 60)
    writes(engine, laura, 2)
    everything = supervisor.opens("/audit").text
    assert everything.count('class="audit__entry"') == 50
    assert 'href="/console/audit?before=' in everything
    assert supervisor.opens("/audit?operator=laura").text.count('class="audit__entry"') == 2
    older = supervisor.opens("/audit?operator=marta&action=phone_revealed&before=12").text
    assert older.count('class="audit__entry"') == 10
    assert "Vio un teléfono" in older
    assert supervisor.opens("/audit?day=2020-02-29").text.count('class="audit__entry"') == 0
    for wrong in ("day=ayer", "before=x"):
        assert supervisor.opens(f"/audit?{wrong}").status_code == 400


def test_the_button_says_how_the_chain_stands(supervisor: Visitor, engine: Engine, marta: int) -> None:
    writes(engine, marta, 3)
    assert supervisor.sends("/audit/verify").status_code == 403
    whole = supervisor.sends("/audit/verify", csrf=supervisor.csrf("/audit")).text
    assert "4 entradas revisadas, ninguna cambiada" in whole
    tampered(engine, "UPDATE audit_entry SET subject = NULL WHERE id = 3")
    broken = supervisor.sends("/audit/verify", csrf=supervisor.csrf("/audit")).text
    assert "rota en la entrada 3: cambió después de escribirse" in broken


@pytest.fixture
def runs(engine: Engine) -> Callable[..., tuple[int, str]]:
    group = audit_group(lambda: engine)

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(group, arguments)
        return result.exit_code, result.output

    return run


def test_the_command_verifies_and_lists(runs: Callable[..., tuple[int, str]], engine: Engine, marta: int) -> None:
    writes(engine, marta, 3)
    code, said = runs("verify")
    assert code == 0
    noted = said.split("The end: ")[1].strip()
    assert runs("verify", "--expect", noted)[0] == 0
    assert runs("verify", "--expect", "3:ab")[0] == 2
    code, said = runs("list", "--operator", "marta", "--limit", "2")
    assert (code, said.count("phone_revealed"), "a" * 7 in said) == (0, 2, False)
    tampered(engine, "DELETE FROM audit_entry WHERE id = 3")
    code, said = runs("verify", "--expect", noted)
    assert code == 1
    assert "entry 3: it is not there as it was noted" in said


def test_an_unknown_operator_cannot_be_written_down(engine: Engine) -> None:
    with pytest.raises(LookupError), engine.begin() as connection:
        record(connection, 999, "phone_revealed")
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(audit_entry)).scalar_one() == 0
