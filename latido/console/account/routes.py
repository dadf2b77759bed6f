"""The addresses of an operator's own account, and of the ways in besides the log-in, each with the right it needs."""

from __future__ import annotations

from latido.console.account import room, second_step
from latido.console.roles import Right
from latido.console.staff import first_entry
from latido.console.visits import Handler

ENTRY: tuple[tuple[str, str, Handler, Right | None], ...] = (
    ("/login/code", "GET", second_step.code_page, None),
    ("/login/code", "POST", second_step.give_code, None),
    ("/login/first", "GET", first_entry.first_page, None),
    ("/login/first", "POST", first_entry.choose, None),
)
ACCOUNT: tuple[tuple[str, str, Handler, Right | None], ...] = (
    ("/account", "GET", room.account, "read"),
    ("/account/sessions/close-others", "POST", room.close_others, "read"),
    ("/account/password", "POST", room.change_password, "read"),
    ("/account/second-factor", "GET", room.offer_second_factor, "read"),
    ("/account/second-factor", "POST", room.enrol, "read"),
    ("/account/second-factor/off", "POST", room.drop, "read"),
    ("/account/second-factor/codes", "POST", room.renew_codes, "read"),
)
