"""Review: the queue, one message each, two people for what is learned from, and back again."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.console.audit.tables import audit_entry
from latido.console.operators import add_operator
from latido.console.review.command import review_group
from latido.console.review.queue import collect_all
from latido.console.review.store import TRAINING
from latido.console.review.tables import review, review_event
from latido.console.roles import ROLES, may
from latido.console.routes import Console, routes
from latido.crypto import Vault
from latido.messaging.erasing import forget_log
from latido.messaging.tables import message
from tests.integration.console.conftest import Clock, Visitor
from tests.integration.console.insiders import inside, works_here
from tests.integration.console.log import Log, nlu
from tests.serving import served

ANA, BETTY = "whatsapp:+5491155667710", "whatsapp:+5491155667720"
Enters = Callable[[str, str], Visitor]


@pytest.fixture(scope="module")
def time() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def served_base(schema_engine: Engine, vault: Vault, time: Clock) -> Iterator[str]:
    """One server for all of these tests."""
    console = Console(schema_engine, vault, secure_cookies=False, now=time.now)
    with served(Starlette(routes=[Mount("/console", routes=routes(console))])) as url:
        yield f"{url}/console"


@pytest.fixture
def base(served_base: str, engine: Engine, time: Clock) -> str:
    """The console over an empty database, at the present."""
    time.moved = timedelta()
    return served_base


@pytest.fixture
def enters(base: str, engine: Engine) -> Enters:
    def enter(name: str, role: str) -> Visitor:
        works_here(engine, name, role)
        return inside(base, engine, name)

    return enter


@pytest.fixture
def told(log: Log) -> Log:
    """Five messages worth a look, one that is not, and one that a button sent."""
    says(log, "kiero saver si atienden hoi", nlu("out_of_scope", 0.3, ("greet", 0.1)), ["not_understood"])
    says(log, "turno para mi nene o para mi", nlu("book_pediatric", 0.5, ("book_prenatal", 0.4)))
    says(log, "estoy sangrando", nlu("danger_sign", 0.99, ("greet", 0.01)), ["danger"])
    says(log, "hola", nlu("greet", 0.99, ("thank", 0.01)))
    says(log, "no me atendieron bien", nlu("give_feedback", 0.99, ("greet", 0.01)), ["feedback"])
    button = log.receives(ANA, "Sí", "button")
    log.answers(button, ["Listo"], nlu=nlu("affirm", 0.5, ("deny", 0.45)))
    return log


def says(log: Log, text: str, understood: dict[str, object], flags: list[str] | None = None, who: str = ANA) -> int:
    inbound = writes(log, text, understood, flags, who)
    collect_all(log.engine)  # as a worker does
    return inbound


def writes(log: Log, text: str, understood: dict[str, object], flags: list[str] | None = None, who: str = ANA) -> int:
    """What nobody has searched for messages worth a look yet."""
    inbound = log.receives(who, text)
    log.answers(inbound, ["Bueno"], nlu=understood, flags=flags or [])
    return inbound


def at(page: str) -> int:
    """The message on the page that may be decided on."""
    found = re.search(r'review__form" method="post" action="[^"]*/review/(\d+)/decide"', page)
    assert found, "no message to decide on"
    return int(found[1])


def fields(page: str) -> dict[str, str]:
    """What the browser would send with the form as it is."""
    wording = re.search(r'name="wording"[^>]*>([^<]*)<', page)
    chosen = re.search(r'<option value="(\w+)" selected', page)
    hidden = ("csrf", "queue", "reason", "seen")
    found = {name: re.findall(f'name="{name}" value="([^"]*)"', page)[-1] for name in hidden}
    assert wording
    return found | {"wording": wording[1], "intent": chosen[1] if chosen else ""}


def decides(visitor: Visitor, do: str, path: str = "/review", **changed: str) -> int:
    """Press a button on the page's message; returns the message."""
    page = visitor.opens(path).text
    answer = visitor.sends(f"/review/{at(page)}/decide", **(fields(page) | changed | {"do": do}))
    assert answer.status_code == 303, re.findall(r'class="notice"[^>]*>([^<]*)', answer.text)
    return at(page)


