"""The baby was born: the pregnancy closes, the baby is put on record, and its first check-ups are told."""

from __future__ import annotations

from typing import ClassVar

from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import BIRTH_FORM, CONSENT_FORM, LatidoAction, set_aside
from actions.children.answers import UNKNOWN, answered_birthday, answered_names, birthday, names_of, told_of_child
from actions.children.form import CHILD_SLOTS, ChildForm
from actions.children.record import coming, ways
from actions.consent import consent_given
from actions.holding import let_go
from actions.people import SELF, cue, named, pregnant
from actions.prenatal import forget_booking
from actions.replies import Json, button, payload
from actions.speech import appointment_text
from actions.texts import mentions, piece
from actions.turn import Event, Turn

QUESTIONS = ("birth_date", "child_name")


class StartBirth(LatidoAction):
    """Begins with what was told of the birth; a prenatal booking under way is dropped."""

    action_name = "action_start_birth"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The form; consent first when it could not be asked before."""
        leaving = set_aside(turn)
        if _of_an_older_child(turn):
            say.utter_message(response="utter_about_child")
            return leaving
        consent = consent_given(self.care, turn)
        if consent is None:
            return [*leaving, SlotSet("consent", None), FollowupAction(CONSENT_FORM)]
        let_go(self.care, turn)
        told = told_of_child(turn)
        told.pop("child", None)
        slots = {**dict.fromkeys(CHILD_SLOTS), "consent": consent, "open_form": None, **told, "mother": _mother(turn)}
        say.utter_message(response="utter_report_birth")
        events = [*leaving, *forget_booking(), *(SlotSet(k, v) for k, v in slots.items())]
        return [*events, FollowupAction(BIRTH_FORM)]


def _of_an_older_child(turn: Turn) -> bool:
    """Whether it tells how an earlier child was born, which ends no pregnancy: "el más grande nació por cesárea"."""
    older = cue(turn).get("which") == "older" or mentions(turn.words, "earlier_child")
    return older and birthday(turn) is None and turn.entity("date") is None


def _mother(turn: Turn) -> str | None:
    """Whose baby it is, where that is clear: the one named, the one told of, the only one; else care decides."""
    on_record = pregnant(turn)
    meant = named(turn, on_record)
    if meant is None and cue(turn).get("who") == "other_adult":
        others = [one for one in on_record if one["id"] != SELF]
        meant = others[0] if len(others) == 1 else None
    if meant is None and len(on_record) > 1:
        meant = next((one for one in on_record if one["id"] == SELF), None)
    return str(meant["id"]) if meant else None


def _day(turn: Turn) -> Json | None:
    """The day of a birth; not knowing it is no answer here, for all that follows is worked out from it."""
    said = answered_birthday(turn)
    return None if said is None or said["birth_date"] == UNKNOWN else said


class BirthForm(ChildForm):
    """The day, and the name or names."""

    form = BIRTH_FORM
    readers: ClassVar = {"birth_date": _day, "child_name": answered_names}
    leaves_for = frozenset({"list_appointments", "cancel_appointment", "find_cesac"})
    carries_on = ChildForm.carries_on | {"report_birth", "register_baby", "report_pregnancy"}

    @property
    def elsewhere(self) -> frozenset[str]:
        """Everything that leaves a form, but what this form is about."""
        return super().elsewhere - {"report_birth", "register_baby"}

    def next_question(self, slots: dict[str, object]) -> str | None:
        """As the journey goes."""
        return next((slot for slot in QUESTIONS if slots.get(slot) is None), None)


class RecordBirth(LatidoAction):
    """Tells care, and her what comes next."""

    action_name = "action_record_birth"
    ends_journey = True

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The first check-ups; what becomes of a prenatal appointment is asked, not decided."""
        born, name = turn.slots.get("birth_date"), turn.slots.get("child_name")
        if born is None or name is None:
            return []
        names = names_of(name) or [None]
        birth = {
            "mother": turn.slots.get("mother"),
            "born_on": born,
            "children": [{"given_name": one} for one in names],
        }
        answer = self.care.record_birth(turn.resident, birth, turn.key("birth"))
        self._tell(turn, answer, say)
        return [*(SlotSet(slot, None) for slot in (*CHILD_SLOTS, "mother")), *_people(turn, answer)]

    def _tell(self, turn: Turn, answer: Json, say: CollectingDispatcher) -> None:
        children = answer["children"]
        name = _names(children)
        say.utter_message(
            response="utter_birth_recorded",
            name=name,
            next=coming(self.care, turn, children[0]),
            buttons=[] if answer["appointments"] else ways(children[0]),
        )
        for appointment in (answer["appointments"] or [])[:1]:  # null while the health service cannot say
            # One question: a check-up after the birth may be just what she needs, so it is not cancelled unasked.
            say.utter_message(
                response="utter_prenatal_after_birth",
                appointment=appointment_text(appointment),
                buttons=_keep_or_cancel(appointment),
            )

    def when_unavailable(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Says so; what was told is kept, and "Probar de nuevo" notes it."""
        say.utter_message(response="utter_service_unavailable")
        return [SlotSet("open_form", BIRTH_FORM)]


def _names(children: list[Json]) -> str:
    names = [one["given_name"] for one in children if one.get("given_name")]
    if not names:
        return piece("children.your_child")
    return piece("children.and", first=", ".join(names[:-1]), last=names[-1]) if len(names) > 1 else str(names[0])


def _keep_or_cancel(appointment: Json) -> list[Json]:
    cancel = payload("cancel_appointment", appointment_id=appointment["id"])
    return [
        button(piece("appointments.cancel_button"), cancel),
        button(piece("appointments.keep_button"), payload("deny", cancel_confirmed="no")),
    ]


def _people(turn: Turn, answer: Json) -> list[Event]:
    """Everybody on record, with the babies and without the pregnancy that is over."""
    mother = answer.get("mother")
    before = [one for one in turn.slots.get("people") or [] if mother is None or one["id"] != mother["id"]]
    return [SlotSet("people", [*([mother] if mother else []), *before, *answer["children"]])]
