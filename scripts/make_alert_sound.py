"""Make latido/console/static/alert.wav: two soft notes for an urgent alert. Run it again after changing the numbers."""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path

FILE = Path(__file__).resolve().parents[1] / "latido" / "console" / "static" / "alert.wav"
RATE = 11_025
# Hertz, beginning and length in seconds: a rising fourth, short enough not to startle, low enough for small speakers.
NOTES = ((659.3, 0.0, 0.28), (880.0, 0.2, 0.42))
LOUDNESS = 0.42


def sample(second: float) -> float:
    """The sound at this moment, from -1 to 1."""
    return LOUDNESS * sum(_note(second - start, pitch, length) for pitch, start, length in NOTES)


def _note(second: float, pitch: float, length: float) -> float:
    if not 0 <= second < length:
        return 0.0
    swell = min(1.0, second / 0.012) * (1 - second / length) ** 2
    return swell * (math.sin(2 * math.pi * pitch * second) + 0.25 * math.sin(4 * math.pi * pitch * second))


def main() -> None:
    """Write the file."""
    count = int(RATE * max(start + length for _, start, length in NOTES))
    values = (max(-1.0, min(1.0, sample(index / RATE))) for index in range(count))
    with wave.open(str(FILE), "wb") as sound:
        sound.setparams((1, 2, RATE, count, "NONE", ""))
        sound.writeframes(b"".join(struct.pack("<h", round(value * 32_767)) for value in values))


if __name__ == "__main__":
    main()
