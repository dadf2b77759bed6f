"""Everything goes wrong at once, for as long as one likes: `python -m tests.fault --minutes 20 --faults all --seed 7`.

Residents chat, book and flood; Twilio, bot and health service refuse, hang and lose their answers; webhooks come twice,
late, forged and too large; every process is killed. At the end the audit is printed; the exit status is 1 when
something is wrong. Reminders have a command of their own: `python -m tests.fault.reminders`.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from pathlib import Path

from latido.embedded.postgres import EmbeddedPostgres
from tests.fault.audit import Report, printed
from tests.fault.turns.running import FAULTS, Plan, run
from tests.fault.turns.town import a_town

SLOT_DAYS = 20


def main() -> int:
    """Run it at the size asked for, and print the audit."""
    options = _options()
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.ERROR)
    logging.getLogger("tests").setLevel(logging.INFO)
    chosen = frozenset(FAULTS if options.faults == "all" else options.faults.split(","))
    if unknown := chosen - set(FAULTS):
        sys.exit(f"there is no fault called {', '.join(sorted(unknown))}; there are: {', '.join(FAULTS)}")
    plan = Plan(
        options.faults,
        chosen,
        seconds=options.minutes * 60,
        chatters=options.residents,
        bookers=max(2, options.residents // 3),
        flood=options.flood,
        rounds=2,
        pause=(2.0, 10.0),
        between_kills=(5.0, 20.0),
        seed=options.seed,
    )
    with tempfile.TemporaryDirectory(prefix="latido-fault-") as name:
        report = _run(Path(name), plan)
    print("\n".join(printed([report])))
    return 0 if report.sound else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20.0, help="of load; what is open then is settled first")
    parser.add_argument("--faults", default="all", help=f"all, or some of {','.join(FAULTS)}")
    parser.add_argument("--residents", type=int, default=30, help="who chat; a third as many book")
    parser.add_argument("--flood", type=int, default=300, help="messages of the resident who floods")
    parser.add_argument("--seed", type=int, default=20261124)
    return parser.parse_args()


def _run(directory: Path, plan: Plan) -> Report:
    health = EmbeddedPostgres(directory / "health-service")
    try:
        with a_town(directory / "latido", health.start(), plan.seed, SLOT_DAYS) as town:
            return run(town, plan)
    finally:
        health.stop()


if __name__ == "__main__":
    sys.exit(main())
