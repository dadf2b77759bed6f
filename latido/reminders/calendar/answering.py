"""The answer to "mi calendario": what comes next for each of her people, in words and as a picture of her own."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from latido.care.services import BUENOS_AIRES
from latido.messaging.pictures.keeping import PictureTooLarge, keep_picture
from latido.reminders.calendar.drawing import Page, draw
from latido.reminders.calendar.lines import Line, Section, Speech, sections_of, shared_out
from latido.reminders.calendar.words import CalendarWords, calendar_words
from latido.reminders.parts import Reminders
from latido.reminders.timelines import timeline_for
from latido.timeline import Timeline

Json = dict[str, Any]

log = logging.getLogger(__name__)


def calendar_of(reminders: Reminders, resident: str, key: str) -> Json:
    """Her calendar in the shape of docs/wires.md; the same `key` keeps one picture. HealthServiceUnavailable."""
    words = calendar_words()
    speech = Speech(words, reminders.policy.words, BUENOS_AIRES)
    timeline = timeline_for(reminders, resident)
    sections = sections_of(timeline, speech)
    told = shared_out(sections, words.number("most_lines"))
    drawn = page_of(timeline, sections, speech)
    return {
        "people": [_person(section, words) for section in told],
        "unknown": words.say("unknown") if any(one.is_partly_unknown for one in sections) else None,
        "after_loss": timeline.after_loss,
        "reminders": "off" if timeline.is_silent or not timeline.wants_reminders else "on",
        "picture": _picture(reminders, resident, key, drawn) if sections else None,
    }


def page_of(timeline: Timeline, sections: Sequence[Section], speech: Speech) -> Page:
    """What is drawn of them: no more people and lines than a phone shows well."""
    words, most = speech.words, speech.words.number("most_lines_drawn")
    shown = [replace(one, lines=one.lines[:most]) for one in sections[: words.number("most_people_drawn")]]
    footer = [words.say("unknown")] if any(one.is_partly_unknown for one in shown) else []
    day = speech.moments.day(timeline.now, speech.zone)
    return Page(
        title=words.say("title"),
        today=words.say("today", day=day),
        sections=tuple(shown),
        done=tuple(_done(one, words) for one in shown),
        footer=(*footer, words.say("footer")),
    )


def _picture(reminders: Reminders, resident: str, key: str, page: Page) -> int | None:
    """The id of the picture kept for the sender; None when it cannot be drawn: the words go all the same."""
    care = reminders.care
    try:
        content = draw(page)
        with care.engine.begin() as connection:
            return keep_picture(connection, care.vault, resident, key, content)
    except (OSError, PictureTooLarge) as error:
        log.error("a calendar is told without its picture: %s", type(error).__name__)
        return None


def _person(section: Section, words: CalendarWords) -> Json:
    return {
        "person": section.role,
        "service": section.service,
        "heading": section.heading,
        "done": _done(section, words) or None,
        "note": section.note or None,
        "lines": [_line(line) for line in section.lines],
    }


def _line(line: Line) -> Json:
    return {"state": line.state, "when": line.when, "what": line.what, "where": line.where or None}


def _done(section: Section, words: CalendarWords) -> str:
    return words.counted("done", section.done) if section.done else ""
