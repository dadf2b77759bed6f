"""One request of an operator: who she is, what she sent, and the checks every page shares."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from sqlalchemy import Connection, Engine
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from latido.console.campaigns.desk import CampaignDesk, NoCampaigns
from latido.console.data.source import Holdings, NoHoldings
from latido.console.finding.source import FollowedUp, nobody_followed
from latido.console.overdue.callers import Callers, NobodyCalls
from latido.console.plan.source import TimelineOf, not_connected
from latido.console.retention.source import RetentionOf, nothing_kept
from latido.console.roles import Right, may
from latido.console.sessions import LIFETIME, Session
from latido.crypto import Vault

SESSION_COOKIE = "latido_console"
LOGIN_COOKIE = "latido_console_login"
HALFWAY_COOKIE = "latido_console_halfway"
LARGEST_FORM = 16 * 1024


def _asks_nobody(connection: Connection, resident: str) -> bool:
    return False


@dataclass(frozen=True)
class Console:
    """What the console needs; `secure_cookies` when operators come by https, `callers` for the overdue list.

    `may_be_written_to` says whether a resident has not asked us for silence.
    """

    engine: Engine
    vault: Vault
    secure_cookies: bool
    now: Callable[[], datetime]
    callers: Callers = field(default_factory=NobodyCalls)
    campaigns: CampaignDesk = field(default_factory=NoCampaigns)
    timeline_of: TimelineOf = not_connected
    may_be_written_to: Callable[[Connection, str], bool] = _asks_nobody
    holdings: Holdings = field(default_factory=NoHoldings)
    retention_of: RetentionOf = nothing_kept
    followed_up: FollowedUp = nobody_followed


@dataclass(frozen=True)
class Visit:
    """One request; `session` is None on the way in, `login_nonce` ties the log-in form to this browser."""

    console: Console
    request: Request
    form: Mapping[str, str]
    session: Session | None
    login_nonce: str

    @property
    def base(self) -> str:
        """Where the console is mounted, without a slash at the end."""
        return str(self.request.scope.get("root_path", "")).rstrip("/")

    @property
    def is_live(self) -> bool:
        """Whether htmx asks for a piece of the page it already has."""
        return "HX-Request" in self.request.headers

    @property
    def csrf_token(self) -> str:
        """What a form of this very browser and session must carry."""
        return self.csrf_tokens[0]

    @property
    def csrf_tokens(self) -> tuple[str, ...]:
        """The same, and those of secrets that this one replaces, or is about to: a form that is open stays good."""
        seed = f"session:{self.session.token}" if self.session else f"login:{self.login_nonce}"
        keys = self.console.vault.session_keys
        return tuple(hmac.new(key, f"csrf:{seed}".encode(), hashlib.sha256).hexdigest() for key in keys)

    def require_operator(self) -> Session:
        """The session of a page that only operators see."""
        if self.session is None:
            raise Problem(401, "Tenés que entrar para ver esta página.")
        return self.session

    def may(self, right: Right) -> bool:
        """Whether the operator who asks has this right."""
        return self.session is not None and may(self.session.role, right)

    def redirect(self, path: str) -> Response:
        """Go to a page of the console, by GET."""
        return RedirectResponse(f"{self.base}{path}", 303)


class Problem(Exception):
    """The page cannot be shown; the message is for the operator."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


Handler = Callable[[Visit], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


def check_csrf(visit: Visit) -> None:
    """Refuse a form that this browser did not get from us."""
    given = visit.form.get("csrf", "").encode("utf-8", "replace")
    if not any(hmac.compare_digest(given, token.encode()) for token in visit.csrf_tokens):
        raise Problem(403, "La página venció o el formulario no es de la consola. Volvé a abrirla y probá de nuevo.")


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a small form; the last one counts where a name comes twice."""
    if request.method != "POST":
        return {}
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise Problem(413, "El formulario es demasiado grande.")
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50))
    except ValueError as error:
        raise Problem(400, "El formulario no se puede leer.") from error


def new_login_nonce() -> str:
    """A fresh tie between a browser and its log-in form."""
    return secrets.token_urlsafe(24)


def set_cookie(visit: Visit, response: Response, name: str, value: str, lasts: timedelta = LIFETIME) -> None:
    """Give the browser a cookie that scripts cannot read and other sites cannot send with their forms."""
    response.set_cookie(
        name,
        value,
        max_age=int(lasts.total_seconds()),
        path=visit.base or "/",
        secure=visit.console.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def drop_cookie(visit: Visit, response: Response, name: str) -> None:
    """Take a cookie back."""
    response.delete_cookie(
        name, path=visit.base or "/", secure=visit.console.secure_cookies, httponly=True, samesite="lax"
    )
