"""The life of a campaign: two people, a fixed list, a cap a day, a pause, and whatever happens in between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from latido.campaigns import life
from latido.campaigns.claiming import claim_for
from latido.campaigns.drafts import DraftInvalid, checked
from latido.campaigns.forgetting import KeptNotices
from latido.campaigns.judging import Read
from latido.campaigns.life import CampaignRefused
from latido.campaigns.queuing import decide
from latido.campaigns.rules.segment import Segment
from latido.campaigns.starting import start_due
from latido.campaigns.tables import campaign, recipient
from latido.messaging.tables import message
from tests.integration.campaigns.conftest import DAY, PALERMO, TODAY, Stage, draft


def test_it_goes_once_to_whom_it_is_for_and_ends(stage: Stage) -> None:
    stage.pregnant("eva", 20)
    stage.pregnant("flor", 35)
    stage.someone("gabi")
    number = stage.approved(draft())
    assert stage.works() == ["send"]
    assert stage.said() == ["eva"]
    assert stage.state(number) == "done"
    [notice] = [row for row in stage.messages() if row.campaign_recipient_id is not None]
    assert "desde el lunes 30" in stage.words(notice)
    assert stage.works() == []


def test_nobody_approves_what_she_made_or_proposed(stage: Stage) -> None:
    number, ana, berta = stage.writes(draft()), stage.operator("ana"), stage.operator("berta")
    with pytest.raises(CampaignRefused, match="state"):
        stage.does(life.approve, number, berta, 1, stage.clock())
    stage.does(life.propose, number, ana, stage.clock())
    for who, revision, why in ((ana, 1, "same_person"), (berta, 2, "changed")):
        with pytest.raises(CampaignRefused, match=why):
            stage.does(life.approve, number, who, revision, stage.clock())
    assert stage.state(number) == "proposed"


def test_the_database_refuses_it_too(stage: Stage) -> None:
    number = stage.writes(draft())
    mine = {"approved_by": stage.operator("ana"), "approved_at": stage.clock(), "proposed_by": stage.operator("ana")}
    with pytest.raises(IntegrityError, match="two_people"), stage.begin() as connection:
        connection.execute(update(campaign).where(campaign.c.id == number).values(state="approved", **mine))
    with pytest.raises(IntegrityError, match="ck_campaign_approved"), stage.begin() as connection:
        connection.execute(update(campaign).where(campaign.c.id == number).values(state="running"))


def test_a_changed_draft_is_read_anew(stage: Stage) -> None:
    number, ana, berta = stage.writes(draft()), stage.operator("ana"), stage.operator("berta")
    stage.does(life.propose, number, ana, stage.clock())
    with pytest.raises(CampaignRefused, match="state"):
        stage.does(life.change, number, draft(name="otra"), ana, stage.clock())
    stage.does(life.reject, number, berta, "falta el horario", stage.clock())
    stage.does(life.change, number, draft(name="otra"), ana, stage.clock())
    stage.does(life.propose, number, ana, stage.clock())
    with pytest.raises(CampaignRefused, match="changed"):
        stage.does(life.approve, number, berta, 1, stage.clock())
    stage.does(life.approve, number, berta, 2, stage.clock())
    assert stage.state(number) == "approved"


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"template": "resume"}, "template"),
        ({"name": "  "}, "name"),
        ({"daily_cap": 0}, "daily_cap"),
        ({"last_day": date(2026, 11, 22)}, "last_day"),
        ({"segment": Segment(communes=(4,))}, "segment"),
        ({"variables": {}}, "variables"),
        ({"variables": {"day": "lunes", "who": "Eva"}}, "variables"),
    ],
)
def test_a_draft_that_could_not_be_sent_says_what_to_correct(wrong: dict[str, object], where: str) -> None:
    with pytest.raises(DraftInvalid) as refused:
        checked(draft(**wrong), TODAY)
    assert refused.value.field == where


def test_the_cap_holds_a_day_whoever_works(stage: Stage) -> None:
    for name in "abcdefg":
        stage.pregnant(name)
    number = stage.approved(draft(daily_cap=3))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: stage.round(), range(4)))
    assert len(stage.messages("queued")) == 3
    stage.sends()
    stage.round()
    assert len(stage.said()) == 3
    stage.clock.now += DAY
    stage.works()
    assert len(stage.said()) == 6
    stage.clock.now += DAY
    stage.works()
    assert (len(stage.said()), stage.state(number)) == (7, "done")


def test_a_pause_takes_back_at_once_what_was_not_tried(stage: Stage) -> None:
    for name in "abc":
        stage.pregnant(name)
    number = stage.approved(draft())
    stage.round()
    first = stage.messages("queued")[0]
    stage.marks(first.id, state="sending")
    assert stage.pauses(number) == 2
    assert stage.sends() == []
    stage.marks(first.id, state="handed_over", handed_over_at=stage.clock())
    stage.round()
    assert len(stage.said()) == 1
    stage.does(life.resume, number, stage.clock())
    stage.works()
    assert stage.said() == ["a", "b", "c"]
    assert len([row for row in stage.messages("handed_over") if row.campaign_recipient_id]) == 3


def test_the_sender_holds_back_what_a_pause_could_not_see(stage: Stage) -> None:
    stage.pregnant("eva")
    number = stage.approved(draft())
    stage.round()
    with stage.begin() as connection:  # a pause that committed after the sender had read the message
        connection.execute(update(campaign).where(campaign.c.id == number).values(state="paused"))
    assert stage.sends() == ["withdraw"]
    assert stage.states()["eva"] == ("pending", "not_running")


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        ("says_stop", "opted_out"),
        ("loses_it", "loss"),
        ("gives_birth", "left"),
    ],
)
def test_what_happens_after_it_was_queued_is_heeded(stage: Stage, happens: str, reason: str) -> None:
    eva = stage.pregnant("eva")
    stage.approved(draft())
    stage.round()
    assert len(stage.messages("queued")) == 1
    if happens == "gives_birth":
        eva.gives_birth(TODAY)
    else:
        getattr(eva, happens)()
    assert stage.sends() == ["withdraw"]
    stage.round()
    assert stage.states()["eva"] == ("skipped", reason)
    assert stage.said() == []


def test_no_loss_is_written_to_by_a_campaign_for_a_neighbourhood_either(stage: Stage) -> None:
    eva, flor = stage.pregnant("eva"), stage.pregnant("flor")
    eva.loses_it()
    for story in (eva, flor):
        stage.wants_content(story)
    invitation = {"template": "campaign_open_day", "variables": {"what": "taller", "day": "jueves"}}
    stage.approved(draft(segment=Segment(communes=(4,)), **invitation))
    stage.works()
    assert stage.said() == ["flor"]


def test_an_invitation_needs_more_than_the_consent_to_reminders(stage: Stage) -> None:
    stage.wants_content(stage.someone("eva"))
    stage.someone("flor")
    stage.someone("gabi", PALERMO)
    invitation = {"template": "campaign_open_day", "variables": {"what": "taller", "day": "jueves"}}
    stage.approved(draft(segment=Segment(neighbourhoods=("barracas",)), **invitation))
    stage.works()
    assert stage.said() == ["eva"]


def test_two_campaigns_keep_their_distance(stage: Stage) -> None:
    stage.pregnant("eva")
    stage.approved(draft())
    stage.approved(draft(name="la otra"))
    stage.works()
    assert stage.said() == ["eva"]
    assert ("pending", "recent") in [(row.state, row.reason) for row in stage.rows(recipient)]
    stage.clock.now += 8 * DAY
    stage.works()
    assert stage.said() == ["eva", "eva"]


def test_nothing_goes_at_night(stage: Stage) -> None:
    stage.pregnant("eva")
    stage.approved(draft())
    stage.round()
    stage.clock.now = stage.clock.now.replace(hour=22)
    assert stage.sends() == ["withdraw"]
    assert stage.works() == []
    stage.clock.now = stage.clock.now.replace(day=24, hour=9)
    assert stage.works() == ["send"]


def test_a_worker_that_dies_leaves_nobody_out_and_nobody_twice(stage: Stage) -> None:
    stage.pregnant("eva")
    number = stage.approved(draft())
    start_due(stage.campaigns)
    running = next(row for row in stage.rows(campaign) if row.id == number)
    [claim] = claim_for(stage.campaigns, running)  # and then it dies
    assert stage.round() == {}
    stage.lapses()
    stage.round()
    [queued] = stage.messages("queued")
    # The one that was thought dead comes back with its old token.
    assert decide(stage.campaigns, claim, Read()) == "taken_back"
    assert stage.works() == ["send"]
    assert stage.said() == ["eva"]
    with pytest.raises(IntegrityError, match="uq_message_campaign_recipient_live"), stage.begin() as connection:
        kept = {name: getattr(queued, name) for name in ("resident", "direction", "kind", "content_sealed")}
        again = {"state": "queued", "campaign_recipient_id": queued.campaign_recipient_id}
        connection.execute(message.insert().values(**kept, **again))


def test_one_that_is_refused_too_often_stops_by_itself(stage: Stage) -> None:
    for number in range(12):
        stage.pregnant(f"r{number}")
    number = stage.approved(draft())
    stage.round()
    for row in stage.messages("queued"):
        stage.marks(row.id, state="failed", last_error="no", attempts=1)
    stage.round()
    assert stage.state(number) == "paused"
    assert next(row.reason for row in stage.rows(campaign)) == "refused"


def test_after_its_last_day_nobody_is_written_to(stage: Stage) -> None:
    stage.pregnant("eva")
    stage.pregnant("flor")
    number = stage.approved(draft(daily_cap=1, last_day=TODAY))
    stage.works()
    stage.clock.now += DAY
    stage.works()
    assert len(stage.said()) == 1
    assert stage.state(number) == "done"
    assert sorted(state for state, _ in stage.states().values()) == ["sent", "skipped"]


def test_a_cancelled_one_is_over(stage: Stage) -> None:
    stage.pregnant("eva")
    number = stage.approved(draft())
    stage.round()
    stage.does(life.cancel, number, "se suspendió", stage.clock())
    assert stage.works() == []
    assert (stage.state(number), stage.states()["eva"]) == ("cancelled", ("skipped", "cancelled"))


def test_it_begins_on_its_first_day(stage: Stage) -> None:
    stage.pregnant("eva")
    number = stage.approved(draft(first_day=TODAY + DAY))
    stage.works()
    assert stage.state(number) == "approved"
    stage.clock.now += DAY
    stage.works()
    assert stage.said() == ["eva"]


def test_erasing_her_takes_her_from_the_list(stage: Stage) -> None:
    eva = stage.pregnant("eva")
    stage.approved(draft())
    stage.round()
    with stage.begin() as connection:
        assert KeptNotices().count(connection, eva.resident) >= 1
        KeptNotices().forget(connection, eva.resident)
    assert stage.rows(recipient) == []
    assert stage.messages("queued") == []
