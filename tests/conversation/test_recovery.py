"""The whole of Latido killed at once: the next start finds everything that was acknowledged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conversation.chat import Chat
from tests.conversation.running import PROJECT, Latido, running_latido
from tests.conversation.test_prenatal_appointment import up_to_offers

pytestmark = pytest.mark.timeout(240)


def test_after_kill_nine_of_everything_the_appointment_and_the_consent_are_there(
    latido: Latido, tmp_path: Path
) -> None:
    with running_latido(tmp_path) as first:
        ana = up_to_offers(Chat(first)).taps_first_slot().taps("Sí, confirmar")
        [booked] = ana.appointments
        refused = subprocess.run(
            [sys.executable, "-m", "latido.cli", "up", "--demo"],
            cwd=PROJECT,
            env=first.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert refused.returncode != 0
        assert "another `latido up`" in refused.stderr
        first.process.kill()
        first.process.wait(10)

    with running_latido(tmp_path) as second:
        again = Chat(second, number=ana.number)
        assert [one["id"] for one in again.appointments] == [booked["id"]]
        again.says("mis turnos").sees("Control de embarazo").does_not_see("acepto")
