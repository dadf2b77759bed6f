"""A notice through the real sender to a phone: in both wordings, behind replies, and never after she said BAJA."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from latido.campaigns import life
from latido.campaigns.last_moment import still_invited
from latido.campaigns.rounds import campaign_round
from latido.campaigns.tables import recipient
from latido.care.life_course import losses, pregnancies
from latido.care.residents import CHAT, CURRENT_CONSENT, REMINDERS, give_consent
from latido.care.rights.reminders import set_reminders
from latido.care.rules.gestation import GestationalAge
from latido.messaging.templates.command import approve_all
from tests.integration.campaigns.conftest import TODAY, Stage, draft
from tests.integration.messaging.post import Post
from tests.integration.messaging.post import post as post
from tests.integration.messaging.test_template_sending import host


@dataclass
class Delivery:
    """The stage, and the way out of it to Ana's phone."""

    stage: Stage
    post: Post

    def works(self) -> None:
        campaign_round(self.stage.campaigns)
        self.post.works()

    def settles(self) -> None:
        self.post.works_until(lambda: not {"queued", "sending", "unknown"} & set(self.post.states()))
        campaign_round(self.stage.campaigns)

    def states(self) -> list[tuple[str, str | None]]:
        return [(row.state, row.reason) for row in self.stage.rows(recipient)]


@pytest.fixture
def delivery(stage: Stage, post: Post) -> Delivery:
    """Ana wrote to us, is pregnant, and wants reminders; the sender asks campaigns before each notice."""
    care = stage.campaigns.care
    with care.engine.begin() as connection:
        for scope in (CHAT, REMINDERS):
            give_consent(connection, post.key, scope, CURRENT_CONSENT, stage.clock())
    age = GestationalAge(20, 20, TODAY, "lmp", TODAY - timedelta(weeks=20))
    pregnancies.tell(care, pregnancies.Telling("SM1:story", post.key, "self", age=age))
    asks = replace(post.sender, still_invited=lambda number: still_invited(stage.campaigns, number))
    return Delivery(stage, replace(post, sender=asks))


def test_inside_the_window_she_gets_the_detail_after_what_she_asked_for(delivery: Delivery) -> None:
    delivery.stage.approved(draft())
    campaign_round(delivery.stage.campaigns)
    delivery.post.queues("lo que preguntaste")
    delivery.settles()
    assert delivery.states() == [("sent", None)]
    shown = delivery.post.shown()
    assert shown[0] == "lo que preguntaste"
    assert "desde el lunes 30" in shown[1]


def test_outside_it_a_neutral_template_that_opens_into_the_detail(delivery: Delivery) -> None:
    approve_all(delivery.post.engine, host(delivery.post))
    delivery.post.closes_window()
    delivery.stage.approved(draft())
    campaign_round(delivery.stage.campaigns)
    delivery.settles()
    [shown] = delivery.post.shown()
    assert "Hay un aviso de temporada" in shown
    assert "vacuna" not in shown
    [row] = [row for row in delivery.post.rows() if row.campaign_recipient_id]
    assert row.sent_as == "campaign_flu_v1"


def test_a_loss_or_baja_between_the_log_and_the_attempt_stops_it_without_an_alert(delivery: Delivery) -> None:
    care, key = delivery.stage.campaigns.care, delivery.post.key
    delivery.stage.approved(draft())
    campaign_round(delivery.stage.campaigns)
    set_reminders(care, key, "out", "SM2:story")
    losses.tell(care, losses.Loss("SM3:story", key, "pregnancy"))
    delivery.settles()
    assert delivery.states() == [("skipped", "opted_out")]
    assert delivery.post.sent_posts() == 0
    assert "undelivered" not in delivery.post.alerts()


def test_a_pause_between_them_holds_it_and_it_goes_later_once(delivery: Delivery) -> None:
    number = delivery.stage.approved(draft())
    campaign_round(delivery.stage.campaigns)
    assert delivery.stage.pauses(number) == 1
    delivery.settles()
    assert delivery.post.sent_posts() == 0
    delivery.stage.does(life.resume, number, delivery.stage.clock())
    campaign_round(delivery.stage.campaigns)
    delivery.settles()
    assert delivery.post.sent_posts() == 1
    assert delivery.stage.state(number) == "done"


def test_an_outcome_that_is_not_known_is_settled_and_said_once(delivery: Delivery) -> None:
    lost = {"kind": "reset_after_accepting", "times": 1, "resource": "messages"}
    delivery.post.emulator.faults(rest=lost, lose=["sent", "delivered", "read"])
    delivery.stage.approved(draft())
    campaign_round(delivery.stage.campaigns)
    delivery.post.works()
    assert "unknown" in delivery.post.states()
    assert delivery.states() == [("queued", None)]
    delivery.settles()
    assert delivery.states() == [("sent", None)]
    assert len(delivery.post.shown()) == 1
