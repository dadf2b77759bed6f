"""What Twilio and Meta refuse in a template, and what we refuse ourselves, each with what to do about it. Pure.

Sources, as of November 2026: Twilio's pages on content types, on 21656 and on template approval; Meta's guidelines as
quoted there. Neutral wording is our own rule: a phone may be read by others.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from latido.messaging.templates.answers import ANSWERS, static_id
from latido.messaging.templates.filling import LONGEST_BODY, LONGEST_VALUE
from latido.messaging.templates.model import VARIABLE, Form, Template

CATEGORIES = ("UTILITY", "MARKETING", "AUTHENTICATION")
NAME = re.compile(r"[a-z][a-z0-9_]{0,79}")
LONGEST_NAME, LONGEST_TITLE, LONGEST_ID = 512, 20, 128
SESSION_BUTTONS, APPROVED_BUTTONS = 3, 10
MOST_VARIABLES, MOST_EMOJI = 100, 10
NEUTRAL_BEGINNING = 60  # about what a locked screen shows
PRIVATE_VARIABLES = frozenset({"what", "who", "place"})
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
_SIGN = re.compile(r"[*_~`\n\r\t]")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Words:
    """Beginnings of words: `telling` of health or family, `promotional`; and hosts that shorten addresses."""

    telling: tuple[str, ...] = ()
    promotional: tuple[str, ...] = ()
    shorteners: tuple[str, ...] = ()


def problems(templates: Sequence[Template], words: Words) -> list[str]:
    """Everything that is wrong with the templates, one sentence each; empty when they may be pushed."""
    found = [f"{template.label}: {problem}" for template in templates for problem in _of(template, words)]
    return found + list(_twins(templates))


def _of(template: Template, words: Words) -> Iterator[str]:
    yield from _head(template)
    yield from _samples(template)
    yield from _notice(template)
    yield from (f"outside: {problem}" for problem in _approved_form(template, words))
    yield from (f"inside: {problem}" for problem in _session_form(template, words))


def _head(template: Template) -> Iterator[str]:
    if not NAME.fullmatch(template.name):
        yield "name it with lower-case letters, digits and underscores, 80 at most (WhatsApp: 512, with our ending)"
    if template.variant and not NAME.fullmatch(template.variant):
        yield "name the variant with lower-case letters, digits and underscores"
    if template.category not in CATEGORIES:
        yield f"category {template.category} does not exist: use {', '.join(CATEGORIES)}"
    if template.category == "AUTHENTICATION":
        yield "AUTHENTICATION is for codes with Meta's own text: use UTILITY"
    if not LANGUAGE.fullmatch(template.language):
        yield f"language {template.language} is no code like es_AR"
    if template.version < 1:
        yield "version counts from 1"


def _notice(template: Template) -> Iterator[str]:
    """What a campaign's form asks for must be what the words say."""
    if template.notice is None:
        return
    used = {*template.outside.variables, *template.inside.variables}
    for name in sorted(used ^ set(template.notice.asks)):
        yield f"campaign: `asks` must name each variable once, and no other: look at {{{name}}}"
    if template.notice.about - {"weeks", "months"}:
        yield "campaign: `about` knows weeks and months"
    if not template.notice.about and any(button.answer == "book" for button in template.inside.buttons):
        yield "campaign: only one that is `about` weeks or months knows whose appointment to book"
    if not any(button.answer == "other" for button in template.inside.buttons):
        yield "campaign: the inside wording needs a button that answers `other`, the way to BAJA and to a person"


def _samples(template: Template) -> Iterator[str]:
    used = {*template.outside.variables, *template.inside.variables}
    for name in sorted(used - set(template.samples)):
        yield f"give a sample for {{{name}}}: Meta approves none without"
    for name in sorted({*template.samples, *template.needs} - used):
        yield f"neither wording says {{{name}}}: take it out of samples and needs"
    for name, value in sorted(template.samples.items()):
        if not value.strip() or re.search(r"[\n\t]| {5,}", value) or len(value) > LONGEST_VALUE:
            yield f"the sample of {{{name}}} must be one line without tabs or more than four spaces in a row"


def _approved_form(template: Template, words: Words) -> Iterator[str]:
    form = template.outside
    yield from _text(template, form)
    yield from _buttons(template, form, APPROVED_BUTTONS)
    yield from _variables(form)
    yield from _links(form.body, words)
    if template.category == "UTILITY":
        for word in _beginning_with(form.body, words.promotional):
            yield f"'{word}' sounds like advertising, and Meta would make it MARKETING: say it soberly"
    yield from _not_neutral(form, words)


def _session_form(template: Template, words: Words) -> Iterator[str]:
    form = template.inside
    yield from _text(template, form)
    yield from _buttons(template, form, SESSION_BUTTONS)
    yield from _links(form.body, words)
    beginning = form.body[:NEUTRAL_BEGINNING]
    if VARIABLE.search(beginning):
        yield f"the first {NEUTRAL_BEGINNING} characters show on a locked screen: move the variables further down"
    for word in _beginning_with(_whole_words(form.body, NEUTRAL_BEGINNING), words.telling):
        yield f"'{word}' stands in the first {NEUTRAL_BEGINNING} characters, on a locked screen: move it further down"


