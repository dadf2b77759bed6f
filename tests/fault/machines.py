"""What befalls machines, for as long as one likes: `python -m tests.fault.machines --minutes 10 --kinds cut-off,clock`.

Of two workers on two hosts one is cut off; the disk of Postgres fills up; its clock is set. One after the other,
each with an audit, printed at the end; the exit status is 1 when something is wrong. As root, on Linux.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from tests.fault.audit import Report, printed
from tests.fault.clocked_town import clocked_town
from tests.fault.cut_off import holding, two_hosts
from tests.fault.full_disk import cramped
from tests.fault.own_postgres import OwnPostgres

Going = Callable[[], bool]


def cut_off(directory: Path, going: Going, chance: random.Random) -> Report:
    """One of two workers cut off in the middle of turns, of sending and of a transaction, from Postgres or from all."""
    done = 0
    with two_hosts(directory) as two:
        while going():
            links = chance.choice([("database",), ("database", "world")])
            two.everybody_chats("uno")
            cut = chance.choice([two.cut_in_mid_turn, two.cut_in_mid_send, None])
            if cut is not None:
                cut(*links, refused=False)  # cut off from the bot as well, it may have nothing left to write
            else:
                with holding(two.first, two.town, two.town.phones[0].number):
                    two.first.cut(*links)
                    two.everybody_chats("cinco")
                    two.first.heal(*links)
            done += 1
        return two.town.audited("one of two cut off", {"cut off": done})


def disk(directory: Path, going: Going, chance: random.Random) -> Report:
    """The disk of Postgres full, at times until its log has no room either, and made free again."""
    done = 0
    with cramped(directory) as tight:
        while going():
            tight.town.bot.shut = True
            tight.everybody_writes_at_length()
            tight.disk.fill()
            tight.town.bot.shut = False
            tight.everybody_writes_until_refused()
            if chance.random() < 0.5:
                tight.takes_the_log_too()
            tight.makes_room()
            tight.town.waits_until_quiet()
            done += 1
        return tight.town.audited("full disk", {"disk filled": done})


def clock(directory: Path, going: Going, chance: random.Random) -> Report:
    """The clock of Postgres set by up to three hours, forward and back."""
    postgres = OwnPostgres(directory / "postgres")
    postgres.start()
    try:
        postgres.create("latido")
        with clocked_town(postgres.local_url("latido"), directory) as clocked:
            while going():
                ahead = timedelta(minutes=chance.choice([-180, -60, -5, 0, 5, 60, 180]))
                if kills := chance.random() < 0.3:
                    clocked.starts_a_worker()
                    clocked.sets_it_in_mid_turn(ahead, kills)
                else:
                    chance.choice([clocked.sets_it_in_mid_turn, clocked.sets_it_in_mid_send])(ahead)
            return clocked.audited()
    finally:
        postgres.stop()


KINDS = {"cut-off": cut_off, "disk": disk, "clock": clock}


def main() -> int:
    """Run the kinds asked for, one after the other, and print the audit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0, help="for all kinds together")
    parser.add_argument("--kinds", default=",".join(KINDS), help=f"some of {','.join(KINDS)}")
    parser.add_argument("--seed", type=int, default=20261124)
    options = parser.parse_args()
    chosen = options.kinds.split(",")
    if unknown := set(chosen) - set(KINDS):
        sys.exit(f"there is no kind called {', '.join(sorted(unknown))}; there are: {', '.join(KINDS)}")
    reports = list(_reports(chosen, options.minutes * 60 / len(chosen), random.Random(options.seed)))
    print("\n".join(printed(reports)))
    return 0 if all(report.sound for report in reports) else 1


def _reports(chosen: list[str], seconds: float, chance: random.Random) -> Iterator[Report]:
    for kind in chosen:
        with tempfile.TemporaryDirectory(prefix="latido-fault-", ignore_cleanup_errors=True) as name:
            deadline = time.monotonic() + seconds
            yield KINDS[kind](Path(name), lambda deadline=deadline: time.monotonic() < deadline, chance)


if __name__ == "__main__":
    sys.exit(main())
