"""Saved views by their addresses: open, keep, rename, share, remove."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from latido.console.audit.log import record
from latido.console.finding.filters import WrongFilter
from latido.console.finding.views import ViewRefused, drop_view, filters_in, keep_view, view_named
from latido.console.reading import label
from latido.console.visits import Problem, Visit


def open_view(visit: Visit) -> Response:
    """The list with the filters of a view, which stand in the address from then on."""
    name, session = str(visit.request.path_params["view"]), visit.require_operator()
    with visit.console.engine.connect() as connection:
        view = view_named(connection, session.operator_id, name)
    if view is None:
        raise Problem(404, "Esa vista no existe. Puede ser que la hayan borrado o le hayan cambiado el nombre.")
    return visit.redirect(f"/?{view.query}&view={quote(view.name)}")


def keep(visit: Visit) -> Response:
    """Keep the filters that were sent under a name; shared with the team by whoever may."""
    session, form = visit.require_operator(), visit.form
    shared = form.get("shared") == "1"
    if shared and not visit.may("annotate"):
        raise Problem(403, label("forbidden", "annotate"))
    try:
        filters = filters_in(form.get("query", ""))
        with visit.console.engine.begin() as connection:
            name = keep_view(
                connection, session.operator_id, form.get("name", ""), filters, shared, form.get("was", "")
            )
            if shared:
                record(connection, session.operator_id, "view_shared", word=name)
    except WrongFilter as error:
        raise Problem(400, "Ese filtro no existe.") from error
    except ViewRefused as refusal:
        raise Problem(400, label("view_refusals", str(refusal))) from refusal
    return visit.redirect(f"/views/{name}")


def drop(visit: Visit) -> Response:
    """Remove one of her views; those of others stay."""
    session = visit.require_operator()
    with visit.console.engine.begin() as connection:
        if not drop_view(connection, session.operator_id, visit.form.get("name", "")):
            raise Problem(404, "Esa vista no existe, o es de otra persona.")
    return visit.redirect("/")
