"""Replacing LATIDO_SECRET_KEY: nobody becomes a stranger, nothing is unreadable, whenever it is done or cut off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, Text, cast, func, insert, literal, select

from latido.cli import cli
from latido.crypto import LastingKeys, SealBroken, Vault
from latido.messaging.inbox import store_inbound
from latido.messaging.messages import InboundMessage
from latido.messaging.tables import message, resident
from latido.schema import metadata
from latido.sealing.lasting import begin_empty, vault_of
from latido.sealing.rotation import Rotated, rotate, sealed_columns
from latido.settings import Settings
from latido.wiring import MissingSetting, Wiring

OLD, NEW = "the secret of last year", "the secret of this year"
PHONE = "whatsapp:+5491151234567"


def _url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def _phone(number: int) -> str:
    return f"whatsapp:+54911{number:08d}"


def _writes(engine: Engine, vault: Vault, sid: str, address: str = PHONE, text: str = "tengo un atraso") -> None:
    store_inbound(engine, vault, InboundMessage(sid, address, "text", text, profile_name="Ana"))


def _many(engine: Engine, vault: Vault, count: int) -> None:
    """`count` messages of one resident under the vault's present secret, without the webhook's round trips."""
    _writes(engine, vault, "SM-first")
    with engine.begin() as connection:
        alike = [column for column in message.c if column.name not in ("id", "provider_sid")]
        sid = literal("SM-many-") + cast(func.generate_series(1, count), Text)
        rows = select(sid, *alike).where(message.c.provider_sid == "SM-first")
        connection.execute(insert(message).from_select(["provider_sid", *(one.name for one in alike)], rows))


def _rotated(engine: Engine, vault: Vault, batch: int = 100) -> dict[str, Rotated]:
    return {tally.table: tally for tally in rotate(engine, vault, metadata, lambda count: None, batch)}


def _all_open(engine: Engine, vault: Vault) -> int:
    """How many sealed values there are; raises SealBroken if one of them does not open."""
    count = 0
    with engine.connect() as connection:
        for table, columns in sealed_columns(metadata).items():
            for row in connection.execute(select(*columns).select_from(table)):
                for value in row:
                    if value:
                        vault.open(value)
                        count += 1
    return count


def test_every_binary_column_says_that_it_is_sealed():
    """The rotation takes every binary column for a sealed one: another kind has to be told apart there first."""
    names = [f"{table.name}.{column.name}" for table, columns in sealed_columns(metadata).items() for column in columns]
    assert len(names) >= 20
    assert [name for name in names if "sealed" not in name] == []


def test_a_new_secret_knows_the_same_people_and_the_old_one_can_be_dropped(engine: Engine):
    before = vault_of(engine, OLD)
    _writes(engine, before, "SM-1")
    during = vault_of(engine, NEW, (OLD,))
    _writes(engine, during, "SM-2")
    tallies = _rotated(engine, during)
    assert (tallies["message"].renewed, tallies["message"].already) == (1, 1)
    assert tallies["lasting_key"].renewed == 1
    after = vault_of(engine, NEW)
    _writes(engine, after, "SM-3")
    assert after.resident_key(PHONE) == before.resident_key(PHONE)
    assert _all_open(engine, after) == 6  # three contents, her address, her name, and the keys
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(resident)).scalar_one() == 1
    with pytest.raises(SealBroken):
        _all_open(engine, Vault(OLD))
    assert all(tally.renewed == 0 for tally in _rotated(engine, after).values())


def test_residents_write_while_all_is_sealed_anew(engine: Engine):
    """Two processes write all the while, one of them still under the old secret: a rolling restart."""
    slow, new = vault_of(engine, OLD, (NEW,)), vault_of(engine, NEW, (OLD,))
    _many(engine, slow, 400)
    stop, written = threading.Event(), [0, 0]

    def write(which: int, vault: Vault) -> None:
        while not stop.is_set() or written[which] < 5:
            _writes(engine, vault, f"SM-{which}-{written[which]}", _phone(written[which] % 7), f"mensaje {which}")
            written[which] += 1

    threads = [threading.Thread(target=write, args=pair) for pair in enumerate((slow, new))]
    for thread in threads:
        thread.start()
    first = _rotated(engine, new, batch=50)
    stop.set()
    for thread in threads:
        thread.join()
    assert first["message"].renewed >= 400
    _rotated(engine, new)
    assert all(tally.renewed + tally.overtaken == 0 for tally in _rotated(engine, new).values())
    alone = vault_of(engine, NEW)
    with engine.connect() as connection:
        stored = connection.execute(select(func.count()).select_from(message)).scalar_one()
    assert stored == 401 + sum(written)
    assert _all_open(engine, alone) > stored
    assert alone.resident_key(PHONE) == slow.resident_key(PHONE)


_ROTATES_UNTIL_KILLED = """
import sys, time
from latido.database import create_engine
from latido.schema import metadata
from latido.sealing.lasting import vault_of
from latido.sealing.rotation import rotate

