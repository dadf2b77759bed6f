"""A campaign and the residents it may be for, on a real Postgres and the embedded FHIR server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Row, func, insert, select, text, update

from latido.campaigns import life
from latido.campaigns.drafts import Draft, filled
from latido.campaigns.last_moment import still_invited
from latido.campaigns.parts import Campaigns, Limits
from latido.campaigns.policy_data import load_campaign_policy
from latido.campaigns.rounds import campaign_round
from latido.campaigns.rules.segment import Segment
from latido.campaigns.settling import settle
from latido.campaigns.tables import campaign, recipient
from latido.care.residents import CONTENT, CURRENT_CONSENT, give_consent
from latido.care.tables import resident_places
from latido.console.tables import operator
from latido.messaging.outbox import opened_reply
from latido.messaging.tables import message
from latido.reminders.parts import Reminders
from tests.integration.care.conftest import bare_care as bare_care
from tests.integration.care.conftest import care as care
from tests.integration.care.conftest import clock as clock
from tests.integration.care.conftest import fhir as fhir
from tests.integration.console.insiders import works_here
from tests.integration.reminders.conftest import Story
from tests.integration.reminders.conftest import reminders as reminders

BARRACAS = (-34.646, -58.383)
PALERMO = (-34.58, -58.42)
# The tests' day is Monday the 23rd of November, a quarter past ten.
TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)


@dataclass
class Stage:
    """Two operators, residents by name, and a worker that does as told."""

    campaigns: Campaigns
    clock: Any
    people: dict[str, Story] = field(default_factory=dict)

    # Residents.

    def pregnant(self, name: str, weeks: int = 20, place: tuple[float, float] | None = BARRACAS) -> Story:
        story = self.someone(name, place)
        story.is_pregnant(TODAY - timedelta(weeks=weeks, days=1))
        return story

    def someone(self, name: str, place: tuple[float, float] | None = BARRACAS, reminders: bool = True) -> Story:
        story = Story(self.campaigns.reminders, self.clock, name).agrees(reminders)
        self.people[name] = story
        if place is not None:
            where = {"label": "Barracas", "latitude": place[0], "longitude": place[1], "updated_at": self.clock()}
            with self.begin() as connection:
                connection.execute(insert(resident_places).values(resident=story.resident, **where))
        return story

    def wants_content(self, story: Story) -> None:
        with self.begin() as connection:
            give_consent(connection, story.resident, CONTENT, CURRENT_CONSENT, self.clock())

    # Operators.

    def begin(self) -> Any:
        return self.campaigns.care.engine.begin()

    def operator(self, name: str) -> int:
        with self.begin() as connection:
            return int(connection.execute(select(operator.c.id).where(operator.c.username == name)).scalar_one())

    def does(self, step: Callable[..., Any], *arguments: Any) -> Any:
        with self.begin() as connection:
            return step(connection, *arguments)

    def writes(self, draft: Draft) -> int:
        return int(self.does(life.write, draft, self.operator("ana"), self.clock()))

    def approved(self, draft: Draft) -> int:
        """Written and proposed by Ana, approved by Berta."""
        number = self.writes(draft)
        self.does(life.propose, number, self.operator("ana"), self.clock())
        self.does(life.approve, number, self.operator("berta"), 1, self.clock())
        return number

    def pauses(self, number: int) -> int:
        return int(self.does(life.pause, number, "", self.clock()))

    # The worker and the sender.

    def round(self) -> dict[str, int]:
        return dict(campaign_round(self.campaigns))

    def plans(self) -> None:
        next(iter(self.people.values())).plans()

    def sends(self, outcome: str = "handed_over") -> list[str]:
        """The sender's part: asks about each queued notice, and hands it over or withdraws it."""
        answers = []
        for row in self.messages("queued"):
            if row.campaign_recipient_id is None:
                continue
            answers.append(str(still_invited(self.campaigns, row.campaign_recipient_id)))
            if answers[-1] == "wait":
                continue
            over = {"state": "failed", "failed_at": func.now(), "last_error": "withdrawn before it was sent"}
            gone = {"state": outcome, "handed_over_at": self.clock() if outcome == "handed_over" else None}
            self.marks(row.id, **(gone if answers[-1] == "send" else over))
        settle(self.campaigns)
        return answers

    def marks(self, message_id: int, **values: Any) -> None:
        with self.begin() as connection:
            connection.execute(update(message).where(message.c.id == message_id).values(values))

    def works(self) -> list[str]:
        self.round()
        answers = self.sends()
        self.round()
        return answers

    # What there is.

    def rows(self, table: Any) -> list[Row[Any]]:
        with self.campaigns.care.engine.connect() as connection:
            return list(connection.execute(select(table).order_by(table.c.id)))

    def messages(self, *states: str) -> list[Row[Any]]:
        return [row for row in self.rows(message) if not states or row.state in states]

    def said(self) -> list[str]:
        """To whom a notice was handed over, by name."""
        names = {story.resident: name for name, story in self.people.items()}
        sent = [row for row in self.messages("handed_over") if row.campaign_recipient_id is not None]
        return sorted(names[row.resident] for row in sent)

    def words(self, row: Row[Any]) -> str:
        return opened_reply(self.campaigns.care.vault, row.content_sealed).text

    def states(self) -> dict[str, tuple[str, str | None]]:
        """What became of each recipient, by name."""
        names = {story.resident: name for name, story in self.people.items()}
        return {names[row.resident]: (row.state, row.reason) for row in self.rows(recipient)}

    def state(self, number: int) -> str:
        return str(next(row.state for row in self.rows(campaign) if row.id == number))

    def lapses(self) -> None:
        with self.begin() as connection:
            connection.execute(update(recipient).values(lease_until=text("now() - interval '1 second'")))


def draft(**given: Any) -> Draft:
    """Flu, for the pregnant from 10 to 30 weeks."""
    values: dict[str, Any] = {
        "name": "Antigripal",
        "segment": Segment(weeks=(10, 30)),
        "template": "campaign_flu",
        "variables": {"day": "desde el lunes 30"},
        "daily_cap": 100,
        "first_day": TODAY,
        "last_day": TODAY + 20 * DAY,
    }
    return Draft(**{**values, **given})


@pytest.fixture
def stage(reminders: Reminders, clock: Any) -> Stage:
    for name, role in (("ana", "agent"), ("berta", "supervisor")):
        works_here(reminders.care.engine, name, role)
    return Stage(Campaigns(reminders, load_campaign_policy(), filled, Limits()), clock)
