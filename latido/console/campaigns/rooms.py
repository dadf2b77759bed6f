"""The pages of campaigns: the list, the form, one campaign with its counts and progress, and its steps."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from latido.console.alerts import open_alert_count
from latido.console.campaigns.desk import Campaign, DeskRefusal, FormWrong, Step
from latido.console.campaigns.forms import empty_fields, fields_of, form_from
from latido.console.campaigns.words import in_words
from latido.console.pages import live_page, page
from latido.console.reading import label
from latido.console.showing import BUENOS_AIRES
from latido.console.visits import Handler, Problem, Visit
from latido.messaging.redaction import masked

_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
LONGEST_REASON = 200


def campaigns(visit: Visit) -> Response:
    """The list, the newest first."""
    found = visit.console.campaigns.every()
    return live_page(visit, "campaigns.html", "/campaigns", _alerts(visit), found=found)


def campaign(visit: Visit) -> Response:
    """One campaign."""
    return show_campaign(visit)


def show_campaign(visit: Visit, status: int = 200, notice: str = "") -> Response:
    """One campaign; `notice` says why something could not be done."""
    number, found = _one(visit)
    here = f"/campaigns/{number}"
    values: dict[str, Any] = {"one": found, "here": here, "notice": notice}
    values["segment"] = in_words(found.form.segment, visit.console.campaigns.choices())
    return live_page(
        visit, "campaign.html", here, _alerts(visit), beside="_campaign_steps.html", status=status, **values
    )


def new(visit: Visit) -> Response:
    """The form of a new campaign."""
    today = visit.console.now().astimezone(BUENOS_AIRES).date()
    return _form_page(visit, empty_fields(today), "/campaigns")


def edit(visit: Visit) -> Response:
    """The form of one that may be written anew."""
    number, found = _one(visit)
    if "change" not in found.steps:
        raise Problem(409, label("campaign_refusals", "state"))
    return _form_page(visit, fields_of(found.form, visit.console.campaigns.choices()), f"/campaigns/{number}")


def create(visit: Visit) -> Response:
    """Keep a new draft, or show how its notice looks."""
    return _keep(visit, None)


def change(visit: Visit) -> Response:
    """Write a draft anew, or show how its notice looks."""
    return _keep(visit, _one(visit)[0])


def count(visit: Visit) -> Response:
    """Count the segment as things are now."""
    number, _ = _one(visit)
    return _done(visit, lambda: visit.console.campaigns.count(visit.require_operator().operator_id, number), number)


def step(name: Step) -> Handler:
    """The handler of a button that takes a step."""

    def handler(visit: Visit) -> Response:
        number, found = _one(visit)
        reason = masked(" ".join(visit.form.get("reason", "").split()))[:LONGEST_REASON]
        revision = visit.form.get("revision", "")
        if name == "approve" and found.is_hers:  # words for what the desk, and the database, refuse as well
            return show_campaign(visit, 409, label("campaign_refusals", "same_person"))
        read = int(revision) if _NUMBER.fullmatch(revision) else 0
        whose = visit.require_operator().operator_id
        return _done(visit, lambda: visit.console.campaigns.take(whose, number, name, read, reason), number)

    return handler


def _keep(visit: Visit, number: int | None) -> Response:
    desk, fields = visit.console.campaigns, dict(visit.form)
    action = "/campaigns" if number is None else f"/campaigns/{number}"
    try:
        form = form_from(fields, desk.choices())
        if visit.form.get("do") == "look":
            return _form_page(visit, fields, action, bubbles=desk.look(form))
        kept = desk.keep(visit.require_operator().operator_id, form, number)
    except FormWrong as wrong:
        return _form_page(visit, fields, action, 422, label("campaign_faults", wrong.reason))
    except DeskRefusal as refusal:
        raise Problem(refusal.status, label("campaign_refusals", refusal.reason)) from refusal
    return visit.redirect(f"/campaigns/{kept}")


def _form_page(
    visit: Visit, fields: dict[str, str], action: str, status: int = 200, wrong: str = "", bubbles: Any = None
) -> Response:
    values = {"fields": fields, "action": action, "wrong": wrong, "bubbles": bubbles}
    return page(visit, "campaign_form.html", status, choices=visit.console.campaigns.choices(), **values)


def _done(visit: Visit, act: Callable[[], None], number: int) -> Response:
    try:
        act()
    except DeskRefusal as refusal:
        return show_campaign(visit, refusal.status, label("campaign_refusals", refusal.reason))
    return visit.redirect(f"/campaigns/{number}")


def _one(visit: Visit) -> tuple[int, Campaign]:
    given = str(visit.request.path_params["campaign"])
    if not _NUMBER.fullmatch(given):
        raise Problem(404, label("campaign_refusals", "unknown"))
    try:
        return int(given), visit.console.campaigns.one(int(given), visit.require_operator().operator_id)
    except DeskRefusal as refusal:
        raise Problem(refusal.status, label("campaign_refusals", refusal.reason)) from refusal


def _alerts(visit: Visit) -> int:
    with visit.console.engine.connect() as connection:
        return open_alert_count(connection)
