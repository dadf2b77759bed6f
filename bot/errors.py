"""The errors of the bot process and what each lets the caller do next.

LatidoBotError
├── BadTurn             the request is malformed: do not send it again
├── TurnNotMade         the turn did not happen and was not saved: send it again with the same message_sid
│   ├── StoreUnavailable    the tracker store cannot be reached
│   ├── LostRace            another turn of the same resident was saved first
│   └── ActionFailed        the action server, or an action of Rasa's own, failed
└── WrongSetUp          the process must not serve: fix the configuration and start again
"""

from __future__ import annotations


class LatidoBotError(Exception):
    """Base of the errors of the bot process; messages carry no personal data."""


class BadTurn(LatidoBotError):
    """The request is malformed: do not send it again."""


class TurnNotMade(LatidoBotError):
    """The turn did not happen: send it again with the same message_sid."""


class StoreUnavailable(TurnNotMade):
    """The tracker store cannot be reached."""


class LostRace(TurnNotMade):
    """Another turn of the same resident was saved first."""


class ActionFailed(TurnNotMade):
    """The action server, or an action, failed."""


class WrongSetUp(LatidoBotError):
    """The process must not serve: fix the configuration and start again."""
