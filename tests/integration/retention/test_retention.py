"""What is over goes, by itself and once; what is still needed stays, however old it is."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from prometheus_client import REGISTRY, CollectorRegistry
from sqlalchemy import func, insert, select, update

from latido.care.residents import CHAT, CURRENT_CONSENT, give_consent, standing_consent
from latido.care.rights.erasing import finish_erasures
from latido.care.services import Care
from latido.messaging.erasing import log_facts
from latido.messaging.inbox import store_inbound
from latido.messaging.messages import InboundMessage
from latido.messaging.outbox import opened_reply
from latido.messaging.tables import alert, message, receipt, resident, ticket
from latido.messaging.tickets import ask_for_person, opened_summary
from latido.retention import rounds
from latido.retention.command import status_lines
from latido.retention.periods import BadPeriods, load_periods
from latido.retention.rounds import overdue, retain
from latido.retention.sweeps import SWEEPS
from latido.retention.tables import marks
from latido.schema import metadata
from latido.telemetry.waiting import WaitingWork
from tests.integration.care.conftest import NOW, Clock

PERIODS = load_periods()
ANA, EVA = "whatsapp:+5491151234567", "whatsapp:+5491151234568"
YEAR = timedelta(days=366)


def writes(care: Care, sid: str, when: datetime, words: str = "estoy de 5 meses", who: str = ANA) -> str:
    """An inbound message of that moment, answered; returns her key."""
    store_inbound(care.engine, care.vault, InboundMessage(sid, who, "text", words))
    with care.engine.begin() as connection:
        old = {"created_at": when, "state": "answered", "answered_at": when, "nlu": {"intent": "inform"}}
        connection.execute(update(message).where(message.c.provider_sid == sid).values(old))
        key = str(connection.execute(select(message.c.resident).where(message.c.provider_sid == sid)).scalar_one())
        connection.execute(update(resident).where(resident.c.key == key).values(last_inbound_at=when))
    return key


def words_of(care: Care) -> list[str]:
    with care.engine.connect() as connection:
        return list(connection.execute(select(message.c.text).order_by(message.c.id)).scalars())


def test_words_of_a_year_ago_go_and_younger_ones_stay(care: Care, clock: Clock) -> None:
    writes(care, "SM1", NOW - YEAR)
    key = writes(care, "SM2", NOW - timedelta(days=30), "hola de nuevo")
    assert overdue(care, PERIODS)["conversation"] == 1
    assert retain(care, PERIODS)["conversation"] == 1
    assert words_of(care) == ["", "hola de nuevo"]
    with care.engine.connect() as connection:
        row = connection.execute(select(message).order_by(message.c.id)).first()
        assert row is not None
        assert (row.provider_sid, row.nlu, row.emptied_at) == ("SM1", None, NOW)
        assert json.loads(care.vault.open(row.content_sealed))["text"] == ""
        assert log_facts(connection, care.vault, key).messages == 1
    assert retain(care, PERIODS)["conversation"] == 0
    assert overdue(care, PERIODS)["conversation"] == 0


def test_after_each_batch_it_rests_and_metrics_tell_what_went(care: Care) -> None:
    for number in range(5):
        writes(care, f"SM{number}", NOW - YEAR)
    rests: list[float] = []
    assert retain(care, PERIODS, batch=2, most=2, rest=rests.append)["conversation"] == 4
    assert rests and min(rests) >= 0.05
    assert retain(care, PERIODS, batch=2, rest=rests.append)["conversation"] == 1
    registry = CollectorRegistry()
    registry.register(WaitingWork(care.engine))
    told = {"period": "conversation"}
    assert registry.get_sample_value("latido_retention_rows_removed", told) == 5
    assert registry.get_sample_value("latido_retention_last_removal_timestamp_seconds", told) == NOW.timestamp()


def test_a_period_that_fails_keeps_no_other_from_going(care: Care, monkeypatch: pytest.MonkeyPatch) -> None:
    writes(care, "SM1", NOW - YEAR)

    def fails(*_: object) -> int:
        raise ValueError("broken")

    first, failures = SWEEPS[0].period, "latido_retention_failures_total"
    before = REGISTRY.get_sample_value(failures, {"period": first}) or 0
    monkeypatch.setattr(rounds, "sweep_batch", fails)
    with pytest.raises(ValueError, match="broken"):
        retain(care, PERIODS)
    assert words_of(care) == [""]
    assert REGISTRY.get_sample_value(failures, {"period": first}) == before + 1


def test_what_somebody_is_to_see_to_is_kept_until_it_is_done(care: Care, clock: Clock) -> None:
    key = writes(care, "SM1", NOW - YEAR, "quiero hablar con alguien")
    with care.engine.begin() as connection:
        message_id = connection.execute(select(message.c.id)).scalar_one()
        ask_for_person(connection, care.vault, key, message_id, "asked", [{"label": "journey", "value": "prenatal"}])
        connection.execute(insert(alert).values(kind="danger", resident=key, message_id=message_id, detail="x"))
    assert retain(care, PERIODS)["conversation"] == 0
    assert words_of(care) == ["quiero hablar con alguien"]
    with care.engine.begin() as connection:
        connection.execute(update(ticket).values(state="closed", closed_at=NOW))
        connection.execute(update(alert).values(resolved_at=NOW))
    clock.now = NOW + timedelta(days=31)  # the next walk begins
    retain(care, PERIODS)
    assert retain(care, PERIODS)["conversation"] == 1
    clock.now = NOW + YEAR
    gone = retain(care, PERIODS)
    assert (gone["ticket_summaries"], gone["alert_details"]) == (1, 1)
    with care.engine.connect() as connection:
        assert opened_summary(care.vault, connection.execute(select(ticket.c.summary_sealed)).scalar_one()) == []
        assert connection.execute(select(alert.c.detail)).scalar_one() == ""


def test_a_message_not_yet_answered_is_never_emptied(care: Care) -> None:
    writes(care, "SM1", NOW - YEAR)
    with care.engine.begin() as connection:
        connection.execute(update(message).values(state="received"))
    assert retain(care, PERIODS)["conversation"] == 0
    assert words_of(care) == ["estoy de 5 meses"]


def test_receipts_go_in_batches_and_what_was_removed_is_counted(care: Care) -> None:
    with care.engine.begin() as connection:
        rows = [
            {"provider_sid": f"SM{n}", "status": "read", "created_at": NOW - timedelta(days=98 - n)} for n in range(10)
        ]
        connection.execute(insert(receipt), rows)
    assert retain(care, PERIODS, batch=3, most=2)["receipts"] == 6
    assert retain(care, PERIODS, batch=3)["receipts"] == 2
    with care.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(receipt)).scalar_one() == 2
        removed = select(marks.c.removed, marks.c.last_at).where(marks.c.period == "receipts")
        assert tuple(connection.execute(removed).one()) == (8, NOW)
    assert any(line.split()[:4] == ["receipts", "90", "0", "8"] for line in status_lines(care, PERIODS))


def test_who_was_silent_for_years_is_forgotten_whole(care: Care, clock: Clock) -> None:
    ana = writes(care, "SM1", NOW - 4 * YEAR)
    eva = writes(care, "SM2", NOW - YEAR, who=EVA)
    for key in (ana, eva):
        with care.engine.begin() as connection:
            give_consent(connection, key, CHAT, CURRENT_CONSENT, NOW)
    assert overdue(care, PERIODS)["silent_residents"] == 1
    assert retain(care, PERIODS)["silent_residents"] == 1
    assert finish_erasures(care, lambda _: True) == 1
    with care.engine.connect() as connection:
        assert standing_consent(connection, ana) is None
        assert standing_consent(connection, eva) is not None
        sealed = connection.execute(select(resident.c.address_sealed).where(resident.c.key == ana)).scalar_one()
    assert care.vault.open(sealed) == ""
    assert retain(care, PERIODS)["silent_residents"] == 0


def test_two_workers_at_once_remove_each_row_once(care: Care) -> None:
    for number in range(40):
        writes(care, f"SM{number}", NOW - YEAR)
    with care.engine.begin() as connection:
        rows = [{"provider_sid": f"R{n}", "status": "read", "created_at": NOW - YEAR} for n in range(40)]
        connection.execute(insert(receipt), rows)
    gone: list[int] = []
    together = Barrier(2)

    def work() -> None:
        together.wait()
        done = retain(care, PERIODS, batch=5)
        gone.append(done["receipts"] + done["conversation"])

    workers = [Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    while any(retain(care, PERIODS, batch=5)[name] for name in ("receipts", "conversation")):
        gone.append(0)
    assert set(words_of(care)) == {""}
    with care.engine.connect() as connection:
        names = marks.c.period.in_(("receipts", "conversation"))
        assert connection.execute(select(func.sum(marks.c.removed)).where(names)).scalar_one() == 80


def test_an_emptied_answer_reads_as_one_without_words(care: Care) -> None:
    key = writes(care, "SM1", NOW - YEAR)
    with care.engine.begin() as connection:
        answers = connection.execute(select(message.c.id)).scalar_one()
        connection.execute(
            insert(message).values(
                resident=key,
                direction="out",
                kind="text",
                state="handed_over",
                text="Turno el martes",
                content_sealed=care.vault.seal('{"type": "text", "text": "Turno el martes"}'),
                answers_id=answers,
                created_at=NOW - YEAR,
            )
        )
    assert retain(care, PERIODS)["conversation"] == 2
    with care.engine.connect() as connection:
        sealed = connection.execute(select(message.c.content_sealed).where(message.c.direction == "out")).scalar_one()
    assert opened_reply(care.vault, sealed).text == ""


def test_every_table_has_a_period_or_a_reason_to_be_kept() -> None:
    swept = {sweep.table.name for sweep in SWEEPS} | {"message"}
    others = {"fhir_*" if name.startswith("fhir_") else name for name in metadata.tables if name != marks.name}
    assert swept | set(PERIODS.kept) == others
    assert not swept & set(PERIODS.kept)


def test_every_period_is_worked_on() -> None:
    assert {sweep.period for sweep in SWEEPS} | {"conversation", "silent_residents"} == set(PERIODS.periods)


@pytest.mark.parametrize("days", ["ninety", 7])
def test_a_period_shorter_than_a_month_or_no_number_is_refused(days: object, tmp_path) -> None:
    file = tmp_path / "retention.yml"
    text = f"version: x\nperiods:\n  receipts: {{days: {days}, from: now, words: x}}\nkept: {{}}\n"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadPeriods, match="receipts: days"):
        load_periods(file)
