"""`/v1/Content` and its approval requests."""

import re
from datetime import datetime
from typing import Any

from latido.emulator.content_rules import fault_in, rejection_of
from latido.emulator.errors import RestError
from latido.emulator.model import Content
from latido.emulator.rest.gate import Answer, Call
from latido.emulator.rest.paging import page_of
from latido.emulator.sids import new_sid
from latido.emulator.state import Emulator

CATEGORIES = frozenset({"UTILITY", "MARKETING", "AUTHENTICATION"})


def create(emulator: Emulator, call: Call) -> Answer:
    """201 with the resource; 20422 names the rule that the content breaks."""
    wanted = _object(call)
    if not isinstance(wanted.get("language"), str) or not isinstance(wanted.get("types"), dict):
        raise RestError(20422, what="language and types are required")
    if fault := fault_in(wanted["types"]):
        raise RestError(20422, what=fault)
    content = Content(
        sid=new_sid("HX"),
        language=wanted["language"],
        types={name: fields for name, fields in wanted["types"].items() if fields is not None},
        created=emulator.now(),
        friendly_name=wanted.get("friendly_name") or "",
        variables=wanted.get("variables") or {},
    )
    emulator.contents.put(content)
    return Answer(201, resource(emulator, content))


def fetch(emulator: Emulator, call: Call) -> Answer:
    """One content."""
    return Answer(200, resource(emulator, _find(emulator, call)))


def update(emulator: Emulator, call: Call) -> Answer:
    """Change a content that has not been submitted for approval."""
    content, wanted = _find(emulator, call), _object(call)
    if content.approval:
        raise RestError(20422, what="the content has been submitted and cannot change")
    types = wanted.get("types") or content.types
    if fault := fault_in(types):
        raise RestError(20422, what=fault)
    content.types = {name: fields for name, fields in types.items() if fields is not None}
    content.language = wanted.get("language") or content.language
    content.friendly_name = wanted.get("friendly_name") or content.friendly_name
    emulator.contents.put(content)
    return Answer(200, resource(emulator, content))


def list_(emulator: Emulator, call: Call) -> Answer:
    """Every content, in pages."""
    page = page_of(list(emulator.contents.all()), call, default_size=50)
    rows = [resource(emulator, content) for content in page.rows]
    return Answer(200, {"meta": page.meta(call, emulator.config.base_url, "contents"), "contents": rows})


def list_with_approvals(emulator: Emulator, call: Call) -> Answer:
    """Every content with the state of its approval."""
    page = page_of(list(emulator.contents.all()), call, default_size=50)
    rows = [_without_links(emulator, content) | {"approval_requests": content.approval} for content in page.rows]
    return Answer(200, {"meta": page.meta(call, emulator.config.base_url, "contents"), "contents": rows})


def delete(emulator: Emulator, call: Call) -> Answer:
    """204, and the content is gone."""
    emulator.contents.remove(_find(emulator, call).sid)
    return Answer(204)


def request_approval(emulator: Emulator, call: Call) -> Answer:
    """Received at once; decided by the time it is asked for again: approved, unless it breaks a rule of templates."""
    content, wanted = _find(emulator, call), _object(call)
    name, category = str(wanted.get("name") or ""), str(wanted.get("category") or "")
    if not re.fullmatch(r"[a-z0-9_]{1,512}", name):
        raise RestError(20422, what="name may hold lower-case letters, digits and underscores")
    if category not in CATEGORIES:
        raise RestError(20422, what="category is UTILITY, MARKETING or AUTHENTICATION")
    reason = _rejection(emulator, content, name)
    received = {
        "name": name,
        "category": category,
        "content_type": next(iter(content.types)),
        "status": "received",
        "rejection_reason": "",
        "allow_category_change": True,
    }
    content.approval = received | {"status": "rejected" if reason else "approved", "rejection_reason": reason or ""}
    emulator.contents.put(content)
    return Answer(201, received)


def _rejection(emulator: Emulator, content: Content, name: str) -> str | None:
    """Why WhatsApp says no: a rule, or another content that bears the name in this language."""
    for other in emulator.contents.all():
        if other.approval and other.approval["name"] == name and other.language == content.language:
            return "there is already content in this language under this name" if other.sid != content.sid else None
    return rejection_of(content.types, content.variables)


def fetch_approval(emulator: Emulator, call: Call) -> Answer:
    """Where the approval stands; `unsubmitted` before it was asked for."""
    content = _find(emulator, call)
    whatsapp = {"type": "whatsapp"} | (content.approval or _unsubmitted(content))
    return Answer(
        200,
        {
            "sid": content.sid,
            "account_sid": emulator.config.account_sid,
            "whatsapp": whatsapp,
            "url": f"{_url(emulator, content)}/ApprovalRequests",
        },
    )


def resource(emulator: Emulator, content: Content) -> dict[str, Any]:
    """The Content resource, field by field as in Twilio's OpenAPI."""
    url = _url(emulator, content)
    links = {"approval_create": f"{url}/ApprovalRequests/whatsapp", "approval_fetch": f"{url}/ApprovalRequests"}
    return _without_links(emulator, content) | {"url": url, "links": links}


def _without_links(emulator: Emulator, content: Content) -> dict[str, Any]:
    return {
        "sid": content.sid,
        "account_sid": emulator.config.account_sid,
        "friendly_name": content.friendly_name,
        "language": content.language,
        "variables": dict(content.variables),
        "types": dict(content.types),
        "date_created": _iso(content.created),
        "date_updated": _iso(content.created),
    }


def _unsubmitted(content: Content) -> dict[str, Any]:
    return {
        "name": "",
        "category": "",
        "content_type": next(iter(content.types)),
        "status": "unsubmitted",
        "rejection_reason": "",
        "allow_category_change": True,
    }


def _object(call: Call) -> dict[str, Any]:
    if not isinstance(call.json, dict):
        raise RestError(20422, what="the body must be a JSON object")
    return call.json


def _find(emulator: Emulator, call: Call) -> Content:
    content = emulator.contents.get(call.ids["sid"])
    if content is None:
        raise RestError(20404, what=call.path)
    return content


def _url(emulator: Emulator, content: Content) -> str:
    return f"{emulator.config.base_url}/v1/Content/{content.sid}"


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
