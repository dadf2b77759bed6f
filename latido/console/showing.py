"""How values of the log are shown: masked first, then short, in the time of Buenos Aires. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from latido.messaging.redaction import masked

BUENOS_AIRES = ZoneInfo("America/Argentina/Buenos_Aires")
WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio"),
    *("agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
HIDDEN = "•••"
# Names that identify somebody, and exact places: never in a page.
HIDDEN_NAMES = frozenset(
    {
        "dni",
        "phone",
        "number",
        "patient",
        "patient_name",
        "given_name",
        "child_name",
        "child_dni",
        "latitude",
        "longitude",
        "profile_name",
    }
)
# Names that only the parts of Latido need.
TECHNICAL_NAMES = frozenset(
    {"slot_id", "version", "rule_set", "fhir_priority", "end", "reason_text", "exclude_centers"}
)
LONGEST = 160
NEAR_THE_END = timedelta(hours=3)
# Of residents and of files.
DIGEST = re.compile(r"[0-9a-f]{32}|[0-9a-f]{64}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})")
_BOLD = re.compile(r"\*(?=\S)([^*\n]+?)(?<=\S)\*")


def _as_it_is(group: str, name: str) -> str:
    return name


def clock(moment: datetime) -> str:
    """09:05, in Buenos Aires."""
    return moment.astimezone(BUENOS_AIRES).strftime("%H:%M")


def day_in_words(moment: datetime, now: datetime) -> str:
    """Hoy, ayer, or the date in words; with the year when it is another."""
    day, today = _day(moment), _day(now)
    if day == today:
        return "Hoy"
    if day == today - timedelta(days=1):
        return "Ayer"
    words = f"{WEEKDAYS[day.weekday()]} {day.day} de {MONTHS[day.month - 1]}"
    return (words if day.year == today.year else f"{words} de {day.year}").capitalize()


def short_time(moment: datetime, now: datetime) -> str:
    """The time of today's messages, `ayer` with the time, the date of older ones."""
    day, today = _day(moment), _day(now)
    if day == today:
        return clock(moment)
    if day == today - timedelta(days=1):
        return f"ayer {clock(moment)}"
    return f"{day.day}/{day.month}" if day.year == today.year else f"{day.day}/{day.month}/{day.year % 100:02}"


def age_in_words(moment: datetime, now: datetime) -> str:
    """How long ago: `recién`, `5 min`, `3 h 20 min`, `2 días`."""
    minutes = max(0, int((now - moment).total_seconds() // 60))
    if minutes < 1:
        return "recién"
    hours, rest = divmod(minutes, 60)
    if hours < 1:
        return f"{minutes} min"
    if hours < 24:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    days = hours // 24
    return "1 día" if days == 1 else f"{days} días"


def left_in_words(until: datetime, now: datetime) -> str:
    """How long there is left, rounded down: `queda 1 h 20 min`, `quedan 40 min`, `queda menos de 1 min`."""
    minutes = max(0, int((until - now).total_seconds() // 60))
    if minutes < 1:
        return "queda menos de 1 min"
    hours, rest = divmod(minutes, 60)
    words = " ".join(filter(None, (f"{hours} h" if hours else "", f"{rest} min" if rest else "")))
    return f"{'queda' if hours == 1 or minutes == 1 else 'quedan'} {words}"


def window_in_words(ends: datetime, now: datetime) -> str:
    """What is worth knowing of WhatsApp's 24 hours: that they end within three, or ended; else nothing."""
    if ends <= now:
        return "Ventana cerrada"
    return f"Para escribirle {left_in_words(ends, now)}" if ends - now < NEAR_THE_END else ""


def full_time(moment: datetime) -> str:
    """23/11/2026 09:05:07, for tooltips."""
    return moment.astimezone(BUENOS_AIRES).strftime("%d/%m/%Y %H:%M:%S")


def value_in_short(value: object, words: Callable[[str, str], str] = _as_it_is, depth: int = 0) -> str:
    """A slot's or entity's value on one line, without names, numbers of persons, or exact places.

    `words` gives the operator's word for a name of ours: of a `field` inside the value, or of the value itself.
    """
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "sí" if value else "no"
    if isinstance(value, Mapping):
        return _cut(_mapping_in_short(value, words, depth))
    if isinstance(value, list | tuple):
        shown = "; ".join(value_in_short(one, words, depth + 1) for one in value[:3])
        return _cut(shown if len(value) <= 3 else f"{shown}; y {len(value) - 3} más")
    return _cut(words("values", _scalar(str(value))))


def may_be_shown(name: str) -> bool:
    """Whether values under this name are shown at all."""
    return name not in HIDDEN_NAMES


def whatsapp_text(text: str) -> Markup:
    """The text masked once more and escaped, with WhatsApp's *bold* as such."""
    return Markup(_BOLD.sub(r"<strong>\1</strong>", str(escape(masked(text)))))  # noqa: S704 - escaped just here


def preview(text: str) -> str:
    """The text on one line, masked, without WhatsApp's stars."""
    return _cut(" ".join(_BOLD.sub(r"\1", masked(text)).split()))


def _mapping_in_short(value: Mapping[str, object], words: Callable[[str, str], str], depth: int) -> str:
    shown = {
        str(key): one
        for key, one in value.items()
        if one is not None and may_be_shown(str(key)) and key not in TECHNICAL_NAMES
    }
    if depth >= 1 and (name := shown.get("name") or shown.get("label")):
        return _scalar(str(name))
    return ", ".join(
        f"{words('fields', key)} {value_in_short(one, words, depth + 1)}".strip() for key, one in shown.items()
    )


def _scalar(text: str) -> str:
    if _UUID.fullmatch(text) or DIGEST.fullmatch(text):
        return text
    if _INSTANT.fullmatch(text):
        moment = datetime.fromisoformat(text).astimezone(BUENOS_AIRES)
        return f"{WEEKDAYS[moment.weekday()][:3]} {moment.day}/{moment.month} {moment:%H:%M}"
    return masked(text)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def _day(moment: datetime) -> date:
    return moment.astimezone(BUENOS_AIRES).date()