def rows(engine: Engine) -> dict[str, object]:
    with engine.connect() as connection:
        found = connection.execute(select(review, message.c.text).join(message, message.c.id == review.c.message_id))
        return {row.text: row for row in found}


def test_the_queue_holds_what_teaches_and_begins_with_what_was_not_understood(
    told: Log, enters: Enters, engine: Engine
) -> None:
    page = enters("rita", "reviewer").opens("/review").text
    assert "kiero saver" in page
    reasons = {text: row.reason for text, row in rows(engine).items()}
    assert reasons == {
        "kiero saver si atienden hoi": "not_understood",
        "turno para mi nene o para mi": "low_margin",
        "estoy sangrando": "danger",
        "no me atendieron bien": "feedback",
    }


def test_a_reason_in_the_address_and_steps_to_and_fro(told: Log, enters: Enters) -> None:
    rita = enters("rita", "reviewer")
    assert "estoy sangrando" in rita.opens("/review?reason=danger").text
    first = at(rita.opens("/review").text)
    second = at(rita.opens(f"/review?after={first}").text)
    assert second != first
    assert at(rita.opens(f"/review?before={second}").text) == first
    assert rita.opens("/review?reason=otra").status_code == 404


def test_two_operators_never_get_the_same_message_until_the_lease_ends(told: Log, enters: Enters, time: Clock) -> None:
    rita, sol = enters("rita", "reviewer"), enters("sol", "reviewer")
    first, second = at(rita.opens("/review").text), at(sol.opens("/review").text)
    assert first != second
    assert "Lo está mirando rita" in sol.opens(f"/review?at={first}").text
    page = sol.opens(f"/review?at={second}").text
    refused = sol.sends(f"/review/{first}/decide", **(fields(page) | {"do": "discard", "seen": "0"}))
    assert refused.status_code == 409
    time.moved += timedelta(minutes=6)
    assert at(sol.opens("/review").text) == first


def test_what_one_says_another_approves_and_nobody_approves_herself(told: Log, enters: Enters, engine: Engine) -> None:
    rita, paz = enters("rita", "approver"), enters("paz", "approver")
    decided = decides(rita, "confirm", intent="ask_center_details", wording="quiero saber si atienden hoy")
    page = rita.opens(f"/review?at={decided}&queue=pending").text
    assert rita.sends(f"/review/{decided}/decide", **(fields(page) | {"do": "approve"})).status_code == 409
    assert decides(paz, "approve", "/review?queue=pending") == decided
    row = rows(engine)["kiero saver si atienden hoi"]
    assert (row.state, row.intent, row.wording) == ("applied", "ask_center_details", "quiero saber si atienden hoy")
    assert row.approved_by != row.annotated_by


def test_who_corrects_a_colleague_needs_a_third_one(told: Log, enters: Enters, engine: Engine) -> None:
    rita, paz = enters("rita", "reviewer"), enters("paz", "approver")
    decides(rita, "confirm")
    decides(paz, "approve", "/review?queue=pending", intent="greet")
    row = rows(engine)["kiero saver si atienden hoi"]
    assert (row.state, row.intent, row.approved_by) == ("pending", "greet", None)


def test_a_reviewer_cannot_approve(told: Log, enters: Enters) -> None:
    rita, sol = enters("rita", "reviewer"), enters("sol", "reviewer")
    decided = decides(rita, "confirm")
    page = sol.opens(f"/review?at={decided}&queue=pending").text
    assert 'value="approve"' not in page
    assert sol.sends(f"/review/{decided}/decide", **(fields(page) | {"do": "approve"})).status_code == 403


