"""A resident who tells of her people, in a few words."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from latido.care.services import Care
from tests.integration.care.conftest import Api, served
from tests.integration.care.waiting_story import key, wrote
from tests.integration.care.waiting_story import waiting as waiting

ANA = key("ana")


class Family:
    """Ana's phone: every call has a key of its own unless one is given."""

    def __init__(self, api: Api, care: Care, resident: str = ANA) -> None:
        self.api, self.care, self.resident = api, care, resident
        self._numbers = count(1)

    def post(self, what: str, key: str | None = None, **body: Any) -> Any:
        fresh = f"SM{self.resident[:8]}:{next(self._numbers)}:{what.replace('/', '.')}"
        given = {"idempotency_key": key or fresh, **body}
        return self.api.post(f"/residents/{self.resident}/{what}", given)

    def people(self) -> list[dict[str, Any]]:
        return self.api.get(f"/residents/{self.resident}").json()["people"]

    def ids(self) -> list[str]:
        return [each["id"] for each in self.people()]

    def pregnant(self, person: str | None = "self", **body: Any) -> dict[str, Any]:
        answer = self.post("pregnancies", person=person, **body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()["person"]

    def child(self, name: str | None = None, born: str | None = None, **body: Any) -> dict[str, Any]:
        answer = self.post("children", given_name=name, birth_date=born, **body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()["person"]


@pytest.fixture
def family(waiting: Care) -> Iterator[Family]:
    """Ana, who wrote to us and consented, with every slot taken."""
    wrote(waiting, "ana")
    with served(waiting) as api:
        yield Family(api, waiting)


def weeks(low: int, high: int | None = None, source: str = "weeks", lmp: str | None = None) -> dict[str, Any]:
    """A gestational age as the dialogue sends it."""
    return {"weeks_min": low, "weeks_max": low if high is None else high, "source": source, "lmp": lmp}
