"""The page of effects: every experiment, newest first."""

from __future__ import annotations

from starlette.responses import Response

from latido.console.alerts import open_alert_count
from latido.console.effects.panels import panel_of
from latido.console.effects.words import number, rules_in_words
from latido.console.pages import page
from latido.console.visits import Visit
from latido.experiments.data import load_experiments
from latido.experiments.effects import effects_of


def effects(visit: Visit) -> Response:
    """What each wording did, as counted now."""
    experiments = load_experiments()
    newest_first = sorted(experiments.all, key=lambda each: each.begins, reverse=True)
    now = visit.console.now()
    with visit.console.engine.connect() as connection:
        found = effects_of(connection, newest_first, now)
        alerts = open_alert_count(connection)
    panels = [panel_of(effect, now) for effect in found]
    rules = rules_in_words(experiments.rules)
    return page(visit, "effects.html", alerts=alerts, panels=panels, rules=rules, number=number)
