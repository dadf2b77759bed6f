"""What waits and what fails can be read from any process, and says nothing of anybody."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, insert, update

from latido.breaker import CircuitBreaker
from latido.crypto import Vault
from latido.database import create_engine
from latido.messaging.inbox import store_inbound
from latido.messaging.messages import InboundMessage
from latido.messaging.tables import alert, lane
from latido.telemetry.counting import count_steps, watch_breaker, watch_connections
from latido.telemetry.waiting import WaitingWork
from latido.web import create_app
from latido.worker import Chore, run_worker
from tests.serving import free_port, served
from tracelog import step, trace_of

PHONE = "whatsapp:+5491145550101"
TOKEN = "service-token-for-tests"
Numbers = dict[tuple[str, tuple[str, ...]], float]


class NobodyWakes:
    def listen(self, events: dict[str, threading.Event], stop: threading.Event) -> None:
        stop.wait(30)


def numbers_of(told: str) -> Numbers:
    found = text_string_to_metric_families(told)
    return {(one.name, tuple(one.labels.values())): one.value for family in found for one in family.samples}


def waiting(engine: Engine) -> tuple[Numbers, str]:
    registry = CollectorRegistry()
    registry.register(WaitingWork(engine))
    told = generate_latest(registry).decode()
    return numbers_of(told), told


@pytest.fixture
def checks(engine: Engine) -> Iterator[str]:
    with served(create_app([], engine, TOKEN)) as url:
        yield url


def test_a_message_that_waits_is_seen_with_its_age(engine: Engine, vault: Vault) -> None:
    store_inbound(engine, vault, InboundMessage("SM" + "1" * 32, PHONE, "text", "tengo turno? mi DNI es 30111222"))
    with engine.begin() as connection:
        connection.execute(update(lane).values(due_at=datetime.now(UTC) - timedelta(minutes=3)))
        key = vault.resident_key(PHONE)
        connection.execute(insert(alert).values(kind="danger", resident=key, subject="s", detail=""))
    now, told = waiting(engine)
    assert now["latido_messages_open", ("received",)] == 1
    assert now["latido_lanes_due", ("turn",)] == 1
    assert now["latido_lane_oldest_due_seconds", ("turn",)] >= 180
    assert now["latido_alerts_open", ("danger",)] == 1
    assert now["latido_database_up", ()] == 1
    for secret in (key, PHONE[9:], "30111222", "SM1"):
        assert secret not in told


def test_nothing_waits(engine: Engine) -> None:
    now, _ = waiting(engine)
    assert [name for name, _ in now] == ["latido_database_up", "latido_reminders_due"]
    assert now["latido_reminders_due", ("pending",)] == 0


def test_a_database_that_is_away_is_a_number_not_an_error() -> None:
    now, _ = waiting(create_engine("postgresql://127.0.0.1:9/nobody"))
    assert now == {("latido_database_up", ()): 0}


def test_steps_chores_breakers_and_connections_are_counted(engine: Engine, checks: str) -> None:
    count_steps()
    watch_connections(engine)
    breaker = CircuitBreaker()
    watch_breaker("health_service", lambda: breaker.is_open)
    for _ in range(3):
        breaker.failed()
    with step("turn", trace_of("SM1"), outcome="answered"):
        pass
    stop, rounds = threading.Event(), [0]

    def fails_first() -> None:
        rounds[0] += 1
        if rounds[0] == 1:
            raise ValueError
        stop.set()

    run_worker([], [Chore("a chore", 0.01, fails_first)], NobodyWakes(), stop)  # type: ignore[arg-type]
    now = numbers_of(requests.get(f"{checks}/metrics", timeout=60).text)
    assert now["latido_step_seconds_count", ("answered", "turn")] >= 1
    assert now["latido_chore_failures_total", ("a chore",)] == 1
    assert now["latido_chore_seconds_count", ("a chore",)] == 1
    assert now["latido_breaker_open", ("health_service",)] == 1
    assert now["latido_database_connections", ("idle",)] >= 0
    breaker.succeeded()
    assert (
        numbers_of(requests.get(f"{checks}/metrics", timeout=60).text)["latido_breaker_open", ("health_service",)] == 0
    )


def test_anybody_may_ask_whether_it_lives_and_learns_nothing_else(engine: Engine, checks: str) -> None:
    assert [requests.get(f"{checks}/{path}", timeout=60).text for path in ("livez", "readyz")] == ["ok\n", "ok\n"]
    with served(create_app([], create_engine("postgresql://127.0.0.1:9/nobody"), TOKEN), free_port()) as cut_off:
        assert requests.get(f"{cut_off}/livez", timeout=60).status_code == 200
        away = requests.get(f"{cut_off}/readyz", timeout=60)
        assert (away.status_code, away.text) == (503, "not ready: Postgres does not answer\n")
