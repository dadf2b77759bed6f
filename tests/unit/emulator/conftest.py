from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.emulator.stage import Stage, staged


@pytest.fixture(scope="session")
def shared_stage() -> Iterator[Stage]:
    with staged() as stage:
        yield stage


@pytest.fixture
def stage(shared_stage: Stage) -> Stage:
    """An emulator that remembers nothing, and a bridge that has received nothing."""
    shared_stage.emulator.reset(contents=True)
    shared_stage.bridge.received.clear()
    shared_stage.bridge.answers.clear()
    return shared_stage
