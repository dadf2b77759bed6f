"""Take all pictures of docs/pictures: chats as residents would with a demo of its own, then the console's other rooms.

    .venv/bin/python scripts/take_pictures.py

The rooms that need weeks (overdue, campaigns, indicators, review) are drawn by tests/browser/rooms_in_use.py, over
residents who came about as in the tests. Everybody on the pictures is made up. Needs a Chromium and a trained model.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
LATIDO = Path(sys.executable).with_name("latido")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PHONES_DESK: ViewportSize = {"width": 1440, "height": 900}
DESK: ViewportSize = {"width": 1300, "height": 820}
PHONE: ViewportSize = {"width": 390, "height": 844}
CONSOLE_PHONE: ViewportSize = {"width": 390, "height": 780}
OPENING = "hola, estoy embarazada de 5 meses y nunca me controlé, vivo en barracas"
REMINDER = "Qué:"  # every reminder of a check-up, study or vaccine has it
PARTS = ("LATIDO_PORT", "LATIDO_EMULATOR_PORT", "LATIDO_BOT_PORT", "LATIDO_ACTIONS_PORT", "LATIDO_WORKER_PORT")
STARTS = 300  # seconds; a slow machine needs two minutes
PATIENCE = 60_000


class NoDemo(Exception):
    """The demo did not come up: its last lines say why."""


@dataclass(frozen=True)
class Demo:
    """A running demo, where it is and how to get in."""

    phones: str
    console: str
    password: str


@contextlib.contextmanager
def demo() -> Iterator[Demo]:
    """A demo with an empty data directory and ports of its own, while the pictures are taken."""
    with tempfile.TemporaryDirectory(prefix="latido-pictures-") as data:
        ports = {name: str(_free_port()) for name in PARTS}
        ours = {"LATIDO_DATA_DIR": data, "LATIDO_REMINDERS_POLICY": str(_at_once(Path(data)))}
        environment = {**os.environ, **ports, **ours, "PYTHONPATH": str(ROOT)}
        log = Path(data) / "up.log"
        with log.open("wb") as out:
            process = subprocess.Popen([LATIDO, "up", "--demo"], cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            yield _ready(process, log)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _at_once(directory: Path) -> Path:
    """The reminders' policy without nights and without a delay: she is told of the next check-up while we look."""
    policy = yaml.safe_load((ROOT / "data" / "reminders" / "policy.yml").read_text(encoding="utf-8"))
    always = {"opens": "00:00", "closes": "23:59"}
    calendar = policy["calendar"] | {"time": "00:00", "registration_delay_hours": 0}
    at_once = policy | {"hours": always, "morning_hours": always, "calendar": calendar}
    path = directory / "policy.yml"
    path.write_text(yaml.safe_dump(at_once), encoding="utf-8")
    return path


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _ready(process: subprocess.Popen[bytes], log: Path) -> Demo:
    """Wait for `ready` and read what the demo says of itself; NoDemo with its last lines."""
    give_up = time.monotonic() + STARTS
    while time.monotonic() < give_up and process.poll() is None:
        said = log.read_text(encoding="utf-8", errors="replace")
        if re.search(r"ready http", said):
            phones, console = (re.search(rf"{name} +(http\S+)", said) for name in ("phones", "console"))
            password = re.search(r"password (\S+)", said)
            if phones and console and password:
                return Demo(phones[1], console[1], password[1])
        time.sleep(0.5)
    raise NoDemo("\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:]))


class Chat:
    """One of the phones on the page."""

    def __init__(self, page: Page, index: int) -> None:
        self.page = page
        self.root = page.locator(".phone").nth(index)

    def says(self, text: str, answer: str) -> None:
        """Write, and wait until the answer shows."""
        box = self.root.get_by_label("Escribir un mensaje")
        box.fill(text)
        box.press("Enter")
        self.sees(answer)

    def taps(self, title: str, answer: str) -> None:
        """Tap a button, and wait until the answer shows."""
        self.root.get_by_role("button", name=title).last.click()
        self.sees(answer)

    def picks(self, opener: str, number: int, answer: str) -> None:
        """Open a list, choose its item of this number, send it."""
        self.root.get_by_role("button", name=opener).last.click()
        self.page.get_by_role("radio").nth(number).click()
        self.page.get_by_role("button", name="Enviar", exact=True).last.click()
        self.sees(answer)

    def sees(self, text: str) -> None:
        """Wait for a text of an answer."""
        expect(self.root.get_by_text(text).last).to_be_visible(timeout=PATIENCE)


def book(chat: Chat) -> None:
    """From the first message to a confirmed appointment."""
    chat.says(OPENING, "¿Me das permiso")
    chat.taps("Sí, acepto", "¿Qué necesitás ahora?")
    chat.taps("Sacar turno", "número de DNI")
    chat.taps("En trámite", "¿Cuántos años")
    chat.picks("Elegir edad", 2, "presión alta, diabetes")
    chat.taps("No", "otro embarazo")
    chat.taps("No", "turnos libres")
    chat.picks("Ver horarios", 0, "¿Lo confirmo?")
    chat.taps("Sí, confirmar", "¡Listo!")


def keep(page: Page, name: str) -> None:
    """The picture in 256 colours at most, as the text of a page needs no more."""
    page.wait_for_timeout(1500)
    drawn = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    drawn.quantize(256, dither=Image.Dither.NONE).save(PICTURES / f"{name}.png", optimize=True)


def phones(browser: Browser, running: Demo) -> None:
    """Two phones on a desk, one on a phone, and there the first reminder; then the other one wants a person."""
    page = browser.new_page(viewport=PHONES_DESK)
    page.goto(running.phones)
    book(Chat(page, 0))
    other = Chat(page, 1)
    other.says("hola! qué salita me queda cerca? vivo en san telmo", "¿Me das permiso")
    other.taps("Sí, acepto", "CeSAC N° 15")
    other.taps("Ver en el mapa", "CeSAC N° 15")
    keep(page, "phones-desk")
    other.says("quiero hablar con una persona", "persona")
    page.close()
    small = browser.new_page(viewport=PHONE)
    small.goto(running.phones)
    keep(small, "phone")
    Chat(small, 0).taps("Sí, avisame", REMINDER)
    keep(small, "phone-reminder")
    small.close()


def console(browser: Browser, running: Demo) -> None:
    """The conversation as an operator reads it, its plan, and on a phone in the dark."""
    page = _inside(browser, running, DESK, "light")
    keep(page, "console-list")
    thread = _her_thread(page)
    page.goto(thread)
    keep(page, "console-thread")
    page.goto(f"{thread}/plan")
    keep(page, "console-plan")
    small = _inside(browser, running, CONSOLE_PHONE, "dark")
    small.goto(thread)
    keep(small, "console-thread-phone")
    small.goto(f"{running.console}requests")
    keep(small, "console-requests-phone")


def _her_thread(page: Page) -> str:
    """The address of who booked."""
    links: list[str] = page.locator("a[href*='/conversations/']").evaluate_all("all => all.map(link => link.href)")
    for address in dict.fromkeys(link.split("?")[0].split("#")[0] for link in links):
        page.goto(address)
        if page.get_by_text("Sí, avisame").count():
            return address
    raise NoDemo("no conversation of who booked is on the first page of the console")


def _inside(browser: Browser, running: Demo, size: ViewportSize, look: Literal["light", "dark"]) -> Page:
    page = browser.new_page(viewport=size, color_scheme=look, locale="es-AR")
    page.goto(running.console)
    page.get_by_label("Usuario").fill("demo")
    page.get_by_label("Contraseña").fill(running.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/")
    return page


def main() -> None:
    """Chat, and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("google-chrome"))
    parser.add_argument("--only", choices=("chats", "rooms"), help="one half of them")
    options = parser.parse_args()
    PICTURES.mkdir(parents=True, exist_ok=True)
    if options.only != "rooms":
        with demo() as running, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=options.chromium, args=ARGUMENTS)
            phones(browser, running)
            console(browser, running)
            browser.close()
    if options.only != "chats":
        rooms = [sys.executable, "-m", "pytest", "-q", "tests/browser/rooms_in_use.py"]
        subprocess.run(rooms, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