@pytest.mark.parametrize("approver", ["annotated_by", None])
def test_the_database_itself_wants_two_people(told: Log, enters: Enters, engine: Engine, approver: str | None) -> None:
    decided = decides(enters("rita", "supervisor"), "confirm")
    alone = {"state": "applied", "approved_by": review.c[approver] if approver else None}
    with pytest.raises(IntegrityError, match="two_people"), engine.begin() as connection:
        connection.execute(update(review).where(review.c.message_id == decided).values(alone))


def test_out_of_scope_discard_flag_tags_and_a_sealed_note(
    told: Log, enters: Enters, engine: Engine, vault: Vault
) -> None:
    rita = enters("rita", "reviewer")
    decides(rita, "out_of_scope")
    decides(rita, "discard", "/review?reason=low_margin")
    decides(rita, "flag", "/review?reason=danger")
    decides(rita, "tag", "/review?reason=danger", tags="Jerga, jerga, corto")
    decides(rita, "note", "/review?reason=danger", note="mirar con obstetricia")
    found = rows(engine)
    assert found["kiero saver si atienden hoi"].intent == "out_of_scope"
    assert found["turno para mi nene o para mi"].state == "discarded"
    row = found["estoy sangrando"]
    assert (row.state, row.flagged, row.tags) == ("new", True, ["jerga", "corto"])
    assert b"obstetricia" not in row.note_sealed and vault.open(row.note_sealed) == "mirar con obstetricia"
    assert "estoy sangrando" in rita.opens("/review?queue=flagged").text


def test_the_last_decision_is_undone_by_who_made_it(told: Log, enters: Enters, engine: Engine) -> None:
    rita, sol = enters("rita", "reviewer"), enters("sol", "reviewer")
    decided = decides(rita, "confirm")
    page = rita.opens("/review").text
    form = re.search(r'class="review__undo".*?name="csrf" value="(\w+)".*?name="seen" value="(\d+)"', page, re.DOTALL)
    assert form
    theirs = {"do": "undo", "seen": form[2], "csrf": sol.csrf("/review")}
    assert sol.sends(f"/review/{decided}/decide", **theirs).status_code == 409
    assert rita.sends(f"/review/{decided}/decide", do="undo", seen=form[2], csrf=form[1]).status_code == 303
    row = rows(engine)["kiero saver si atienden hoi"]
    assert (row.state, row.intent, row.annotated_by) == ("new", None, None)


def test_a_decision_on_what_has_changed_meanwhile_is_refused(told: Log, enters: Enters) -> None:
    rita = enters("rita", "reviewer")
    page = rita.opens("/review").text
    sent = fields(page) | {"do": "flag"}
    assert rita.sends(f"/review/{at(page)}/decide", **sent).status_code == 303
    again = rita.sends(f"/review/{at(page)}/decide", **sent)
    assert again.status_code == 409 and "mientras lo mirabas" in again.text


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"intent": "nada"}, "Elegí qué quiso decir"),
        ({"wording": "soy 30.999.888"}, "Queda un documento"),
        ({"wording": "  "}, "No hay texto"),
        ({"wording": "en [once](planeta)"}, "no existe"),
        ({"wording": "en [once"}, "corchetes"),
    ],
)
def test_what_cannot_be_kept_is_said_and_what_was_written_stays(
    told: Log, enters: Enters, changed: dict[str, str], words: str
) -> None:
    rita = enters("rita", "reviewer")
    page = rita.opens("/review").text
    answer = rita.sends(f"/review/{at(page)}/decide", **(fields(page) | {"do": "confirm"} | changed))
    assert answer.status_code == 409 and words in answer.text


def test_what_tells_who_she_is_is_replaced_in_the_wording_that_is_proposed(log: Log, enters: Enters) -> None:
    text = "soy Romina Duarte vivo en salguero 1234"
    places = [
        {"entity": "given_name", "value": "x", "start": 4, "end": 17},
        {"entity": "address", "start": 26, "end": 39},
    ]
    says(log, text, nlu("inform", 0.5, ("greet", 0.4)) | {"entities": places}, who=BETTY)
    wording = fields(enters("rita", "reviewer").opens("/review").text)["wording"]
    assert "Romina" not in wording and "salguero" not in wording
    assert "](given_name)" in wording and "](address)" in wording


