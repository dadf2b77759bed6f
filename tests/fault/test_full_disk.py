"""Full disks: nothing that was acknowledged is lost, nothing is acknowledged that is not stored, all goes on after."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fault.audit import remember
from tests.fault.full_disk import AWAY, NO_ROOM, Cramped, cramped
from tests.fault.small_disk import NotAllowed
from tests.fault.small_town import PROJECT
from tests.fault.waiting import until

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def tight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cramped]:
    try:
        with cramped(tmp_path_factory.mktemp("cramped")) as made:
            yield made
    except NotAllowed as reason:
        pytest.skip(f"needs to mount a small disk (root, Linux): {reason}")


def test_a_full_disk_of_postgres(tight: Cramped, record_property: Callable[[str, object], None]) -> None:
    town = tight.town
    town.everybody_says("hola")
    town.waits_until_quiet()
    assert tight.ready() == (200, "ok\n")

    town.bot.shut = True
    tight.everybody_writes_at_length()
    tight.disk.fill()
    town.bot.shut = False  # the worker has answers now, and nowhere to write them
    tight.everybody_writes_until_refused()
    assert town.acknowledged() <= town.stored()
    assert tight.ready() == (503, f"not ready: Postgres has {NO_ROOM}\n")

    tight.takes_the_log_too()
    before = town.acknowledged()
    town.everybody_says("¿hay alguien?")
    assert town.acknowledged() == before
    assert tight.ready() == (503, f"not ready: Postgres {AWAY}\n")
    assert tight.worker.process.poll() is None

    tight.makes_room()
    town.waits_until_quiet()
    until(lambda: tight.ready() == (200, "ok\n"), "the web process is ready again")
    report = remember(record_property, town.audited("full disk", {"disk filled": 2}))
    assert report.sound, report.lines()
    assert town.problems(in_order=False) == []


CHATTY = """
import sys, time
from pathlib import Path
from latido.supervisor.parts import Part
from latido.supervisor.processes import Process
words = "import sys\\nfor n in range(20000): print('a line of some length, number', n)\\nopen(sys.argv[1], 'w').close()"
part = Process(Part("bot", (sys.executable, "-c", words, sys.argv[1])), {}, Path.cwd())
part.start()
part._process.wait(120)
"""


def test_latido_up_reads_on_when_its_log_has_no_room(tmp_path: Path) -> None:
    said_all = tmp_path / "said-all"
    with Path("/dev/full").open("w") as full:
        subprocess.run([sys.executable, "-c", CHATTY, str(said_all)], cwd=PROJECT, stdout=full, timeout=300)
    assert said_all.exists(), "a part stood still because nobody read what it says"
