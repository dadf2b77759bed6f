"""A chat as a test writes it: she says, taps or sends something, and sees what comes back."""

from __future__ import annotations

import itertools
import re
import time
from typing import Any

from latido.emulator.client import Phone, Seen
from tests.conversation import recording
from tests.conversation.running import Latido

_numbers = itertools.count(20_000_000)
PATIENCE = 20.0
SHOWN_WITHIN = 3.0


class Chat:
    """One resident with a phone of her own; `sees` looks at what came after her last message."""

    def __init__(self, latido: Latido, name: str = "Ana", number: str | None = None) -> None:
        self.latido = latido
        self.number = number or f"+54911{next(_numbers)}"
        self.phone: Phone = latido.emulator.phone(self.number, name=name)
        recording.meet(self.phone)
        self.taps_made = 0
        self._seen: list[Seen] = []

    def says(self, text: str) -> Chat:
        """Write a text and read the answer."""
        self.phone.says(text)
        return self._reads()

    def taps(self, title: str) -> Chat:
        """Tap the button, or pick the list item, whose title begins like this."""
        whole = self._choice(title)
        newest = next(seen for seen in reversed(self._all_outbound()) if whole in seen.choices)
        self.taps_made += 1
        if whole in newest.buttons:
            self.phone.taps(whole)
        else:
            self.phone.picks(whole)
        return self._reads()

    def taps_first_slot(self) -> Chat:
        """Pick the first time offered."""
        newest = next(seen for seen in reversed(self._all_outbound()) if seen.items)
        self.taps_made += 1
        self.phone.picks(newest.items[0])
        return self._reads()

    @property
    def slots_shown(self) -> list[str]:
        """The times in the list shown last, as one reads them."""
        newest = next(seen for seen in reversed(self._all_outbound()) if seen.items)
        return [item for item in newest.items if ":" in item]

    def next_step(self) -> Chat:
        """Go on with the shortest answer to whatever was asked."""
        if "DNI" in self.answer and "En trámite" in self.choices:
            return self.taps("En trámite")
        for wanted in ("Para mí", "Prefiero no decir", "Sacar turno", "Sí, confirmar"):
            if wanted in self.choices:
                return self.taps(wanted)
        if "¿De cuánto" in self.answer:
            return self.says("5 meses")
        return self.taps_first_slot()

    def shares_location(self, latitude: float, longitude: float) -> Chat:
        """Share a point and read the answer."""
        self.phone.shares_location(latitude, longitude)
        return self._reads()

    def sends(self, kind: str, caption: str = "") -> Chat:
        """Send a sample audio, image, sticker … and read the answer."""
        self.phone.sends_media(kind, caption)
        return self._reads()

    def sees(self, *fragments: str) -> Chat:
        """Each fragment stands in the answer or on one of its buttons; case and line breaks do not matter."""
        for fragment in fragments:
            assert _plain(fragment) in _plain(self.answer), f"not seen: {fragment!r}\n{self.phone}"
        return self

    def does_not_see(self, *fragments: str) -> Chat:
        """None of the fragments stands in the answer."""
        for fragment in fragments:
            assert _plain(fragment) not in _plain(self.answer), f"seen: {fragment!r}\n{self.phone}"
        return self

    def sees_a_pin_near(self, latitude: float, longitude: float) -> Chat:
        """A map pin within about 100 m of the point."""
        pins = [seen.location for seen in self._seen if seen.location is not None]
        assert pins, f"no pin\n{self.phone}"
        assert abs(pins[0]["latitude"] - latitude) < 0.001
        assert abs(pins[0]["longitude"] - longitude) < 0.001
        return self

    @property
    def answer(self) -> str:
        """All that came after her last message: texts, buttons and items."""
        return "\n".join("\n".join((seen.body, *_descriptions(seen), *seen.choices)) for seen in self._seen)

    @property
    def choices(self) -> list[str]:
        """What can be tapped in the answer."""
        return [choice for seen in self._seen for choice in seen.choices]

    @property
    def appointments(self) -> list[dict[str, Any]]:
        """Her booked appointments on the FHIR server."""
        return self.latido.appointments_of(self.number)

    def _reads(self) -> Chat:
        self._seen = self.phone.waits_for_reply(timeout=PATIENCE, quiet=0)
        self.latido.waits_until_answered(self.number, PATIENCE)
        self._waits_until_shown()
        self._seen += self.phone.waits_for_reply(timeout=0, messages=0, quiet=0)
        recording.keep(self.phone)
        return self

    def _waits_until_shown(self) -> None:
        """What Twilio took stands on the phone a moment later; what never will, as under a fault, is not waited for."""
        taken, deadline = self.latido.handed_over_to(self.number), time.monotonic() + SHOWN_WITHIN
        while len(self._all_outbound()) < taken and time.monotonic() < deadline:
            time.sleep(0.02)

    def _all_outbound(self) -> list[Seen]:
        return [seen for seen in self.phone.transcript() if seen.direction != "inbound"]

    def _choice(self, title: str) -> str:
        for seen in reversed(self._all_outbound()):
            for choice in seen.choices:
                if _plain(choice).startswith(_plain(title)):
                    return choice
        raise AssertionError(f"nothing to tap called {title!r}\n{self.phone}")


def _descriptions(seen: Seen) -> list[str]:
    return [str(item.get("description") or "") for item in seen.raw["items"]]


def _plain(text: str) -> str:
    return re.sub(r"[\s*_]+", " ", text.casefold()).strip()
