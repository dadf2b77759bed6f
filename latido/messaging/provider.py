"""Twilio behind a few calls, each failure translated into what the sender may do next.

SendProblem
├── NeverAccepted     not processed (no connection, 429): send again later
├── OutcomeUnknown    perhaps accepted (time-out, reset, 5xx): ask before sending again
└── Rejected          will not be accepted (4xx): do not send again
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.base.values import unset
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from latido.messaging.messages import Location
from latido.messaging.reconciliation import Listed
from latido.messaging.templates.model import Approval
from latido.messaging.templates.pushing import Content

# Of ours and Twilio's, whichever was set wrong, by a time zone or a day: what is listed besides, our log knows already.
CLOCKS_MAY_DIFFER_BY = timedelta(hours=24)


class SendProblem(Exception):
    """A call to Twilio did not succeed."""


class NeverAccepted(SendProblem):
    """Twilio did not process the request: sending again later cannot double it."""


class OutcomeUnknown(SendProblem):
    """Twilio may have accepted the message: ask before sending again."""


class Rejected(SendProblem):
    """Twilio refuses this message for good."""

    def __init__(self, code: int | None, status: int) -> None:
        super().__init__(f"HTTP {status}, code {code}")
        self.code = code
        self.status = status


@dataclass(frozen=True)
class Accepted:
    """A message Twilio has taken: its MessageSid and first status."""

    sid: str
    status: str


@dataclass(frozen=True)
class Outgoing:
    """One message ready for Twilio: a text, a content made before, a text with a map pin, or a medium's address."""

    to: str
    body: str
    callback: str
    content_sid: str | None = None
    location: Location | None = None
    content_variables: Mapping[str, str] = field(default_factory=dict)
    media_url: str | None = None