def test_words_removed_from_the_log_are_removed_here(told: Log, enters: Enters, engine: Engine, vault: Vault) -> None:
    rita, paz = enters("rita", "reviewer"), enters("paz", "approver")
    decides(rita, "confirm", wording="quiero saber si atienden hoy")
    decides(paz, "approve", "/review?queue=pending")
    decides(rita, "note", "/review?reason=danger", note="la conozco")
    with engine.begin() as connection:
        forget_log(connection, vault, told.key(ANA))
    with engine.connect() as connection:
        left = connection.execute(select(review.c.state, review.c.wording, review.c.note_sealed)).all()
        assert connection.execute(select(review_event.c.id)).all() == []
    assert left == [("applied", "quiero saber si atienden hoy", None)]


def test_a_strangers_form_and_one_without_its_token_are_refused(told: Log, stranger: Visitor, enters: Enters) -> None:
    assert stranger.sends("/review/1/decide", do="flag").headers["Location"].endswith("/console/login")
    assert enters("rita", "reviewer").sends("/review/1/decide", do="flag").status_code == 403


@pytest.fixture
def approved(told: Log, enters: Enters) -> Visitor:
    """Three messages two people agreed on; the second of the two, inside."""
    rita, paz = enters("rita", "reviewer"), enters("paz", "approver")
    decides(
        rita, "confirm", intent="ask_center_details", wording="kiero saver si el cesac de [once](neighbourhood) anda"
    )
    decides(rita, "confirm", intent="book_pediatric", wording="para mi nene o para mi no se")
    decides(rita, "confirm", "/review?reason=danger")
    for _ in range(3):
        decides(paz, "approve", "/review?queue=pending")
    return paz


