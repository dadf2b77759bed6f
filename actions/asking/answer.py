"""Her answer to the question about reminders or content, by button or in words; and what is said of the first one."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta, timezone

from rasa_sdk.executor import CollectingDispatcher

from actions.base import LatidoAction
from actions.care_client import CareClient, CareError, CareUnavailable
from actions.journey import answers
from actions.replies import Json
from actions.speech import date_in_words
from actions.texts import piece
from actions.turn import Event, Turn

LOCAL = timezone(timedelta(hours=-3))
KEPT = {"no": "refused", "later": "later"}
SAID = {
    ("reminders", "no"): "utter_reminders_refused",
    ("reminders", "later"): "utter_reminders_later",
    ("reminders", "first"): "utter_reminders_first",
    ("reminders", "yes"): "utter_opt_in",
    ("content", "no"): "utter_content_refused",
    ("content", "later"): "utter_content_later",
    ("content", "first"): "utter_content_first",
    ("content", "yes"): "utter_content_on",
}


class AnswerConsent(LatidoAction):
    """A yes, a no, another time, or what for."""

    action_name = "action_consent_answer"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """What she wants, kept; a form that was going on goes on."""
        answer_consent(turn, self.care, say)
        return []

    def when_unavailable(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Says so: the button she tapped works again later."""
        say.utter_message(response="utter_consent_answer")
        return []


@answers("consent_answer")
def answer_in_form(turn: Turn, care: CareClient, say: CollectingDispatcher) -> None:
    """The same in the middle of a form."""
    try:
        answer_consent(turn, care, say)
    except CareUnavailable:
        say.utter_message(response="utter_consent_answer")


def answer_consent(turn: Turn, care: CareClient, say: CollectingDispatcher) -> None:
    """Keeps what she answered and says what follows from it; asks again where it may be one to something else."""
    scope = "content" if turn.entity("detail") == "content" else "reminders"
    if turn.words and turn.context.get("unasked"):  # a slot was offered meanwhile, or a notice came
        say.utter_message(response="utter_which_question")
        say.utter_message(response=f"utter_ask_{scope}")
        return
    said = str(turn.entity("answer"))
    if said == "yes":
        begin(turn, care, scope, say)
    elif said in KEPT:
        care.set_reminders(turn.resident, KEPT[said], turn.key(scope), scope)
        say.utter_message(response=SAID[scope, said])
    else:
        say.utter_message(response=f"utter_explain_{scope}")


def begin(turn: Turn, care: CareClient, scope: str, say: CollectingDispatcher) -> None:
    """Keeps her yes, and says when the first one comes as the plan holds it; no day where it holds none."""
    care.set_reminders(turn.resident, "in", turn.key(scope), scope)
    coming: Json | None = None
    with suppress(CareError):  # her yes is kept; without the plan no day is named
        coming = care.next_reminder(turn.resident, scope)
    if coming is None:
        say.utter_message(response=SAID[scope, "yes"])
        return
    day, about = when_in_words(coming["moment"]), piece(f"asking.about.{coming['kind']}")
    say.utter_message(response=SAID[scope, "first"], day=day, about=about)


def when_in_words(moment: str) -> str:
    """The day of an instant: today and tomorrow as such."""
    days = (datetime.fromisoformat(moment).date() - datetime.now(LOCAL).date()).days
    near = {0: "asking.today", 1: "asking.tomorrow"}.get(days)
    return piece(near) if near else piece("asking.on", date=date_in_words(moment))
