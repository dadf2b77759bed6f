from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.twilio_openapi import TwilioJudge
from tests.unit.emulator.stage import Stage, staged

SERVICE = "MG" + "a" * 32


@pytest.fixture(scope="session")
def judge() -> TwilioJudge:
    return TwilioJudge.or_skip()


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged(messaging_service_sid=SERVICE) as stage:
        yield stage