def _text(template: Template, form: Form) -> Iterator[str]:
    sample = VARIABLE.sub(lambda found: template.samples.get(found[1], ""), form.body)
    longest = max(len(form.body), len(sample))
    if not form.body:
        yield "write a body"
    if longest > LONGEST_BODY:
        yield f"the body has {longest} characters, {LONGEST_BODY} fit: shorten it"
    if re.search(r"[{}]", VARIABLE.sub("", form.body)):
        yield "write variables as {day}, up to 16 lower-case letters; there is a brace that is none"
    if "\n\n\n" in form.body or re.search(r" {5,}|\t", form.body):
        yield "no more than two newlines or four spaces in a row, and no tabs"
    if sum(unicodedata.category(sign) == "So" for sign in form.body) > MOST_EMOJI:
        yield f"more than {MOST_EMOJI} emoji: take some out"


def _buttons(template: Template, form: Form, most: int) -> Iterator[str]:
    if len(form.buttons) > most:
        yield f"{len(form.buttons)} buttons, {most} fit"
    for repeated in _repeated(button.title for button in form.buttons):
        yield f"two buttons are called '{repeated}'"
    for repeated in _repeated(button.answer for button in form.buttons):
        yield f"two buttons answer '{repeated}'"
    for button in form.buttons:
        if not 0 < len(button.title.strip()) <= LONGEST_TITLE:
            yield f"the button '{button.title}' has {len(button.title)} characters, 1 to {LONGEST_TITLE} fit"
        if VARIABLE.search(button.title) or _SIGN.search(button.title) or _emoji(button.title):
            yield f"the button '{button.title}' may hold no variable, emoji, newline or formatting"
        if button.answer not in ANSWERS:
            yield f"nothing answers to '{button.answer}': use one of {', '.join(sorted(ANSWERS))}"
        if len(static_id(template.name, button.answer)) > LONGEST_ID:
            yield f"the id of '{button.title}' gets longer than {LONGEST_ID} characters: shorten the template's name"


def _variables(form: Form) -> Iterator[str]:
    body, names = form.body, VARIABLE.findall(form.body)
    if not names:
        return
    # A sign or an emoji before or after does not help: Meta wants words on both sides.
    pieces = VARIABLE.split(body)[::2]
    if not _WORD.search(pieces[0]):
        yield "a variable stands first: begin with words"
    if not _WORD.search(pieces[-1]):
        yield "a variable stands last: end with words"
    if any(not _WORD.search(piece) for piece in pieces[1:-1]):
        yield "two variables stand side by side: put words between them"
    fixed = len(_WORD.findall(VARIABLE.sub(" ", body)))
    if fixed < 2 * len(names) + 1:
        yield f"{fixed} fixed words for {len(names)} variables: at least {2 * len(names) + 1} are needed"
    if len(names) > MOST_VARIABLES:
        yield f"{len(names)} variables, {MOST_VARIABLES} fit"
    for name in sorted(PRIVATE_VARIABLES.intersection(names)):
        yield f"{{{name}}} would tell others what it is about: leave it to the inside wording"


def _links(body: str, words: Words) -> Iterator[str]:
    for host in words.shorteners:
        if re.search(rf"(?<![\w.-]){re.escape(host)}(?![\w-])", body.casefold()):
            yield f"Meta refuses addresses through {host}: write the whole address"


def _not_neutral(form: Form, words: Words) -> Iterator[str]:
    for text in (form.body, *(button.title for button in form.buttons)):
        for word in _beginning_with(text, words.telling):
            yield f"'{word}' tells whoever sees the screen: say that there is a notice, the detail comes after the tap"


def _twins(templates: Iterable[Template]) -> Iterator[str]:
    """Meta refuses a text that it knows already; we need names that differ."""
    said = "say the same outside the window, and Meta refuses the second"
    yield from _same(templates, lambda each: each.outside.body, said)
    yield from _same(templates, lambda each: each.label, "have one name")


def _same(templates: Iterable[Template], what: Callable[[Template], str], problem: str) -> Iterator[str]:
    by_what: dict[str, list[str]] = {}
    for template in templates:
        by_what.setdefault(what(template), []).append(template.label)
    for labels in by_what.values():
        if len(labels) > 1:
            yield f"{' and '.join(labels)} {problem}"


def _repeated(values: Iterable[str]) -> list[str]:
    known = list(values)
    return sorted({value for value in known if known.count(value) > 1})


def _beginning_with(text: str, beginnings: Iterable[str]) -> list[str]:
    starts = tuple(_plain(each) for each in beginnings)
    return [word for word in _WORD.findall(text) if _plain(word).startswith(starts)] if starts else []


def _whole_words(text: str, length: int) -> str:
    """The first `length` characters, and the rest of the word that is cut."""
    rest = _WORD.match(text[length:])
    return text[:length] + (rest[0] if rest else "")


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def _emoji(text: str) -> bool:
    return any(unicodedata.category(sign) == "So" for sign in text)
