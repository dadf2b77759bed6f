"""Every real process, once for all chats; each test has phones of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from tests.conversation import recording
from tests.conversation.chat import Chat
from tests.conversation.running import PROJECT, Latido, running_latido


# Until the last chat of this folder: five processes that nobody writes to take a twentieth of a core.
@pytest.fixture(scope="package")
def latido(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Latido]:
    if not (PROJECT / "models" / "latido.tar.gz").exists():
        pytest.skip("no trained model: run `make train`")
    data_dir: Path = tmp_path_factory.mktemp("latido")
    with running_latido(data_dir) as running:
        yield running


@pytest.fixture
def new_resident(latido: Latido) -> Iterator[Callable[..., Chat]]:
    """Somebody who has never written before."""
    arrived: list[Chat] = []

    def arrive(name: str = "Ana") -> Chat:
        arrived.append(Chat(latido, name))
        return arrived[-1]

    yield arrive
    for chat in arrived:
        latido.frees_the_slots_of(chat.number)


@pytest.fixture
def ana(new_resident: Callable[..., Chat]) -> Chat:
    """A resident who has never written before."""
    return new_resident()


_case = itertools.count()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """What was said before was another test's."""
    recording.forget()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Keep the chats of a test that passes, for docs/journeys.md."""
    yield
    module, test = item.module.__name__.rpartition(".")[2], item.originalname  # type: ignore[attr-defined]
    recording.write(module.removeprefix("test_"), test.removeprefix("test_"), next(_case))
