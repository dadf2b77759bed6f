"""What the dialogue remembers of a resident between two messages, and making it forget."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import requests

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DialogueMemory:
    """The bot over HTTP."""

    url: str
    service_token: str
    timeout: float
    session: requests.Session

    def forget(self, resident: str) -> bool:
        """The session of this resident is gone; False when the bot could not say so: try again."""
        try:
            answer = self.session.post(
                f"{self.url}/webhooks/latido/forget",
                json={"resident": resident},
                headers={"Authorization": f"Bearer {self.service_token}"},
                timeout=(2.0, self.timeout),
            )
        except requests.RequestException as error:
            log.warning("the dialogue could not be asked to forget: %s", type(error).__name__)
            return False
        if answer.status_code != 200:
            log.warning("the dialogue did not forget: HTTP %s", answer.status_code)
        return answer.status_code == 200
