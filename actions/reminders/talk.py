"""What is done with an answer to a reminder, by what has become of that which it spoke of.

Each handler takes the talk and the step she meant, says what there is to say, and returns the events that lead into
another journey; none when all is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from rasa_sdk.executor import CollectingDispatcher

from actions.attendance import keep_attendance
from actions.care_client import CareClient, CareError, CareRefused
from actions.reminders.meaning import CONTENT, WHEN
from actions.reminders.tapping import PEDIATRIC, book, tapped
from actions.replies import Json
from actions.speech import appointment_text, date_in_words, time_in_words
from actions.turn import Event, Turn

OF_APPOINTMENT = "appointment"
JOURNEYS = {"move": "reschedule_appointment", "cancel": "cancel_appointment"}


@dataclass(frozen=True)
class Talk:
    """An answer, and the reminder as things stand now (docs/wires.md, reminders)."""

    turn: Turn
    care: CareClient
    reminder: Json
    say: CollectingDispatcher

    @property
    def now(self) -> str:
        """What has become of it."""
        return str(self.reminder["now"])

    @property
    def appointment(self) -> Json:
        """The appointment to speak of."""
        return dict(self.reminder["appointment"] or {})

    def keep(self, answer: str) -> None:
        """Keeps which step she answered: what follows from it is done elsewhere, so it may be lost."""
        with suppress(CareError):
            self.care.answer_reminder(self.turn.resident, self.reminder["id"], answer, self.turn.key("reminder"))

    def tell(self, response: str) -> list[Event]:
        """Says it, with what there is of the appointment."""
        told = {"reminder": self.reminder["id"], "person": self.reminder["role"]}
        if self.appointment:
            start = self.appointment["start"]
            told |= {"appointment": appointment_text(self.appointment), "appointment_id": self.appointment["id"]}
            told |= {"date": date_in_words(start), "time": time_in_words(start)}
        self.say.utter_message(response=response, **told)
        return []


Handler = Callable[[Talk, str], list[Event]]


def respond(talk: Talk, step: str) -> list[Event]:
    """Says and does what she meant; a loss comes before everything else."""
    if talk.now in _OVER:
        return _over(talk, step)
    if step == "other":
        return _menu(talk)
    if talk.reminder["kind"] == CONTENT:
        return _to_read(talk, step)
    of_appointment = talk.reminder["kind"] == OF_APPOINTMENT
    return (_APPOINTMENTS if of_appointment else _CALENDAR)[talk.now](talk, step)


_OVER = {
    "lost": "utter_reminder_after_loss",
    "born": "utter_reminder_after_birth",
    "ended": "utter_reminder_unknown",
}


def _over(talk: Talk, step: str) -> list[Event]:
    """The pregnancy or child is spoken of no more: nothing is booked, a standing appointment may be cancelled."""
    if talk.now == "born" and step == "cancel" and talk.appointment:
        return _journey(talk, step)
    return talk.tell(_OVER[talk.now])


_MENUS = {
    # whether it is of a child, whether an appointment stands
    (False, False): "utter_reminder_other_prenatal",
    (False, True): "utter_reminder_other_prenatal_booked",
    (True, False): "utter_reminder_other_pediatric",
    (True, True): "utter_reminder_other_pediatric_booked",
}


def _to_read(talk: Talk, step: str) -> list[Event]:
    """Content asks for nothing: it is shown, or left at that; an appointment is a wish of its own."""
    if step == "see":
        return _show(talk, "utter_reminder_tip")
    return book(talk.turn, talk.care, talk.reminder) if step == "book" else talk.tell("utter_reminder_tip")


_MENUS_OF_CONTENT = {False: "utter_reminder_other_tip_prenatal", True: "utter_reminder_other_tip_pediatric"}


def _menu(talk: Talk) -> list[Event]:
    if talk.reminder["kind"] == CONTENT:
        return talk.tell(_MENUS_OF_CONTENT[talk.reminder["service"] == PEDIATRIC])
    stands = talk.now in ("stands", "moved", "booked") and bool(talk.appointment)
    return talk.tell(_MENUS[talk.reminder["service"] == PEDIATRIC, stands])


def _stands(talk: Talk, step: str) -> list[Event]:
    """The appointment is as it was said."""
    if step in JOURNEYS:
        return _journey(talk, step)
    if step == "confirm":
        return _attend(talk)
    if step == "see":
        return _show(talk, "utter_reminder_standing")
    if step == "later":
        return later(talk)
    return talk.tell(_SAID_OF_STANDING.get(step, "utter_reminder_standing"))


_SAID_OF_STANDING = {
    "went": "utter_reminder_not_yet",
    "not_went": "utter_reminder_cannot",
    "cannot": "utter_reminder_cannot",
}


def _moved(talk: Talk, step: str) -> list[Event]:
    """What stands now is told before anything is done with it."""
    return talk.tell("utter_reminder_moved")


def _cancelled(talk: Talk, step: str) -> list[Event]:
    done = _went_or_books(talk, step)
    return talk.tell("utter_reminder_cancelled") if done is None else done


def _past(talk: Talk, step: str) -> list[Event]:
    """Its time is over and nobody has said how it went."""
    if step == "not_went":
        talk.keep(step)
        return tapped("missed_appointment", appointment_id=talk.appointment["id"])
    done = _went_or_books(talk, step)
    return talk.tell("utter_reminder_past") if done is None else done


def _missed(talk: Talk, step: str) -> list[Event]:
    done = _went_or_books(talk, step)
    return talk.tell("utter_reminder_offer") if done is None else done


def _done(talk: Talk, step: str) -> list[Event]:
    """She went; what she said herself she may take back."""
    if step == "not_went" and talk.reminder["answered"] == "went":
        return _past(talk, step) if talk.appointment else _offer(talk, step)
    done = _went_or_books(talk, step)
    return talk.tell("utter_reminder_done") if done is None else done


def _due(talk: Talk, step: str) -> list[Event]:
    """Of the calendar, or an appointment missed: there is nothing booked yet."""
    if step == "see":
        return _show(talk, "utter_reminder_offer")
    if step == "later":
        return later(talk)
    if step == "noted":
        return talk.tell("utter_reminder_noted")
    done = _went_or_books(talk, "book" if step == "confirm" else step)
    return _offer(talk, step) if done is None else done


def _booked(talk: Talk, step: str) -> list[Event]:
    """Of the calendar, and there is an appointment by now."""
    if step in ("confirm", "not_went", "cannot", *JOURNEYS):
        return _stands(talk, step)
    return _went(talk) if step == "went" else talk.tell("utter_reminder_booked")


def _offer(talk: Talk, step: str) -> list[Event]:
    if step == "not_went":
        talk.keep(step)
    return talk.tell("utter_reminder_offer")


_APPOINTMENTS: Mapping[str, Handler] = {
    "stands": _stands,
    "moved": _moved,
    "cancelled": _cancelled,
    "past": _past,
    "missed": _missed,
    "done": _done,
}
_CALENDAR: Mapping[str, Handler] = {"stands": _due, "booked": _booked, "done": _done}


def _went_or_books(talk: Talk, step: str) -> list[Event] | None:
    """The two answers that hold whatever became of it; None for another one."""
    if step == "went":
        return _went(talk)
    if step == "book":
        talk.keep(step)
        return book(talk.turn, talk.care, talk.reminder)
    return None


def _went(talk: Talk) -> list[Event]:
    """Nothing more is said of it: that must have been kept before she is told so."""
    talk.care.answer_reminder(talk.turn.resident, talk.reminder["id"], "went", talk.turn.key("reminder"))
    return talk.tell("utter_reminder_went")


def _attend(talk: Talk) -> list[Event]:
    """She comes; who names another day is told which one it is."""
    day = talk.turn.entity("date")
    if day is not None and day != talk.appointment["start"][:10]:
        return talk.tell("utter_reminder_standing")
    keep_attendance(talk.care, talk.turn, talk.appointment["id"], talk.say)
    talk.keep("confirm")
    return []


def _journey(talk: Talk, step: str) -> list[Event]:
    """Her appointment is moved or cancelled as always; which is clear, and a day she would rather have goes along."""
    talk.keep(step)
    day = talk.turn.entity("date") if step == "move" else None
    return tapped(JOURNEYS[step], appointment_id=talk.appointment["id"], **({"date": day} if day else {}))


def _show(talk: Talk, without: str) -> list[Event]:
    """All that a neutral notice did not say."""
    message = talk.reminder["message"]
    if message is None:
        return talk.tell(without)
    talk.say.utter_message(response="utter_reminder_see", message=message["text"], buttons=message["buttons"])
    return []


def later(talk: Talk) -> list[Event]:
    """Another day or hour: asked for unless she said which."""
    turn, wish = talk.turn, _wish(talk.turn)
    if not wish:
        return talk.tell("utter_reminder_when")
    try:
        moment = talk.care.remind_again(turn.resident, talk.reminder["id"], wish, turn.key("again"))
    except CareRefused as refusal:
        return talk.tell(_REFUSED.get(refusal.code, "utter_reminder_when"))
    told = {"date": date_in_words(moment), "time": time_in_words(moment)}
    talk.say.utter_message(response="utter_reminder_again", **told)
    return []


def _wish(turn: Turn) -> Json:
    """When she wants to be told: the day, and the time of day if she said one (docs/wires.md); empty if neither."""
    days, day = WHEN.get(str(turn.entity("when"))), turn.entity("date")
    when: Json = {"in_days": days} if days is not None else {"day": day} if day is not None else {}
    return when | {name: value for name, value in (turn.entity("time_of_day") or {}).items() if value}


_REFUSED = {"too_late": "utter_reminder_too_late", "no_reminders": "utter_reminder_off"}
