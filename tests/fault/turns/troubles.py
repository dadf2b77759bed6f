"""What is done to the parts: each trouble in a thread of its own, until the run is over and it came often enough."""

from __future__ import annotations

import random
import threading
import time
from contextlib import suppress

import psutil

from latido.emulator.faults import REST_FAULTS
from tests.fault.turns.doors import TROUBLES, Door
from tests.fault.turns.town import PARTS, TWILIO_HANGS, Town

SHARE_BROKEN = 0.25
LONGEST_S = 120.0
OFTEN = 0.25
# Milliseconds to Twilio and back; the last is longer than we wait for an answer.
FAR_MS = (0, 0, 200, 1000, 3500)


def breaks_twilio(town: Town, over: threading.Event, rounds: int, chance: random.Random) -> None:
    """Each kind of failure of its API, so many times; between them it stands still for longer than we wait."""
    emulator, made = town.emulator, 0
    while made < rounds or not over.is_set():
        for kind in chance.sample(REST_FAULTS, len(REST_FAULTS)):
            where = {"resource": chance.choice(("messages", "any")), "method": chance.choice(("POST", "any"))}
            far = chance.choice(FAR_MS)
            fault = {"kind": kind, "times": 2, "hold_seconds": TWILIO_HANGS, **where}
            emulator.faults(rest=fault, rest_delay_ms=far)
            town.count("twilio slow", far > 0)
            town.count(f"twilio {kind}", 2)
            over.wait(chance.uniform(0.4, 1.2))
            if made >= rounds and over.is_set():
                break
        if made < rounds or chance.random() < OFTEN:
            _stands_still(town, "emulator", chance.uniform(TWILIO_HANGS, TWILIO_HANGS + 1.0))
        made += 1
    emulator.faults(rest=None, rest_delay_ms=0)


def breaks(town: Town, name: str, door: Door, over: threading.Event, least: int) -> None:
    """A part of the requests to a service goes wrong, if they come until it has been so many of each kind."""
    met = door.met.copy()
    door.breaks(TROUBLES, SHARE_BROKEN)
    over.wait()
    give_up = time.monotonic() + LONGEST_S
    while any(door.met[kind] - met[kind] < least for kind in TROUBLES) and time.monotonic() < give_up:
        _moment(0.2)
    door.mends()
    for kind in TROUBLES:
        town.count(f"{name} {kind}", door.met[kind] - met[kind])


def kills(town: Town, over: threading.Event, rounds: int, pause: tuple[float, float], chance: random.Random) -> None:
    """Every part once a round, in any order and at any moment; at least so many rounds."""
    made = 0
    while made < rounds or not over.is_set():
        for part in chance.sample(PARTS, len(PARTS)):
            _moment(chance.uniform(*pause))
            while not town.kill(part):
                _moment(0.3)
            if made >= rounds and over.is_set():
                return
        made += 1


def _moment(seconds: float) -> None:
    threading.Event().wait(seconds)


def _stands_still(town: Town, part: str, seconds: float) -> None:
    with suppress(AssertionError, psutil.Error):
        process = town.latido.pause(part)
        try:
            _moment(seconds)
        finally:
            process.resume()
        town.count(f"{part} stood still")
