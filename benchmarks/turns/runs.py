"""The cases of one run, in their order: Latido first, then stock Rasa with each of its stores."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import requests

from benchmarks.turns.latido_side import latido_up, lived, roots
from benchmarks.turns.load import Town
from benchmarks.turns.measured import OUTSIDE, Case, Finding, Start, measured
from benchmarks.turns.processes import usage
from benchmarks.turns.profile import Profile, profiled
from benchmarks.turns.stock_project import KEPT, ROOT, examples, trained
from benchmarks.turns.stock_side import Stock, stock_up

HELLO = ("hola", "sí, acepto")
# Numbers of residents of their own for each case that needs fresh ones.
OPEN_LOOP, WITH_HISTORY = 40_000_000, 50_000_000
MANY_ENOUGH = 10
PEAK = 150.0
# A rate that every system carries in every case: the time of a turn when nobody else is in the way.
GENTLE = 2.0


@dataclass(frozen=True)
class Watched:
    """Where Latido's processes spend a turn."""

    profile: Profile


@dataclass(frozen=True)
class Plan:
    """How much is measured; `per_intent` cuts the examples stock is taught, `distance` is milliseconds to Twilio."""

    residents: int
    rounds: int
    seconds: float
    rate: float
    sessions: int
    per_intent: int | None
    distance: int
    py_spy: str | None = None


def latido_findings(plan: Plan) -> Iterator[Start | Finding | Watched]:
    """How Latido starts; what it does without and with earlier sessions; and at a given rate."""
    began = time.perf_counter()
    with latido_up() as latido:
        yield _start(time.perf_counter() - began, roots(latido))
        with Town(latido.emulator.base_url, plan.residents) as town:
            town.greets(HELLO)
            yield from _both_ways(plan, Case("Latido", "Redis", 0, plan.residents), roots(latido), town)
            if plan.py_spy:
                yield Watched(profiled(plan.py_spy, roots(latido), plan.seconds, partial(town.chats, 99, plan.seconds)))
        with Town(latido.emulator.base_url, plan.residents, WITH_HISTORY) as town:
            town.greets(HELLO)
            lived(latido, town, plan.sessions)
            yield from _both_ways(plan, Case("Latido", "Redis", plan.sessions, plan.residents), roots(latido), town)
        with Town(latido.emulator.base_url, 5 * plan.residents, OPEN_LOOP) as town:
            town.greets(HELLO)
            for rate in (plan.rate, PEAK):
                case = Case("Latido", "Redis", 0, 5 * plan.residents, rate)
                finding = measured(case, roots(latido), partial(town.writes, rate, plan.seconds / 2))
                yield finding.acknowledging(_acknowledged(latido.emulator.base_url, finding.turns))


def stock_findings(plan: Plan) -> Iterator[Finding]:
    """What stock Rasa does with each store, without and with earlier sessions; the given rate where it is reached."""
    project = KEPT / "project"
    model, seconds = trained(project, examples(ROOT / "data" / "nlu", plan.per_intent))
    print(f"stock model {model.name}: " + (f"trained in {seconds:.0f} s" if seconds else "kept from an earlier run"))
    for redis in (False, True):
        with stock_up(project, model, redis) as stock:
            yield from _of_stock(plan, stock, "Redis" if redis else "memory", _how_many(plan, redis))


def _of_stock(plan: Plan, stock: Stock, store: str, with_history: int) -> Iterator[Finding]:
    with Town(stock.emulator_url, plan.residents) as town:
        town.greets(HELLO)
        case = Case("stock Rasa", store, 0, plan.residents)
        for finding in _both_ways(plan, case, stock.roots, town):
            yield finding
            if finding.per_second >= plan.rate and not finding.case.distance:
                quick = replace(case, rate=plan.rate)
                yield measured(quick, stock.roots, partial(town.writes, plan.rate, plan.seconds / 2))
    with Town(stock.emulator_url, with_history, WITH_HISTORY) as town:
        stock.lived(town.numbers, plan.sessions)
        town.greets(("hola",))
        case = Case("stock Rasa", store, plan.sessions, with_history)
        yield from _both_ways(plan, case, stock.roots, town)


def _both_ways(plan: Plan, case: Case, ids: Sequence[int], town: Town) -> Iterator[Finding]:
    """As much as it carries, near to Twilio and far; and the time of a turn when nobody waits for anybody."""
    yield measured(case, ids, partial(town.chats, plan.rounds, plan.seconds))
    if plan.distance:
        town.twilio_answers_after(plan.distance)
        yield measured(replace(case, distance=plan.distance), ids, partial(town.chats, plan.rounds, plan.seconds / 2))
        town.twilio_answers_after(0)
    yield measured(replace(case, rate=GENTLE), ids, partial(town.writes, GENTLE, plan.seconds / 2))


def _how_many(plan: Plan, redis: bool) -> int:
    """With a long life in Redis a turn takes so long that many residents would run into Twilio's 15 seconds."""
    return min(MANY_ENOUGH, plan.residents) if redis else plan.residents


def _start(seconds: float, ids: Sequence[int]) -> Start:
    memory = {part: used.memory for part, used in usage(ids).items()}
    return Start(seconds, sum(size for part, size in memory.items() if part not in OUTSIDE))


def _acknowledged(emulator_url: str, last: int) -> list[int]:
    """Milliseconds until each of the last webhooks of a resident's message was answered."""
    answer = requests.get(
        f"{emulator_url}/emulator/webhooks", params={"kind": "inbound", "last": str(last)}, timeout=60
    )
    return [call["attempts"][-1]["milliseconds"] for call in answer.json()["webhooks"]]
