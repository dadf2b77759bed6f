"""A notice's buttons days later: as a reminder's for the dialogue, in care's own routes; and the commands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.campaigns.api import notice_routes
from latido.campaigns.command import campaigns_group
from latido.campaigns.tables import recipient
from latido.messaging.outbox import payload_of_button
from latido.messaging.reminded import reminder_before
from latido.reminders.api import reminder_routes
from tests.integration.campaigns.conftest import TODAY, Stage, draft
from tests.integration.reminders.conftest import Story
from tests.serving import served


@pytest.fixture
def eva(stage: Stage) -> Story:
    """She has the notice."""
    story = stage.pregnant("eva")
    stage.approved(draft())
    assert stage.works() == ["send"]
    return story


@pytest.fixture
def api(stage: Stage, eva: Story) -> Iterator[str]:
    both = [*notice_routes(stage.campaigns), *reminder_routes(stage.campaigns.reminders)]
    with served(Starlette(routes=[Mount("/care/v1", routes=both)])) as url:
        yield f"{url}/care/v1/reminders"


def asks(url: str, story: Story, name: str = "c1") -> requests.Response:
    return requests.get(f"{url}/{name}", params={"resident": story.resident}, timeout=30)


def tells(url: str, story: Story, path: str, **content: object) -> requests.Response:
    body = {"idempotency_key": story.fresh(), "resident": story.resident, **content}
    return requests.post(f"{url}/{path}", json=body, timeout=30)


def test_the_neutral_notice_opens_into_its_detail(stage: Stage, eva: Story, api: str) -> None:
    [notice] = [row for row in stage.messages() if row.campaign_recipient_id]
    stage.marks(notice.id, sent_as="campaign_flu_v1", provider_sid="SMnotice")
    with stage.campaigns.care.engine.connect() as connection:
        given = (connection, stage.campaigns.care.vault, eva.resident)
        assert payload_of_button(*given, "latido:t:campaign_flu:see", "SMnotice") == (
            '/reminder_answer{"answer": "see", "reminder": "c1"}'
        )
        assert payload_of_button(*given, "latido:t:campaign_flu:later") == "/goodbye"
        assert reminder_before(connection, eva.resident, notice.id + 1) is None
    told = asks(api, eva).json()["reminder"]
    assert told["now"] == "stands"
    assert "desde el lunes 30" in told["message"]["text"]
    assert [each["title"] for each in told["message"]["buttons"]] == ["Sacar turno", "Ahora no", "Otra cosa"]
    assert (told["kind"], told["role"], told["service"]) == ("campaign", "self", "prenatal")


def test_what_she_tapped_is_kept_and_nothing_is_said_twice(stage: Stage, eva: Story, api: str) -> None:
    assert tells(api, eva, "c1/answer", answer="book").json() == {"answer": "book"}
    assert [row.answer for row in stage.rows(recipient)] == ["book"]
    again = tells(api, eva, "c1/again", in_days=2)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "too_late")


def test_it_is_hers_alone(stage: Stage, eva: Story, api: str) -> None:
    flor = stage.someone("flor")
    assert asks(api, flor).status_code == 404
    assert asks(api, eva, "c2").status_code == 404
    assert asks(api, eva, "cx").status_code == 404
    assert asks(api, eva, "1").status_code == 404
    assert tells(api, flor, "c1/answer", answer="book").status_code == 404


def test_after_a_loss_or_birth_it_is_spoken_of_no_more(eva: Story, api: str) -> None:
    eva.loses_it()
    told = asks(api, eva).json()["reminder"]
    assert (told["now"], told["message"]) == ("lost", None)
    eva.takes_back_the_loss()
    assert asks(api, eva).json()["reminder"]["now"] == "stands"
    eva.gives_birth(TODAY)
    assert asks(api, eva).json()["reminder"]["now"] == "born"


def test_the_commands_show_no_small_numbers(stage: Stage, eva: Story) -> None:
    group, run = campaigns_group(lambda: stage.campaigns), CliRunner()
    assert "done" in run.invoke(group, ["list"]).output
    shown = run.invoke(group, ["show", "1"]).output
    assert "segment: weeks [10, 30]" in shown
    assert "sent: fewer than 10" in shown
    assert "there is no campaign 9" in run.invoke(group, ["show", "9"]).output
