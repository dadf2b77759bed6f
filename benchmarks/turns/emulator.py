"""The emulator for a stock Rasa project: `python -m benchmarks.turns.emulator <port> <inbound url>`.

No status callbacks: the stock channel would ignore them.
"""

from __future__ import annotations

import sys

from latido.emulator import EmulatorConfig, run

ACCOUNT = "AC" + "0" * 31 + "b"
TOKEN = "emulator-benchmark"
SENDER = "whatsapp:+5491150500147"


def main(port: str, inbound_url: str) -> None:
    """Play Twilio until the process is ended."""
    run(EmulatorConfig(account_sid=ACCOUNT, auth_token=TOKEN, sender=SENDER, inbound_url=inbound_url, port=int(port)))


if __name__ == "__main__":
    main(*sys.argv[1:])
