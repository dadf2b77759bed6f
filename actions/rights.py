"""Her rights: reminders in and out, and what is kept of her. Erasing it is in actions/erasing.py."""

from __future__ import annotations

from functools import wraps

from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.asking.answer import begin
from actions.asking.when import ask_for_content
from actions.base import LatidoAction, set_aside
from actions.care_client import CareClient, CareUnavailable
from actions.journey import Answer, answers
from actions.replies import Json
from actions.speech import BODY_LIMIT
from actions.texts import mentions, piece
from actions.turn import Event, Turn

WAITING_LIST_ONLY, LEAVE_LIST = "waiting_list_only", "leave_list"
CONTENT = "content"


def _unless_away(answer: Answer) -> Answer:
    """The same answer; while care is away it says that it is not done, and claims nothing."""

    @wraps(answer)
    def careful(turn: Turn, care: CareClient, say: CollectingDispatcher) -> None:
        try:
            answer(turn, care, say)
        except CareUnavailable:
            say.utter_message(response="utter_rights_unavailable")

    return careful


@answers("opt_in")
@_unless_away
def answer_opt_in(turn: Turn, care: CareClient, say: CollectingDispatcher) -> None:
    """Her wish is kept, and said when the first one comes: reminders, or content where she names that."""
    begin(turn, care, CONTENT if of_content(turn) else "reminders", say)


def of_content(turn: Turn) -> bool:
    """Whether it is the content (tips) that she wants or wants no more."""
    return turn.entity("detail") == CONTENT or mentions(turn.words, CONTENT)


@answers("show_my_data")
@_unless_away
def answer_data(turn: Turn, care: CareClient, say: CollectingDispatcher) -> None:
    """All that is kept of her, in as many messages as it takes."""
    for text in data_texts(care.data_kept(turn.resident)):
        say.utter_message(response="utter_my_data", data=text)
    say.utter_message(response="utter_show_my_data")


def data_texts(sections: list[Json]) -> list[str]:
    """The sections in as few messages as fit WhatsApp. Pure."""
    texts: list[str] = []
    for section in sections:
        for part in _parts(section):
            if texts and len(texts[-1]) + len(part) + 2 <= BODY_LIMIT:
                texts[-1] = f"{texts[-1]}\n\n{part}"
            else:
                texts.append(part)
    return texts


def _parts(section: Json) -> list[str]:
    """A section as one text, or as several when it is longer than a message."""
    parts = [piece("rights.section", title=section["title"])]
    for line in section["lines"]:
        said = piece("rights.line", line=line)[:BODY_LIMIT]
        if len(parts[-1]) + len(said) + 1 > BODY_LIMIT:
            parts.append(said)
        else:
            parts[-1] = f"{parts[-1]}\n{said}"
    return parts


@answers("opt_out")
@_unless_away
def answer_opt_out(turn: Turn, care: CareClient, say: CollectingDispatcher) -> None:
    """From now on she is written to only in answer; her place on the waiting list is the one question.

    Where she names the content, that alone ends.
    """
    if turn.entity("detail") == CONTENT or (of_content(turn) and not mentions(turn.words, "everything")):
        care.set_reminders(turn.resident, "out", turn.key(CONTENT), CONTENT)
        say.utter_message(response="utter_content_off")
        return
    if turn.entity("detail") == WAITING_LIST_ONLY:
        care.set_reminders(turn.resident, WAITING_LIST_ONLY, turn.key("reminders"))
        say.utter_message(response="utter_opt_out_waiting_kept")
        return
    care.set_reminders(turn.resident, "out", turn.key("reminders"))
    waits = bool(care.waiting_list(turn.resident))
    say.utter_message(response="utter_opt_out_waiting" if waits else "utter_opt_out")


class OptIn(LatidoAction):
    """ALTA."""

    action_name = "action_opt_in"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Her wish, kept; then the question about content, which is a consent of its own."""
        answer_opt_in(turn, self.care, say)
        if not of_content(turn) and not _failed(say):
            ask_for_content(turn, self.care, say)
        return []


def _failed(say: CollectingDispatcher) -> bool:
    return any(message.get("response") == "utter_rights_unavailable" for message in say.messages)


class OptOut(LatidoAction):
    """BAJA: at once, and whatever was going on is left without a word."""

    action_name = "action_opt_out"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Silence from now on; off the waiting list when it is that list she means; no more content when it is that."""
        this_list = turn.entity("detail") == LEAVE_LIST or mentions(turn.words, "leave_waiting_list")
        if this_list and self.care.waiting_list(turn.resident):
            return [FollowupAction("action_leave_waiting_list")]
        answer_opt_out(turn, self.care, say)
        return set_aside(turn)


class ShowMyData(LatidoAction):
    """MIS DATOS."""

    action_name = "action_show_my_data"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """All that is kept of her."""
        answer_data(turn, self.care, say)
        return []
