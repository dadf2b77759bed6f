"""What is kept of a resident: every table is told, the copy holds it, erasing takes two steps and a reason."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, insert, select
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.care.rights.erasing import finish_erasures
from latido.care.rights.tables import erasures, feedback
from latido.care.services import Care
from latido.console.audit.log import record
from latido.console.audit.tables import audit_entry
from latido.console.roles import ROLES, may
from latido.console.routes import Console, routes
from latido.crypto import Vault
from latido.dossier.command import residents_group
from latido.dossier.copying import counts_of, json_copy, page_copy
from latido.dossier.holdings import CareHoldings
from latido.dossier.kinds import load_kinds
from latido.messaging.messages import Reply
from latido.messaging.tables import message
from latido.messaging.tickets import ask_for_person
from latido.schema import metadata
from tests.integration.care.conftest import Api, Clock
from tests.integration.console.conftest import Visitor
from tests.integration.console.insiders import inside, works_here
from tests.integration.console.log import Log
from tests.serving import served

PHONE, OTHER = "whatsapp:+5491151234567", "whatsapp:+5491151234568"
SECRETS = (b"51234567", b"30111222", b"30.111.222", b"Luca", b"me llamo Ana")
WHY = {"asked_by": "herself", "words": "nota del 20/11, DNI 30.111.222 a la vista"}
Enters = Callable[[str], Visitor]


@pytest.fixture
def ana(api: Api, care: Care, vault: Vault) -> str:
    """Somebody who agreed, told who she is and of whom, asked for a person, and gave an opinion."""
    log, key = Log(care.engine, vault), vault.resident_key(PHONE)
    api.post(f"/residents/{key}/consent", {"idempotency_key": "SM1:c", "version": "2026-11", "scope": "chat"})
    api.post(
        f"/residents/{key}/children", {"idempotency_key": "SM2:c", "given_name": "Luca", "birth_date": "2026-09-01"}
    )
    api.post(f"/residents/{key}/feedback", {"idempotency_key": "SM3:f", "kind": "praise", "text": "muy <b>bien</b>"})
    first = log.receives(PHONE, "me llamo Ana, mi DNI es 30.111.222 <script>alert(1)</script>")
    log.marks(log.answers(first, [Reply("text", "Hola, Ana")]), state="handed_over")
    with care.engine.begin() as connection:
        ask_for_person(connection, vault, key, first, "asked", [{"label": "journey", "value": "prenatal"}])
        record(connection, None, "phone_revealed", key, reason="urgent")
    log.marks(log.answers(log.receives(OTHER, "soy otra persona"), ["Hola"]), state="handed_over")
    return key


@pytest.fixture
def base(care: Care, vault: Vault, clock: Clock) -> Iterator[str]:
    console = Console(care.engine, vault, False, care.now, holdings=CareHoldings(lambda: care))
    with served(Starlette(routes=[Mount("/console", routes=routes(console))])) as url:
        yield f"{url}/console"


@pytest.fixture
def enters(base: str, engine: Engine, clock: Clock) -> Enters:
    def enter(role: str) -> Visitor:
        works_here(engine, f"una-{role}", role)
        return inside(base, engine, f"una-{role}", clock())

    return enter


def noted(engine: Engine, action: str, count: int = 1) -> list[dict[str, object]]:
    """The entries of an action; those of an end come after the last byte of a file."""
    query = select(audit_entry.c.subject, audit_entry.c.details).where(audit_entry.c.action == action)
    for _ in range(600):
        with engine.connect() as connection:
            rows = connection.execute(query.order_by(audit_entry.c.id)).all()
        if len(rows) >= count:
            return [{"subject": row.subject, **row.details} for row in rows]
        time.sleep(0.1)
    raise AssertionError(f"{action} was not noted within a minute")


def reachable() -> set[str]:
    """Every table with a row of hers: it names her, or leads to one that does."""
    known = {table.name for table in metadata.sorted_tables if "resident" in table.c} | {"resident", "audit_entry"}
    while True:
        more = {
            table.name
            for table in metadata.sorted_tables
            if {key.column.table.name for column in table.c for key in column.foreign_keys} & known
        } - known
        if not more:
            return known
        known |= more


def test_every_table_that_leads_to_a_resident_is_told() -> None:
    assert set(load_kinds().by_name) == reachable()


def test_every_sealed_column_is_given_out_or_left_out_on_purpose() -> None:
    sealed = {
        column.name
        for kind in load_kinds().by_name.values()
        for column in kind.table.c
        if column.name.endswith("_sealed")
    }
    given = {column.name for kind in load_kinds().by_name.values() for column in load_kinds().columns(kind)}
    assert sealed - given == {"token_sealed"}


def test_the_copy_holds_hers_in_the_clear_and_nothing_of_anybody_else(care: Care, ana: str) -> None:
    text = "".join(json_copy(care, ana))
    told = json.loads(text)
    tables = told["tables"]
    assert set(tables) == set(load_kinds().by_name)
    assert tables["message"]["rows"][0]["content"]["text"].startswith("me llamo Ana, mi DNI es 30.111.222")
    assert tables["resident"]["rows"][0]["address"] == PHONE
    assert tables["care_person"]["rows"][0]["details"]["given_name"] == "Luca"
    assert tables["care_feedback"]["rows"][0]["text"] == "muy <b>bien</b>"
    assert tables["ticket"]["rows"][0]["summary"] == [{"label": "journey", "value": "prenatal"}]
    assert tables["audit_entry"]["rows"][0]["action"] == "phone_revealed"
    assert any("Luca" in line for section in told["sections"] for line in section["lines"])
    assert "otra persona" not in text and "51234568" not in text
    counts = {kind.table.name: count for kind, count in counts_of(care, ana)}
    assert {name: len(table["rows"]) for name, table in tables.items()} == counts


def test_no_operator_stands_in_the_copy(care: Care, ana: str) -> None:
    works_here(care.engine, "laura", "agent")
    with care.engine.begin() as connection:
        record(connection, 1, "phone_revealed", ana, reason="urgent")
    assert "laura" not in "".join(json_copy(care, ana)) + "".join(page_copy(care, ana))


def test_the_page_for_her_tells_the_chat_and_runs_nothing(care: Care, ana: str) -> None:
    text = "".join(page_copy(care, ana))
    assert "me llamo Ana, mi DNI es 30.111.222 &lt;script&gt;" in text and "<script" not in text
    assert "<strong>Latido:</strong> Hola, Ana" in text
    assert "Ley 26.529" in text and text.endswith("</html>\n")


def test_what_cannot_be_opened_is_said_and_the_rest_is_given(care: Care, ana: str) -> None:
    with care.engine.begin() as connection:
        connection.execute(feedback.update().values(text_sealed=b"sealed under another key"))
    told = json.loads("".join(json_copy(care, ana)))
    assert "no se pueden leer" in told["tables"]["care_feedback"]["rows"][0]["text"]
    assert told["tables"]["message"]["rows"]


def test_an_operator_sees_numbers_and_nothing_she_wrote(enters: Enters, engine: Engine, ana: str) -> None:
    answer = enters("agent").opens(f"/conversations/{ana}/data")
    assert "Lo que opinó del servicio" in answer.text and "Ley 26.529" in answer.text
    assert not [secret for secret in SECRETS if secret in answer.content]
    assert "Darle una copia" not in answer.text
    assert noted(engine, "data_listed")[0]["subject"] == ana


@pytest.mark.parametrize("role", ROLES)
def test_who_may_see_copy_and_erase(enters: Enters, engine: Engine, ana: str, role: str) -> None:
    visitor, path = enters(role), f"/conversations/{ana}/data"
    assert visitor.opens(path).status_code == (200 if may(role, "reveal") else 403)
    csrf = visitor.csrf("/")
    copied = visitor.sends(f"{path}/copy", csrf=csrf, kind="json", **WHY)
    assert copied.status_code == (200 if may(role, "data_rights") else 403)
    erased = visitor.sends(f"{path}/erase", csrf=csrf, token="a" * 32, code=ana[:6], **WHY)
    assert erased.status_code == (200 if may(role, "data_rights") else 403)
    with engine.connect() as connection:
        assert (connection.execute(select(erasures)).first() is not None) == may(role, "data_rights")


def test_a_copy_is_a_file_for_a_reason_and_noted_with_its_digest(enters: Enters, engine: Engine, ana: str) -> None:
    visitor, path = enters("supervisor"), f"/conversations/{ana}/data"
    csrf = visitor.csrf(path)
    for fields in ({}, WHY | {"words": "sí"}, WHY | {"asked_by": "a neighbour"}, WHY | {"kind": "pdf"}):
        assert visitor.sends(f"{path}/copy", csrf=csrf, **({"kind": "html"} | fields)).status_code == 400
    assert visitor.sends(f"{path}/copy", kind="html", **WHY).status_code == 403
    answer = visitor.sends(f"{path}/copy", csrf=csrf, kind="html", **WHY)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="latido-datos-{ana[:6]}-')
    assert "me llamo Ana" in answer.text
    [begun], [ended] = noted(engine, "export_begun"), noted(engine, "export_ended")
    assert (begun["subject"], begun["asked_by"]) == (ana, "herself")
    assert "30.111.222" not in str(begun) and "a la vista" in str(begun["words"])
    assert (ended["complete"], ended["sha256"]) == (True, hashlib.sha256(answer.content).hexdigest())


def test_erasing_takes_two_steps_her_code_and_a_reason(enters: Enters, care: Care, ana: str) -> None:
    visitor, path = enters("supervisor"), f"/conversations/{ana}/data"
    csrf = visitor.csrf(path)
    assert visitor.sends(f"{path}/erase", csrf=csrf).status_code == 400
    asked = visitor.sends(f"{path}/erase", csrf=csrf, **WHY)
    assert "¿Borrar todo lo suyo?" in asked.text and "Ley 26.529" in asked.text
    token = re.search(r'name="token" value="([0-9a-f]{32})"', asked.text)
    assert token
    wrong = visitor.sends(f"{path}/erase", csrf=csrf, token=token[1], code="000000", **WHY)
    assert wrong.status_code == 400 and "No se borró nada" in wrong.text
    with care.engine.connect() as connection:
        assert connection.execute(select(erasures)).first() is None
    for _ in range(2):  # a button pressed twice
        done = visitor.sends(f"{path}/erase", csrf=csrf, token=token[1], code=ana[:6], **WHY)
        assert "Se borra: las personas que me contaste" in done.text and "historia clínica" in done.text
    assert {entry["subject"] for entry in noted(care.engine, "data_erased")} == {ana}
    assert finish_erasures(care, lambda _: True) == 1
    text = "".join(json_copy(care, ana))
    assert not [secret for secret in SECRETS if secret.decode() in text]


def test_of_a_stranger_there_is_no_page(enters: Enters, ana: str) -> None:
    visitor = enters("supervisor")
    assert visitor.opens(f"/conversations/{'0' * 32}/data").status_code == 404
    assert visitor.opens("/conversations/x/data").status_code == 404


def test_the_same_from_a_shell(care: Care, ana: str) -> None:
    group, why = residents_group(lambda: care), ["--asked-by", "herself", "--words", "nota del 20/11"]
    shell = CliRunner()
    key = shell.invoke(group, ["key"], input=f"{PHONE}\n")
    assert key.output.strip().endswith(ana) and "51234567" not in key.output
    told = shell.invoke(group, ["export", ana, *why])
    assert json.loads(told.output)["tables"]["message"]["rows"]
    assert noted(care.engine, "export_ended")[0]["sha256"] == hashlib.sha256(told.output.encode()).hexdigest()
    assert shell.invoke(group, ["erase", ana, "--asked-by", "herself", "--words", "x"]).exit_code == 2
    assert shell.invoke(group, ["erase", "0" * 32, *why, "--yes"]).exit_code == 1
    assert shell.invoke(group, ["erase", ana, *why], input="n\n").exit_code == 1
    with care.engine.connect() as connection:
        assert connection.execute(select(erasures)).first() is None
    done = shell.invoke(group, ["erase", ana, *why, "--yes"])
    assert done.exit_code == 0 and "erased: " in done.output
    assert noted(care.engine, "data_erased")[0]["asked_by"] == "herself"


def test_a_long_past_is_read_piece_by_piece(care: Care, ana: str) -> None:
    row = {"resident": ana, "direction": "in", "kind": "text", "state": "answered", "content_sealed": b"", "flags": []}
    with care.engine.begin() as connection:
        connection.execute(insert(message), [row | {"text": f"mensaje {number}"} for number in range(450)])
    pieces = list(json_copy(care, ana))
    assert len(json.loads("".join(pieces))["tables"]["message"]["rows"]) == 452
    assert max(len(piece) for piece in pieces) < len("".join(pieces)) / 2
    assert "mensaje 449" in "".join(page_copy(care, ana))
