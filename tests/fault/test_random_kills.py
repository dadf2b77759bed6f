"""Random kills under load, then an audit: nothing lost, nothing answered twice, order kept, nothing sent twice.

LATIDO_FAULT_SECONDS makes the run longer than its default.
"""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from latido.emulator.client import Phone
from tests.conversation.running import PROJECT, Latido, running_latido
from tracelog import trace_of

SECONDS = float(os.environ.get("LATIDO_FAULT_SECONDS", "25"))
RESIDENTS = 8
TEXTS = ("hola", "¿es gratis?", "qué tengo que llevar?", "busco un cesac en barracas", "gracias", "¿sos un robot?")
PARTS = ("worker", "bot", "actions", "web", "postgres", "valkey")
SETTLE = 150.0
# WhatsApp allows one person a burst of some forty answers and then one each six seconds: longer runs write more slowly.
PAUSES = max(1.0, SECONDS / 30)

pytestmark = pytest.mark.timeout(SECONDS + SETTLE + 120)


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Latido]:
    if not (PROJECT / "models" / "latido.tar.gz").exists():
        pytest.skip("no trained model: run `make train`")
    data_dir: Path = tmp_path_factory.mktemp("fragile")
    with running_latido(
        data_dir,
        LATIDO_TURN_TIMEOUT="5",
        LATIDO_TWILIO_TIMEOUT="3",
        LATIDO_LOG_FORMAT="json",
        LATIDO_ACTIONS_APART="true",
    ) as running:
        running.emulator.limits(pair=False)
        yield running


def test_one_id_leads_through_the_log_of_every_process(fragile: Latido) -> None:
    phone = fragile.emulator.phone("+5491149999001")
    phone.says("hola")
    fragile.waits_until_answered(phone.number, SETTLE)
    inbound = next(row for row in fragile.log_of(phone.number) if row.direction == "in")
    trace = trace_of(inbound.provider_sid).trace_id
    wanted = {("web", "webhook.inbound"), ("worker", "turn"), ("bot", "bot"), ("actions", "action"), ("web", "care")}
    wanted |= {("worker", "send")}
    deadline = time.monotonic() + SETTLE
    while not wanted <= _steps_of(fragile, trace):
        assert time.monotonic() < deadline, (wanted - _steps_of(fragile, trace), fragile.last_lines())
        time.sleep(0.2)
    lines = [line for line in fragile.output if trace in line]
    assert [line for line in lines if phone.number[-8:] in line or inbound.resident in line or "hola" in line] == []
    port = fragile.environment["LATIDO_WORKER_PORT"]
    told = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text
    assert 'latido_step_seconds_count{outcome="answered",step="turn"}' in told
    assert "latido_answer_seconds_count" in told


def _steps_of(latido: Latido, trace: str) -> set[tuple[str, str]]:
    told = [json.loads(line) for line in list(latido.output) if trace in line and line.startswith("{")]
    return {(line["part"], line["message"]) for line in told if line["logger"] == "latido.steps"}


def test_after_random_kills_every_message_was_answered_once_and_in_order(fragile: Latido) -> None:
    chance = random.Random(20261123)
    phones = [fragile.emulator.phone(f"+54911{40_000_000 + n}") for n in range(RESIDENTS)]
    over = threading.Event()
    with ThreadPoolExecutor(RESIDENTS + 1) as pool:
        killing = pool.submit(_kill_at_random, fragile, chance, over)
        writing = [pool.submit(_write, phone, over, random.Random(n)) for n, phone in enumerate(phones)]
        time.sleep(SECONDS)
        over.set()
        written = sum(each.result() for each in writing)
    _settle(fragile, phones)
    print(f"{written} messages of {RESIDENTS} residents, kills: {dict(killing.result())}")
    problems = [problem for phone in phones for problem in _audit(fragile, phone)]
    assert problems == [], f"{len(problems)} of {written} messages\n" + "\n".join(problems[:20])
    assert written >= RESIDENTS


def _write(phone: Phone, over: threading.Event, chance: random.Random) -> int:
    written = 0
    while not over.is_set():
        phone.says(chance.choice(TEXTS))
        written += 1
        over.wait(chance.uniform(0.2, 1.5) * PAUSES)
    return written


def _kill_at_random(latido: Latido, chance: random.Random, over: threading.Event) -> Counter[str]:
    killed: Counter[str] = Counter()
    while not over.wait(chance.uniform(1.0, 3.0)):
        part = chance.choice(PARTS)
        try:
            os.kill(_pid(latido, part), signal.SIGKILL)
        except (ProcessLookupError, AssertionError, psutil.Error, FileNotFoundError, ValueError):
            continue  # it is just being started again
        killed[part] += 1
    return killed


def _pid(latido: Latido, part: str) -> int:
    if part == "postgres":
        return int((latido.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    if part == "valkey":
        return int((latido.data_dir / "valkey" / "valkey.pid").read_text())
    return latido.process_of(part).pid


def _settle(latido: Latido, phones: list[Phone]) -> None:
    deadline = time.monotonic() + SETTLE
    while time.monotonic() < deadline:
        rows = [row for phone in phones for row in latido.log_of(phone.number)]
        known = {row.provider_sid for row in rows}
        sent = [seen.sid for phone in phones for seen in phone.transcript() if seen.direction == "inbound"]
        open_rows = [row for row in rows if row.state in ("received", "queued", "sending", "unknown")]
        if not open_rows and set(sent) <= known:
            return
        time.sleep(1.0)


def _audit(latido: Latido, phone: Phone) -> list[str]:
    """Everything that is wrong with one resident's conversation."""
    rows = latido.log_of(phone.number)
    shown = [seen.sid for seen in phone.transcript() if seen.direction != "inbound"]
    sent = [seen.sid for seen in phone.transcript() if seen.direction == "inbound"]
    inbound = [row for row in rows if row.direction == "in"]
    outbound = [row for row in rows if row.direction == "out"]
    return [
        *(f"lost: {sid}" for sid in set(sent) - {row.provider_sid for row in inbound}),
        *(f"not answered: {row.id} {row.state} {row.last_error}" for row in inbound if row.state == "received"),
        *(f"set aside: {row.id} {row.last_error}" for row in inbound if row.state == "set_aside"),
        *(f"sent twice: {sid}" for sid, count in Counter(shown).items() if count > 1),
        *(f"sent without a trace: {sid}" for sid in set(shown) - {row.provider_sid for row in outbound}),
        *(f"not sent: {row.id} {row.state} {row.last_error}" for row in outbound if row.state != "handed_over"),
        *_answered_twice(outbound),
        *_out_of_order(inbound, outbound),
    ]


def _answered_twice(outbound: list[Any]) -> list[str]:
    texts = Counter((row.answers_id, row.text) for row in outbound)
    return [f"answered twice: {answers}" for (answers, _), count in texts.items() if count > 1]


def _out_of_order(inbound: list[Any], outbound: list[Any]) -> list[str]:
    answered = [row.answers_id for row in outbound if row.answers_id is not None]
    wrong = [] if answered == sorted(answered) else [f"answers out of order: {answered}"]
    handed_over = [row.handed_over_at for row in outbound if row.handed_over_at]
    times = [row.answered_at for row in inbound if row.answered_at]
    if handed_over != sorted(handed_over):
        wrong.append("sent out of order")
    return wrong if times == sorted(times) else [*wrong, "answered out of order"]
