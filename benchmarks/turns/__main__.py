"""Latido beside stock Rasa in one run: `python -m benchmarks.turns [--quick] [--page docs/performance.md]`.

Prints a table; with --page the page's measured part and its chart are written anew. The first run trains the stock
model (many minutes); it is kept in results/turns until the examples change.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from benchmarks.turns.machine import this_machine
from benchmarks.turns.measured import Finding, Start
from benchmarks.turns.page import Report, figure, figures, write_page
from benchmarks.turns.runs import Plan, Watched, latido_findings, stock_findings
from benchmarks.turns.stock_project import ROOT

QUICK_EXAMPLES = 20


def main(words: Sequence[str]) -> None:
    """Measure what is asked for, print it, and write it into the page where one is named."""
    options = _options(words)
    plan = Plan(
        residents=options.residents,
        rounds=1 if options.quick else options.rounds,
        seconds=15.0 if options.quick else options.seconds,
        rate=options.rate,
        sessions=options.sessions,
        per_intent=QUICK_EXAMPLES if options.quick else None,
        distance=options.twilio_ms,
        py_spy=None if options.quick else shutil.which("py-spy"),
    )
    machine, start, profile, findings = this_machine(), None, None, list[Finding]()
    print(f"{machine.processor}, {machine.cores} cores, load {machine.load} at the start", flush=True)
    for found in _found(plan, options.only):
        if isinstance(found, Start):
            start = found
        elif isinstance(found, Watched):
            profile = found.profile
        else:
            findings.append(found)
            print(_line(found), flush=True)
    command = " ".join(["python -m benchmarks.turns", *words])
    report = Report(machine, command, _commit(), plan.rate, start, findings, profile or {})
    print(f"\n{figures(report)}")
    if options.page:
        write_page(report, options.page)


def _found(plan: Plan, only: str | None) -> Iterator[Start | Finding | Watched]:
    sides = {"latido": latido_findings, "stock": stock_findings}
    return chain.from_iterable(run(plan) for name, run in sides.items() if only in (None, name))


def _line(found: Finding) -> str:
    times = f"p50 {figure(found.p50)}, p95 {figure(found.p95)}, p99 {figure(found.p99)} ms"
    costs = ", ".join(f"{part} {figure(cost)}" for part, cost in found.cpu.items())
    return (
        f"{found.case.title}: {found.per_second:.1f} turns/s, {found.lost} unanswered, {times}; CPU ms a turn: {costs}"
    )


def _commit() -> str:
    asked = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return asked.stdout.strip() or "unknown"


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--residents", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=20, help="of five messages each, unless the seconds are over")
    parser.add_argument("--seconds", type=float, default=40.0, help="of each closed loop; of others half")
    parser.add_argument("--rate", type=float, default=50.0, help="messages a second of the open loop")
    parser.add_argument("--sessions", type=int, default=30, help="earlier sessions, ten turns each")
    parser.add_argument(
        "--twilio-ms", type=int, default=150, help="how far the real Twilio is, there and back; 0 leaves these rows out"
    )
    parser.add_argument("--only", choices=("latido", "stock"))
    parser.add_argument(
        "--quick", action="store_true", help="a smoke run: one round, stock taught 20 examples an intent"
    )
    parser.add_argument("--page", type=Path, help="the page to write the figures into")
    return parser.parse_args(words)


if __name__ == "__main__":
    main(sys.argv[1:])