class TwilioProvider:
    """The real `twilio` client with a time-out on every call; `base_url` points it at a stand-in."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        sender: str | None,
        messaging_service_sid: str | None = None,
        base_url: str | None = None,
        timeout: float = 10.0,
    ) -> None:
        self._address = sender or unset
        self.sender = messaging_service_sid or sender or ""
        self._origin = (
            {"messaging_service_sid": messaging_service_sid} if messaging_service_sid else {"from_": sender or unset}
        )
        self._client = Client(account_sid, auth_token, http_client=TwilioHttpClient(timeout=timeout, max_retries=None))
        if base_url:
            for product in (self._client.api, self._client.content, self._client.messaging):
                product.base_url = base_url.rstrip("/")

    def send(self, outgoing: Outgoing) -> Accepted:
        """Hand one message over; raises a SendProblem."""
        with _translated():
            sent = self._client.messages.create(
                to=outgoing.to,
                body=unset if outgoing.content_sid else outgoing.body,
                content_sid=outgoing.content_sid or unset,
                content_variables=_json(outgoing.content_variables) if outgoing.content_variables else unset,
                persistent_action=[_pin(outgoing.body, outgoing.location)] if outgoing.location else unset,
                media_url=[outgoing.media_url] if outgoing.media_url else unset,
                status_callback=outgoing.callback,
                **self._origin,
            )
        return Accepted(str(sent.sid), str(sent.status))

    def create_content(
        self,
        friendly_name: str,
        types: dict[str, object],
        language: str = "es_AR",
        variables: Mapping[str, str] | None = None,
    ) -> str:
        """Make a content with buttons or a list and return its sid; raises a SendProblem.

        A content is never seen by a resident, so one made twice does no harm: an unknown outcome is tried again.
        """
        definition: dict[str, object] = {"friendly_name": friendly_name, "language": language, "types": types}
        if variables:
            definition["variables"] = dict(variables)
        try:
            return str(self._content_api("POST", "/v1/Content", definition)["sid"])
        except OutcomeUnknown as problem:
            raise NeverAccepted("no content was made") from problem

    def submit_for_approval(self, content_sid: str, name: str, category: str) -> Approval:
        """Ask WhatsApp to approve a content under this name; raises a SendProblem."""
        path = f"/v1/Content/{content_sid}/ApprovalRequests/whatsapp"
        return _approval(self._content_api("POST", path, {"name": name, "category": category}))

    def approval_of(self, content_sid: str) -> Approval | None:
        """What WhatsApp thinks of a content; None when Twilio has it no more. Raises a SendProblem."""
        try:
            return _approval(self._content_api("GET", f"/v1/Content/{content_sid}/ApprovalRequests")["whatsapp"])
        except Rejected as problem:
            if problem.status == 404:
                return None
            raise

    def contents(self) -> Iterator[Content]:
        """Every content of the account; raises a SendProblem."""
        path: str | None = "/v1/Content?PageSize=100"
        while path is not None:  # the library's own list hides the status of a refusal
            page = self._content_api("GET", path)
            for one in page["contents"]:
                yield Content(one["sid"], one["friendly_name"] or "", one["language"] or "", one["types"] or {})
            following = urlsplit(page["meta"]["next_page_url"] or "")
            path = f"{following.path}?{following.query}" if following.path else None

    def _content_api(self, method: str, path: str, body: dict[str, object] | None = None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        with _translated():
            answer = self._client.content.request(method, path, data=body or {}, headers=headers)
            if answer.status_code not in (200, 201):
                raise TwilioRestException(answer.status_code, path, code=_code(answer.text))
        parsed: dict[str, Any] = json.loads(answer.text)
        return parsed

    def delete_content(self, content_sid: str) -> None:
        """Remove a content; one that is gone already is fine."""
        with _translated():
            self._client.content.v1.contents(content_sid).delete()

    def sent_to(self, address: str, since: datetime) -> list[tuple[str, str, str]]:
        """(sid, status, body) of what Twilio accepted from us for this address since then, oldest first.

        Older ones are among them: Twilio's clock need not be ours.
        """
        earliest = since - CLOCKS_MAY_DIFFER_BY
        with _translated():
            listed = self._client.messages.list(to=address, date_sent_after=earliest - timedelta(days=1), limit=200)
        mine = [
            one
            for one in listed
            if str(one.direction).startswith("outbound")
            and one.date_created is not None
            and one.date_created >= earliest
        ]
        return [(str(one.sid), str(one.status), one.body or "") for one in reversed(mine)]

    def received_since(self, since: datetime) -> Iterator[Listed]:
        """Messages residents wrote to our sender since then, newest first."""
        with _translated():
            for one in self._client.messages.stream(to=self._address, date_sent_after=since, page_size=1000):
                if one.date_created is None or not str(one.direction).startswith("inbound"):
                    continue
                if one.date_created < since:
                    return
                has_media = str(one.num_media or "0") != "0"
                yield Listed(str(one.sid), str(one.from_), one.body or "", has_media, one.date_created)


@contextmanager
def _translated() -> Iterator[None]:
    """Twilio's and requests' errors as SendProblems."""
    try:
        yield
    except TwilioRestException as error:
        raise _problem(error) from error
    except TwilioException as error:  # the library's lists raise this one, without a code
        raise OutcomeUnknown(type(error).__name__) from error
    except (requests.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.ProxyError) as error:
        raise NeverAccepted(type(error).__name__) from error
    except requests.ConnectionError as error:
        refused = "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error)
        raise (NeverAccepted if refused else OutcomeUnknown)(type(error).__name__) from error
    except requests.RequestException as error:
        raise OutcomeUnknown(type(error).__name__) from error


def _problem(error: TwilioRestException) -> SendProblem:
    if error.status == 429:
        return NeverAccepted(f"429, code {error.code}")
    if error.status >= 500 or error.status < 400:
        return OutcomeUnknown(f"HTTP {error.status}")
    return Rejected(error.code, error.status)


def _pin(name: str, location: Location) -> str:
    """`geo:` as Twilio takes it; WhatsApp shows the label alone, so it carries the name too."""
    label = ", ".join(part for part in (name, location.label) if part)
    return f"geo:{location.latitude},{location.longitude}|{label}"


def _approval(told: Mapping[str, Any]) -> Approval:
    reason = str(told.get("rejection_reason") or "")
    return Approval(str(told.get("status") or "unsubmitted"), str(told.get("category") or ""), reason)


def _json(values: Mapping[str, str]) -> str:
    return json.dumps(dict(values), ensure_ascii=False)


def _code(body: str) -> int | None:
    try:
        return int(json.loads(body)["code"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
