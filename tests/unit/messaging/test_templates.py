"""The template files of this installation, filled with values, and what their buttons say."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latido.messaging.outbox import choices_digest
from latido.messaging.templates.answers import ANSWERS, answer_payload, read_static_id, static_id
from latido.messaging.templates.filling import TemplateUnfit, filled_inside, numbered
from latido.messaging.templates.model import Definition, Template, definition_of, rendered
from latido.messaging.templates.reading import FOLDER, read_templates
from latido.messaging.templates.replies import reminder_reply

NAMES = {
    "checkup_book",
    "checkup_book_again",
    "vaccine_tell",
    "study_tell",
    "tip",
    "appointment_confirm",
    "booked_by_phone",
    "appointment_confirm_warned",
    "appointment_released",
    "appointment_remind",
    "appointment_morning",
    "appointment_after",
    "missed_offer",
    "resume",
    "person_writes",
    "campaign_flu",
    "campaign_open_day",
}
VISIT = {"what": "control de embarazo", "day": "jueves 26 de noviembre", "time": "9:30", "place": "CeSAC N° 15"}
FILES = read_templates(FOLDER)
every_template = pytest.mark.parametrize("template", FILES, ids=lambda template: template.label)


def test_there_is_a_file_for_each_step_of_a_plan() -> None:
    assert {template.name for template in FILES} == NAMES


@every_template
def test_a_template_goes_out_filled_in_both_wordings(template: Template) -> None:
    reply = reminder_reply(template.name, template.samples, 7)
    assert "{" not in reply.text
    assert reply.template == template.name
    definition = definition_of(template)
    values = numbered(template.label, definition.names, definition.body, reply.variables)
    assert "{" not in rendered(definition.body, values)
    assert list(values) == [str(number) for number in range(1, len(definition.names) + 1)]


@every_template
def test_only_what_is_needed_has_to_be_known(template: Template) -> None:
    few = {name: template.samples[name] for name in template.needs}
    text = reminder_reply(template.name, few, 7).text
    assert all(few[name] in text for name in template.needs if name in template.inside.variables)
    assert "{" not in text


@every_template
def test_whoever_sees_the_screen_learns_nothing(template: Template) -> None:
    """The values themselves are looked for: whatever the wording, none of them is in the neutral one."""
    shown = rendered(definition_of(template).body, {"1": "jueves 26", "2": "9:30"})
    private = [template.samples[name] for name in ("what", "who", "place") if name in template.samples]
    assert not [value for value in private if value in shown or value in reminder_reply_beginning(template)]


def reminder_reply_beginning(template: Template) -> str:
    return reminder_reply(template.name, template.samples, 7).text[:60]


@every_template
def test_everything_else_is_always_within_reach_and_a_loss_on_no_button(template: Template) -> None:
    for form in (template.outside, template.inside):
        assert "other" in [button.answer for button in form.buttons]
        assert {button.answer for button in form.buttons} <= ANSWERS
        assert not [button for button in form.buttons if "p" + "erd" in button.title.lower()]


def test_a_line_without_its_value_is_left_out() -> None:
    text = reminder_reply("appointment_confirm", VISIT | {"who": ""}, 7).text
    assert "*Para:*" not in text
    assert "*Cuándo:* jueves 26 de noviembre, 9:30 horas" in text


def test_values_are_put_on_one_line() -> None:
    odd = VISIT | {"place": "CeSAC\n\tN° 15     {{2}}\u200b"}
    assert "*Dónde:* CeSAC N° 15 2" in reminder_reply("appointment_confirm", odd, 7).text


@given(st.dictionaries(st.sampled_from(["what", "day", "time", "place", "who"]), st.none() | st.text(max_size=60)))
def test_whatever_the_values_are_twilio_gets_good_ones_or_none(values: dict[str, str | None]) -> None:
    try:
        reply = reminder_reply("appointment_confirm", values, 7)
    except TemplateUnfit:
        return
    definition = definition_of(next(each for each in FILES if each.name == "appointment_confirm"))
    sent = numbered("x", definition.names, definition.body, reply.variables)
    assert list(sent) == ["1", "2"]
    for value in sent.values():
        assert value.strip() == value != ""
        assert not [sign for sign in value if sign in "\n\r\t{}" or sign == "\u2028"]
        assert "  " not in value


@pytest.mark.parametrize("nothing", [None, "", "  \n", "\u200b"])
def test_a_needed_value_that_says_nothing_is_refused_before_any_call(nothing: str | None) -> None:
    with pytest.raises(TemplateUnfit, match="appointment_confirm lacks day"):
        reminder_reply("appointment_confirm", {**VISIT, "day": nothing}, 7)


def test_a_value_of_no_end_is_refused_without_showing_it() -> None:
    with pytest.raises(TemplateUnfit, match="1024 fit") as caught:
        reminder_reply("appointment_confirm", VISIT | {"place": "secreto " * 190}, 7)
    assert "secreto" not in str(caught.value)
    with pytest.raises(TemplateUnfit, match="more than 1600"):
        reminder_reply("appointment_confirm", VISIT | {"day": "x" * 1601}, 7)
    with pytest.raises(TemplateUnfit, match="about"):
        numbered("x", ["day"], "Hola " * 200 + "{{1}} hola", {"day": "y" * 100})


def test_an_unknown_template_or_variant_is_refused_with_those_there_are() -> None:
    with pytest.raises(TemplateUnfit, match="appointment_after, appointment_confirm"):
        reminder_reply("checkup", VISIT, 7)
    with pytest.raises(TemplateUnfit, match="no template resume/b"):
        reminder_reply("resume", {}, 7, "b")


def test_a_button_says_which_answer_to_which_reminder() -> None:
    reply = reminder_reply("appointment_confirm", VISIT, 123)
    assert [button.title for button in reply.buttons] == ["Sí, voy", "Cambiarlo", "Otra cosa"]
    assert reply.buttons[0].payload == '/reminder_answer{"answer": "confirm", "reminder": "123"}'
    assert answer_payload("other", None) == "/help"
    assert answer_payload("resume", None) == "/resume_flow"
    assert json.loads(answer_payload("later", None).removeprefix("/reminder_answer")) == {"answer": "later"}


def test_the_id_of_a_template_s_button_is_read_back() -> None:
    read = read_static_id(static_id("missed_offer", "see"))
    assert read is not None
    assert (read.name, read.answer) == ("missed_offer", "see")
    for odd in ("latido:t:missed_offer:steal", "latido:t::see", "latido:0123456789abcdef:1", "x", ""):
        assert read_static_id(odd) is None


def test_only_what_whatsapp_sees_needs_a_new_approval() -> None:
    template = next(template for template in FILES if template.name == "appointment_confirm")
    digest = definition_of(template).digest
    other_inside = replace(template, inside=replace(template.inside, body="otra cosa"), samples={}, version=4)
    assert definition_of(other_inside).digest == digest
    other_body = replace(template, outside=replace(template.outside, body=template.outside.body + " Gracias."))
    assert definition_of(other_body).digest != digest
    assert definition_of(replace(template, category="MARKETING")).digest != digest
    definition = definition_of(template)
    assert Definition.read(json.loads(json.dumps(definition.stored()))) == definition


def test_a_variable_said_twice_has_one_number() -> None:
    template = replace(FILES[0], outside=replace(FILES[0].outside, body="Es {day} a las {time}, o sea {day} mismo."))
    definition = definition_of(template)
    assert definition.body == "Es {{1}} a las {{2}}, o sea {{1}} mismo."
    assert definition.names == ("day", "time")


def test_what_a_message_offers_is_named_by_its_buttons_alone() -> None:
    reply = reminder_reply("appointment_confirm", VISIT, 7)
    assert choices_digest(reply) == choices_digest(replace(reply, template=None, variables={}))
    assert choices_digest(reply) != choices_digest(reminder_reply("appointment_confirm", VISIT, 8))


def test_a_template_without_buttons_is_a_text() -> None:
    bare = replace(FILES[0], outside=replace(FILES[0].outside, buttons=()))
    assert list(definition_of(bare).types()) == ["twilio/text"]
    assert list(definition_of(FILES[0]).types()) == ["twilio/quick-reply"]
    assert filled_inside(bare, bare.samples)


def test_a_notices_buttons_name_its_recipient_and_promise_nothing_later() -> None:
    reply = reminder_reply("campaign_flu", {"day": "desde el lunes"}, None, recipient_id=17)
    assert [button.payload for button in reply.buttons] == [
        '/reminder_answer{"answer": "book", "reminder": "c17"}',
        "/goodbye",
        "/help",
    ]
    assert "*Horario:*" not in reply.text
