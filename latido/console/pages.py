"""Rendering: whole pages, and for htmx the piece that changed, or nothing when nothing did."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from latido.console import reading, showing
from latido.console.navigation import sections_for
from latido.console.visits import Visit

HERE = Path(__file__).parent
STATIC = HERE / "static"


def live_page(
    visit: Visit,
    template: str,
    path: str,
    alerts: int,
    beside: str | None = None,
    news: str | None = None,
    status: int = 200,
    **values: Any,
) -> Response:
    """A page whose main piece stays up to date: `path` (with its query) is what htmx asks for again.

    `beside` is the template of a second piece that stays up to date with it, in a place of its own.
    `news` is the template of a piece that a repeated question is answered with too, whatever else is the same.
    A repeated question carries the digest of what the browser has; the answer is 204 while it is the same.
    """
    common = _common(visit) | {"alerts": alerts}
    piece = Markup(_environment().get_template(f"_{template}").render(common | values))  # noqa: S704 - a template's
    second = Markup(_environment().get_template(beside).render(common | values)) if beside else Markup()  # noqa: S704
    digest = hashlib.blake2b(
        f"{alerts} {getattr(alerts, 'newest_urgent', 0)}\n{piece}\n{second}".encode(), digest_size=12
    ).hexdigest()
    if visit.is_live and not news and visit.request.query_params.get("seen") == digest:
        return Response(status_code=204)
    again = f"{visit.base}{path}{'&' if '?' in path else '?'}seen={digest}"
    shown = common | values | {"piece": piece, "beside": second, "again": again, "news": news}
    return _html("_live.html" if visit.is_live else template, shown, status)


def page(visit: Visit, template: str, status: int = 200, **values: Any) -> Response:
    """A page that does not change by itself."""
    return _html(template, _common(visit) | {"alerts": None} | values, status)


def _html(template: str, values: dict[str, Any], status: int = 200) -> Response:
    return HTMLResponse(_environment().get_template(template).render(values), status)


def _common(visit: Visit) -> dict[str, Any]:
    now = visit.console.now()
    return {
        "base": visit.base,
        "version": _static_version(),
        "session": visit.session,
        "csrf": visit.csrf_token,
        "path": visit.request.url.path.removeprefix(visit.base) or "/",
        "query": visit.request.url.query,
        "live": visit.is_live,
        "may": visit.may,
        "sections": sections_for(visit.session.role) if visit.session else (),
        "short_time": lambda moment: showing.short_time(moment, now),
        "age": lambda moment: showing.age_in_words(moment, now),
        "left": lambda moment: showing.left_in_words(moment, now),
        "left_of_window": lambda ends: showing.window_in_words(ends, now),
        "span": lambda length: showing.age_in_words(now - length, now),
        "day": lambda moment: showing.day_in_words(moment, now),
    }


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(label=reading.label, understood=reading.understood, delivery=reading.delivery)
    environment.tests.update(section_of=lambda section, path: section.holds(path))
    environment.filters.update(
        whatsapp=showing.whatsapp_text,
        preview=showing.preview,
        clock=showing.clock,
        full_time=showing.full_time,
        tag=lambda key: key[:6],
        hue=lambda key: int(key[:4], 16) % 8,
        masked=showing.value_in_short,
    )
    return environment


@cache
def _static_version() -> str:
    digest = hashlib.blake2b(digest_size=6)
    for path in sorted(STATIC.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()
