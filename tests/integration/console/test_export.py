"""Downloads: by right, by the filter of the address, without anybody's data, and noted down however they end."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine, insert, select, text

from latido.console.audit.log import record, verify
from latido.console.audit.tables import audit_entry
from latido.console.export.room import AN_HOUR_AT_MOST
from latido.console.review.tables import review
from latido.console.roles import ROLES, may
from latido.console.tables import operator
from latido.crypto import Vault
from latido.reminders.tables import reminder
from tests.integration.console.conftest import Visitor
from tests.integration.console.insiders import inside, works_here
from tests.integration.console.log import Log
from tests.integration.console.story import ANA, BETTY, DORA, tell

SECRETS = (
    *(b"30111222", b"30.111.222", b"5566-77", b"55667710", b"+54911", b"whatsapp:", b"-34.6", b"-58.3"),
    *("Ana Pérez".encode(), b"estoy sangrando", b"HYPERLINK(1"),
)
FORMULA = '=HYPERLINK("https://example.org";"tocá")'
NOW = datetime.now(UTC)
Enters = Callable[[str], Visitor]


@pytest.fixture
def told(log: Log) -> Log:
    tell(log, datetime.now(UTC))
    return log


@pytest.fixture
def enters(base: str, engine: Engine) -> Enters:
    def enter(role: str) -> Visitor:
        works_here(engine, f"una-{role}", role)
        return inside(base, engine, f"una-{role}")

    return enter


def lines_of(body: bytes) -> list[dict[str, str]]:
    words = body.decode("utf-8")
    assert words.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(words.removeprefix("\ufeff"), newline=""), delimiter=";"))


def entries(engine: Engine, action: str) -> list[dict[str, object]]:
    with engine.connect() as connection:
        query = select(audit_entry.c.details).where(audit_entry.c.action == action).order_by(audit_entry.c.id)
        return list(connection.execute(query).scalars())


def ended_ones(engine: Engine, count: int = 1) -> list[dict[str, object]]:
    """The entries of downloads that are over: written after the last byte, which the browser has before."""
    for _ in range(600):
        if len(found := entries(engine, "export_ended")) >= count:
            return found
        time.sleep(0.1)
    raise AssertionError("no end was noted within a minute")


def is_listed(engine: Engine, vault: Vault, key: str, what: str, kind: str = "missed") -> None:
    row = {"resident": key, "role": "self", "group_key": "g", "kind": kind, "name": "overdue", "service": "prenatal"}
    row |= {"key": f"k:{kind}", "template": "t", "variables_sealed": vault.seal(json.dumps({"what": what}))}
    row |= {"due_at": NOW - timedelta(days=4), "not_after": NOW + timedelta(days=9), "codes": [], "state": "listed"}
    with engine.begin() as connection:
        connection.execute(insert(reminder).values(**row, created_at=NOW, changed_at=NOW))


def has_written(engine: Engine, count: int, each: int) -> None:
    """So many residents, whose keys count from one, and the messages of each."""
    numbers = f"generate_series(1, {count})"
    with engine.begin() as connection:
        connection.execute(
            text(f"INSERT INTO resident (key, address_sealed) SELECT lpad(to_hex(n), 32, '0'), '' FROM {numbers} n")
        )
        connection.execute(
            text(
                "INSERT INTO message (resident, direction, kind, state, content_sealed) "
                f"SELECT lpad(to_hex(n), 32, '0'), 'in', 'text', 'answered', '' FROM {numbers} n, "
                f"generate_series(1, {each}) ORDER BY n"
            )
        )


def test_one_line_a_conversation_in_times_and_labels(enters: Enters, told: Log) -> None:
    answer = enters("supervisor").opens("/export/conversations.csv")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'filename="latido-conversaciones-' in answer.headers["Content-Disposition"]
    rows = {row["Enlace"].rpartition("/")[2]: row for row in lines_of(answer.content)}
    assert len(rows) == len(lines_of(answer.content)) == 7
    danger, ana = rows[told.key(DORA)], rows[told.key(ANA)]
    assert danger["Alertas abiertas"] == "Signo de alarma, Pide una persona"
    assert "signo de alarma" in danger["Señales"] and danger["Mensajes recibidos"] == "2"
    assert (ana["Mensajes recibidos"], ana["Mensajes enviados"], ana["Último mensaje de"]) == ("4", "5", "Latido")
    assert urlsplit(ana["Enlace"]).path == f"/console/conversations/{told.key(ANA)}"


def test_the_filter_of_the_address_holds_and_stands_in_the_audit(enters: Enters, told: Log, engine: Engine) -> None:
    answer = enters("supervisor").opens("/export/conversations.csv?filter=not_understood&before=3")
    [row] = lines_of(answer.content)
    assert row["Enlace"].endswith(told.key(BETTY))
    [begun], [ended] = entries(engine, "export_begun"), ended_ones(engine)
    assert begun == {"sheet": "conversations", "file": "csv", "filter": "not_understood"}
    assert ended["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert (ended["rows"], ended["complete"]) == (1, True)
    with engine.connect() as connection:
        assert verify(connection).broken is None


def test_all_of_it_goes_however_many_pages_there_are(enters: Enters, engine: Engine) -> None:
    has_written(engine, count := 1203, each=2)
    keys = [f"{number:032x}" for number in range(1, count + 1)]
    supervisor = enters("supervisor")
    rows = lines_of(supervisor.opens("/export/conversations.csv").content)
    assert [row["Enlace"].rpartition("/")[2] for row in rows] == keys[::-1]
    told = supervisor.opens("/export/conversations.jsonl")
    assert told.headers["Content-Type"].startswith("application/x-ndjson")
    assert [json.loads(line)["received"] for line in told.text.splitlines()] == [2] * count
    assert [entry["rows"] for entry in ended_ones(engine, 2)] == [count, count]


def test_nothing_that_identifies_somebody_is_in_the_bytes_of_any_file(
    enters: Enters, told: Log, engine: Engine, vault: Vault
) -> None:
    leaky = told.receives(ANA, "hola")
    nlu = {"intent": {"name": "inform", "confidence": 0.9}, "entities": [{"entity": "dni", "value": "30111222"}]}
    told.marks([leaky], text="soy 30111222", last_error="no pude con 30111222", nlu=nlu)
    is_listed(engine, vault, told.key(ANA), "control, DNI 30.111.222, 11 5566-7710")
    supervisor = enters("supervisor")
    with engine.begin() as connection:
        record(connection, None, "phone_revealed", told.key(ANA), reason="other", words="dni 30.111.222")
    for name in ("conversations", "overdue", "reviews", "audit"):
        for ending in ("csv", "jsonl"):
            answer = supervisor.opens(f"/export/{name}.{ending}")
            assert answer.status_code == 200 and (len(answer.content) > 100 or name == "reviews")
            whole = answer.content + str(answer.headers).encode()
            assert not [secret for secret in SECRETS if secret in whole], (name, ending)


def test_words_that_would_be_a_formula_are_none_in_the_files(
    enters: Enters, told: Log, engine: Engine, vault: Vault
) -> None:
    is_listed(engine, vault, told.key(ANA), FORMULA)
    with engine.begin() as connection:
        record(connection, None, FORMULA, FORMULA, words=FORMULA)
    supervisor = enters("supervisor")
    for name in ("conversations", "overdue", "reviews", "audit"):
        cells = [value for row in lines_of(supervisor.opens(f"/export/{name}.csv").content) for value in row.values()]
        assert not [value for value in cells if value.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert any(value.startswith("'=HYPERLINK") for value in cells)


def test_the_overdue_list_goes_in_its_order_and_by_its_filter(
    enters: Enters, told: Log, engine: Engine, vault: Vault
) -> None:
    is_listed(engine, vault, told.key(ANA), "control")
    is_listed(engine, vault, told.key(BETTY), "control", kind="checkup")
    supervisor = enters("supervisor")
    [row] = lines_of(supervisor.opens("/export/overdue.csv?kind=missed").content)
    assert row["Enlace"].endswith(f"/console/overdue/{told.key(ANA)}/self/prenatal")
    assert row["Por qué"].endswith(": control") and row["Llamados"] == "0"
    assert len(lines_of(supervisor.opens("/export/overdue.csv").content)) == 2
    assert supervisor.opens("/export/overdue.csv?kind=x").status_code == 400
    assert entries(engine, "export_begun")[0] == {"sheet": "overdue", "file": "csv", "kind": "missed"}


def test_reviews_go_without_the_words_that_were_reviewed(enters: Enters, told: Log, engine: Engine) -> None:
    supervisor = enters("supervisor")
    first = told.receives(ANA, "soy Ana Pérez")
    with engine.begin() as connection:
        number = connection.execute(select(operator.c.id)).scalar_one()
        done = {
            "annotated_by": number,
            "annotated_at": NOW,
            "wording": "soy Ana Pérez",
            "tags": [FORMULA],
            "intent": "affirm",
        }
        values = {"message_id": first, "state": "pending", "reason": "margin", "rank": 1, "predicted_intent": "deny"}
        values |= {"predicted_entities": [], "entities": [["dni", 0, 3], ["dni", 4, 7]], "confidence": 0.41, **done}
        connection.execute(insert(review).values(**values))
    answer = supervisor.opens("/export/reviews.csv?state=pending")
    [row] = lines_of(answer.content)
    assert row["Enlace"].endswith(f"/conversations/{told.key(ANA)}?at={first}#m-{first}")
    assert (row["Confianza (%)"], row["Quién revisó"], row["Quién aprobó"]) == ("41", "una-supervisor", "")
    assert row["Etiquetas"] == f"'{FORMULA}" and "Ana Pérez" not in answer.content.decode()
    assert lines_of(supervisor.opens("/export/reviews.csv?state=applied").content) == []
    assert lines_of(supervisor.opens("/export/reviews.csv?state=flagged").content) == []
    assert row["Datos marcados"] == "DNI"
    assert supervisor.opens("/export/reviews.csv?state=x").status_code == 404


def test_the_page_of_review_leads_to_the_file_of_what_it_shows(enters: Enters, engine: Engine) -> None:
    page = enters("supervisor").opens("/review?reason=random").text
    assert 'href="/console/export/reviews.csv?state=new&amp;reason=random"' in page
    assert "reviews.csv?state=flagged" in enters("admin").opens("/review?queue=flagged").text
    assert "/export/reviews" not in enters("reviewer").opens("/review").text


def test_the_audit_goes_oldest_first_with_its_marks(enters: Enters, engine: Engine) -> None:
    supervisor = enters("supervisor")
    rows = lines_of(supervisor.opens("/export/audit.csv?before=1").content)
    assert [row["Número"] for row in rows] == [str(number + 1) for number in range(len(rows))]
    assert rows[-1]["Qué hizo"] == "Empezó una descarga"
    assert [row["Huella"] for row in rows[:-1]] == [row["Huella de la anterior"] for row in rows[1:]]
    assert [row["Usuario"] for row in lines_of(supervisor.opens("/export/audit.csv?operator=nobody").content)] == []
    assert supervisor.opens("/export/audit.csv?day=x").status_code == 400


@pytest.mark.parametrize("role", ROLES)
def test_who_may_not_download_is_refused_and_sees_no_link(enters: Enters, told: Log, role: str) -> None:
    visitor = enters(role)
    for name in ("conversations", "overdue", "reviews", "audit"):
        assert visitor.opens(f"/export/{name}.csv").status_code == (200 if may(role, "export") else 403)
    for page, name in (("/", "conversations"), ("/overdue", "overdue"), ("/audit", "audit")):
        answer = visitor.opens(page)
        assert (f"/export/{name}.csv" in answer.text) == (answer.status_code == 200 and may(role, "export"))


def test_a_file_that_there_is_not_is_none(enters: Enters, stranger: Visitor, engine: Engine) -> None:
    supervisor = enters("supervisor")
    for path in ("conversations.xlsx", "conversations", "operator.csv", ".csv", "conversations.csv.csv"):
        assert supervisor.opens(f"/export/{path}").status_code == 404
    assert supervisor.opens("/export/conversations.csv?filter=nothing").status_code == 404
    assert stranger.opens("/export/conversations.csv").status_code == 303
    assert entries(engine, "export_begun") == []


def test_so_many_an_hour_and_no_more(enters: Enters, engine: Engine) -> None:
    supervisor = enters("supervisor")
    with engine.begin() as connection:
        number = connection.execute(select(audit_entry.c.operator_id)).scalar_one()
        for _ in range(AN_HOUR_AT_MOST):
            record(connection, number, "export_begun")
    assert supervisor.opens("/export/audit.csv").status_code == 429


def test_one_that_is_broken_off_is_noted_as_such(enters: Enters, engine: Engine) -> None:
    supervisor = enters("supervisor")
    has_written(engine, count := 30_000, each=1)
    parts = urlsplit(supervisor.base)
    cookies = "; ".join(f"{name}={value}" for name, value in supervisor.http.cookies.items())
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        request = f"GET {parts.path}/export/conversations.csv HTTP/1.1\r\nHost: x\r\nCookie: {cookies}\r\n\r\n"
        wire.sendall(request.encode())
        assert wire.recv(100).startswith(b"HTTP/1.1 200")
    [ended_one] = ended_ones(engine)
    assert ended_one["complete"] is False
    assert 0 <= int(str(ended_one["rows"])) < count
    assert supervisor.opens("/export/audit.csv").status_code == 200  # its place is free again
    with engine.begin() as connection:  # row by row, the test after this one would take longer to begin than this one
        connection.execute(text("TRUNCATE message, resident CASCADE"))