def told(count):
    print(count, flush=True)
    time.sleep(0.05)

engine = create_engine(sys.argv[1])
for tally in rotate(engine, vault_of(engine, sys.argv[2], (sys.argv[3],)), metadata, told, batch=20):
    print(tally.table, flush=True)
"""


def test_killed_halfway_it_goes_on_where_it_was(engine: Engine):
    before = vault_of(engine, OLD)
    _many(engine, before, 300)
    child = subprocess.Popen(
        [sys.executable, "-c", _ROTATES_UNTIL_KILLED, _url(engine), NEW, OLD], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    seen = [
        line for line, _ in zip(iter(child.stdout.readline, ""), range(200), strict=False) if _is_batch(child, line)
    ]
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    child.wait()
    assert child.returncode == -signal.SIGKILL
    assert seen
    half = vault_of(engine, NEW, (OLD,))
    assert _all_open(engine, half) > 300
    left = _rotated(engine, half)["message"]
    assert left.renewed > 0
    assert left.already > 0
    assert left.renewed + left.already == 301
    assert _all_open(engine, vault_of(engine, NEW)) > 300


def _is_batch(child: subprocess.Popen[str], line: str) -> bool:
    """Whether the line tells of a batch; the child is killed at a full one, in the midst of the messages."""
    if line.strip() == "20":
        os.kill(child.pid, signal.SIGKILL)
    return line.strip().isdigit()


def test_it_waits_for_nobody_and_says_what_was_left(engine: Engine):
    """A row that a turn holds is passed by, so that neither waits for the other; the command asks for another run."""
    _writes(engine, vault_of(engine, OLD), "SM-1")
    vault = vault_of(engine, NEW, (OLD,))
    with engine.begin() as turn:
        turn.execute(select(message).with_for_update())
        left = _rotated(engine, vault)["message"]
    assert (left.renewed, left.overtaken) == (0, 1)
    assert _rotated(engine, vault)["message"].renewed == 1


def test_the_command_says_when_the_old_secret_may_go(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    _writes(engine, vault_of(engine, OLD), "SM-1")
    monkeypatch.setenv("LATIDO_DATABASE_URL", _url(engine))
    monkeypatch.setenv("LATIDO_SECRET_KEY", NEW)
    refused = CliRunner().invoke(cli, ["secrets", "rotate"])
    assert isinstance(refused.exception, MissingSetting)
    monkeypatch.setenv("LATIDO_OLD_SECRET_KEYS", OLD)
    first, second = (CliRunner().invoke(cli, ["secrets", "rotate"]) for _ in range(2))
    assert "once more" in first.output
    assert "LATIDO_OLD_SECRET_KEYS may go" in second.output
    assert OLD not in first.output + second.output


def test_whoever_has_neither_secret_is_told_which_setting_to_give(engine: Engine, tmp_path):
    _writes(engine, vault_of(engine, OLD), "SM-1")
    wrong = Settings(_env_file=None, database_url=_url(engine), data_dir=tmp_path, secret_key="neither")
    with pytest.raises(MissingSetting, match="LATIDO_OLD_SECRET_KEYS"):
        Wiring(wrong).vault.resident_key(PHONE)
    right = wrong.model_copy(update={"old_secret_keys": f"something older, {OLD}"})
    assert Wiring(right).vault.resident_key(PHONE) == Vault(OLD).resident_key(PHONE)


def test_a_value_that_no_secret_opens_is_counted_and_left(engine: Engine):
    vault = vault_of(engine, NEW)
    _writes(engine, vault, "SM-1")
    with engine.begin() as connection:
        connection.execute(message.update().values(content_sealed=Vault("a lost one").seal("{}")))
    tally = _rotated(engine, vault)["message"]
    assert (tally.renewed, tally.unreadable) == (0, 1)


def test_an_empty_database_gets_keys_that_no_secret_gives(engine: Engine):
    begin_empty(engine, vault_of(engine, OLD), (resident,))
    kept = vault_of(engine, OLD).lasting
    assert kept != LastingKeys.derived(OLD)
    assert vault_of(engine, NEW, (OLD,)).lasting == kept
    begin_empty(engine, vault_of(engine, OLD), (resident,))
    assert vault_of(engine, OLD).lasting == kept


def test_one_that_has_residents_keeps_those_they_are_known_by(engine: Engine):
    _writes(engine, Vault(OLD), "SM-1")
    begin_empty(engine, vault_of(engine, OLD), (resident,))
    assert vault_of(engine, OLD).lasting == LastingKeys.derived(OLD)
