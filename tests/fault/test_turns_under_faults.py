"""Turns while Twilio, bot, health service and every process fail, and webhooks come as they should not; then an audit.

One stack for all of it. The same for as long as one likes, all at once: `python -m tests.fault --minutes 20`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import pytest
import requests

from tests.conftest import temporary_database
from tests.conversation.running import PROJECT, Latido
from tests.fault.audit import Report, remember
from tests.fault.turns.running import Plan, run
from tests.fault.turns.town import Town, a_town
from tracelog import trace_of

PATIENCE_S = 150.0

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[Town]:
    if not (PROJECT / "models" / "latido.tar.gz").exists():
        pytest.skip("no trained model: run `make train`")
    with (
        temporary_database(postgres_url) as health_database,
        a_town(tmp_path_factory.mktemp("town"), health_database, seed=7) as town,
    ):
        yield town


@pytest.fixture
def audited(town: Town, record_property: Callable[[str, object], None]) -> Callable[[Plan], Report]:
    """Run a plan, have its audit printed at the end of the tests, and let nothing be wrong."""

    def ran(plan: Plan) -> Report:
        report = remember(record_property, run(town, plan))
        assert report.sound, "\n".join([*report.lines()[:20], town.latido.last_lines(20)])
        return report

    return ran


def test_one_id_leads_through_the_log_of_every_process(town: Town) -> None:
    phone = town.somebody()
    phone.says("hola")
    town.latido.waits_until_answered(phone.number, PATIENCE_S)
    inbound = next(row for row in town.latido.log_of(phone.number) if row.direction == "in")
    trace = trace_of(inbound.provider_sid).trace_id
    wanted = {("web", "webhook.inbound"), ("worker", "turn"), ("bot", "bot"), ("actions", "action"), ("web", "care")}
    wanted |= {("worker", "send")}
    deadline = time.monotonic() + PATIENCE_S
    while not wanted <= _steps_of(town.latido, trace):
        assert time.monotonic() < deadline, (wanted - _steps_of(town.latido, trace), town.latido.last_lines())
        time.sleep(0.2)
    lines = [line for line in town.latido.output if trace in line]
    assert [line for line in lines if phone.number[-8:] in line or inbound.resident in line or "hola" in line] == []
    port = town.latido.environment["LATIDO_WORKER_PORT"]
    told = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text
    assert 'latido_step_seconds_count{outcome="answered",step="turn"}' in told
    assert "latido_answer_seconds_count" in told


def _steps_of(latido: Latido, trace: str) -> set[tuple[str, str]]:
    told = [json.loads(line) for line in list(latido.output) if trace in line and line.startswith("{")]
    return {(line["part"], line["message"]) for line in told if line["logger"] == "latido.steps"}


def test_a_twilio_that_refuses_hangs_and_loses_its_answers(audited: Callable[[Plan], Report]) -> None:
    report = audited(Plan("twilio", frozenset({"twilio"}), seconds=8.0, chatters=4))
    assert report.counts["written"] >= 4 and report.troubles["emulator stood still"] >= 1


def test_a_bot_that_fails_hangs_and_loses_its_answers(audited: Callable[[Plan], Report]) -> None:
    report = audited(Plan("bot", frozenset({"bot"}), seconds=8.0, chatters=6))
    assert report.counts["written"] >= 6
    assert min(report.troubles[f"bot {kind}"] for kind in ("error", "hang", "reset_after", "hang_after")) >= 1


def test_a_health_service_that_fails_while_appointments_are_made(audited: Callable[[Plan], Report]) -> None:
    report = audited(Plan("health service", frozenset({"health"}), seconds=30.0, chatters=0, bookers=4))
    assert report.counts["written"] >= 4 and report.troubles["health service error_after"] >= 1


def test_webhooks_that_come_twice_late_forged_and_too_large(audited: Callable[[Plan], Report]) -> None:
    report = audited(Plan("webhooks", frozenset({"webhooks"}), seconds=4.0, chatters=3))
    assert report.counts["refused"] >= 6 and report.troubles["webhooks repeated"] >= 15


def test_a_resident_who_writes_without_end(audited: Callable[[Plan], Report]) -> None:
    report = audited(Plan("flood", frozenset({"flood"}), seconds=5.0, chatters=3, flood=100, pause=(0.5, 1.0)))
    assert report.counts["flood"] == 100 and report.counts["written"] > 103
    assert report.counts["overtaken"] <= 25


def test_every_process_is_killed_at_any_moment(audited: Callable[[Plan], Report]) -> None:
    report = audited(Plan("kills", frozenset({"kills"}), seconds=5.0, chatters=6, bookers=1))
    assert min(report.troubles[f"{part} killed"] for part in ("web", "worker", "bot", "actions", "postgres")) >= 1