def test_the_export_page_shows_the_diff_that_is_downloaded_and_audited(
    approved: Visitor, enters: Enters, engine: Engine
) -> None:
    page = approved.opens("/review/export").text
    assert "para mi nene o para mi no se" in page and "booking.yml" in page
    assert "<dt>Ya estaban</dt><dd>1</dd>" in page  # somebody who bleeds says so as it is taught already
    answer = approved.sends("/review/export", csrf=approved.csrf("/review/export"))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="review.diff"'
    assert "+++ b/data/nlu/" in answer.text
    with engine.connect() as connection:
        left = select(audit_entry.c.operator, audit_entry.c.details).where(audit_entry.c.action == "review_exported")
        entry = connection.execute(left).one()
    assert entry.operator == "paz" and entry.details["count"] == 2
    assert entry.details["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert enters("sol", "reviewer").opens("/review/export").status_code == 403


def test_the_command_writes_what_the_page_showed_once(approved: Visitor, engine: Engine, tmp_path: Path) -> None:
    training, tests = tmp_path / "data" / "nlu", tmp_path / "tests" / "nlu"
    shutil.copytree(TRAINING, training)
    tests.mkdir(parents=True)
    into = ["--into", str(training), "--tests", str(tests)]
    group, run = review_group(lambda: engine), CliRunner()
    dry = run.invoke(group, ["export", "--dry-run", *into])
    assert "para mi nene" in dry.output
    assert not any("para mi nene o para mi no se" in text for text in texts(training, tests))
    assert run.invoke(group, ["export", *into]).exit_code == 0
    assert sum("para mi nene o para mi no se" in text for text in texts(training, tests)) == 1
    again = run.invoke(group, ["export", *into])
    assert "added: 0 to train on, 0 to judge by; 3 known already" in again.output


def test_what_carries_a_flag_waits_and_is_not_exported(approved: Visitor) -> None:
    decides(approved, "flag", "/review?queue=applied&reason=low_margin")
    assert "para mi nene o para mi no se" not in approved.opens("/review/export").text


def test_the_command_searches_the_whole_log(told: Log, engine: Engine) -> None:
    output = CliRunner().invoke(review_group(lambda: engine), ["collect"]).output
    assert output.endswith("4 wait to be reviewed\n")


def texts(*folders: Path) -> list[str]:
    return [path.read_text(encoding="utf-8") for folder in folders for path in folder.glob("*.yml")]


def has_agreed(log: Log, engine: Engine, predicted: str, intent: str, count: int, **more: object) -> None:
    """So many messages two people agreed on, straight into the tables."""
    with engine.begin() as connection:
        one, other = (add_operator(connection, f"{who}-{predicted}", "approver") for who in ("una", "otra"))
    values = {"reason": "low_margin", "rank": 1, "model": "20261101", "state": "applied", "predicted_entities": []}
    values |= {"predicted_intent": predicted, "intent": intent, "entities": [], "annotated_by": one}
    for number in range(count):
        said = writes(log, f"mensaje {number} de {predicted}", nlu(predicted, 0.5, ("deny", 0.45)))
        with engine.begin() as connection:
            row = values | more | {"message_id": said, "wording": f"texto {number}", "approved_by": other}
            connection.execute(insert(review).values(row))


def test_the_report_leads_to_the_messages_behind_each_figure(log: Log, enters: Enters, engine: Engine) -> None:
    has_agreed(log, engine, "greet", "greet", 8)
    has_agreed(log, engine, "thank", "greet", 4)
    rita = enters("rita", "reviewer")
    page = rita.opens("/review/report").text
    assert "67 % (entre 39 y 86), de 12" in page and "son pocos" not in page.split("Qué quiso")[0].split("Quiso")[-1]
    behind = re.search(r'href="/console(/review/messages\?[^"]*predicted=thank[^"]*)">4<', page)
    assert behind
    found = rita.opens(behind[1].replace("&amp;", "&")).text
    assert found.count("de thank") == 4 and "de greet" not in found
    shown = re.search(r'href="/console(/review\?queue=applied&amp;at=\d+)"', found)
    assert shown and "de thank" in rita.opens(shown[1].replace("&amp;", "&")).text
    assert rita.opens("/review/messages?week=ayer").status_code == 400
    weeks = re.findall(r'href="/console(/review/messages\?[^"]*week=[^"]*)"', page)
    assert weeks and "de greet" in rita.opens(weeks[0].replace("&amp;", "&")).text


def test_emergencies_and_entities_lead_to_theirs(log: Log, enters: Enters, engine: Engine) -> None:
    has_agreed(log, engine, "greet", "danger_sign", 2)
    has_agreed(log, engine, "thank", "greet", 1, alarmed=True, entities=[["date", 0, 5]])
    rita = enters("rita", "reviewer")
    for sieve, there, not_there in (
        ("emergency=1", "de greet", "de thank"),
        ("alarmed=1&emergency=0", "de thank", "de greet"),
        ("entity=date", "de thank", "de greet"),
        ("wrong=1&intent=danger_sign", "de greet", "de thank"),
    ):
        found = rita.opens(f"/review/messages?{sieve}").text
        assert there in found and not_there not in found, sieve
    page = rita.opens("/review/report").text
    assert "emergency=1" in page and "entity=date" in page


def test_the_command_prints_the_report(log: Log, engine: Engine) -> None:
    has_agreed(log, engine, "thank", "greet", 10)
    output = CliRunner().invoke(review_group(lambda: engine), ["report"]).output
    assert "model 20261101" in output and "10  greet taken for thank" in output and "0.0%" in output


def test_each_role_opens_what_the_table_of_roles_says(told: Log, enters: Enters) -> None:
    for role in ROLES:
        visitor = enters(f"una-{role}", role)
        for path, right in (
            ("", "review"),
            ("/report", "review"),
            ("/messages", "review"),
            ("/export", "approve_review"),
        ):
            assert visitor.opens(f"/review{path}").status_code == (200 if may(role, right) else 403), (role, path)
