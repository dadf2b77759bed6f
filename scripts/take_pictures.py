"""Take the README's pictures from a running `make demo`, by chatting as a resident would.

.venv/bin/python scripts/take_pictures.py --password <the demo operator's>
"""

from __future__ import annotations

import argparse
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
OPENING = "hola, estoy embarazada de 5 meses y nunca me controlé, vivo en barracas"


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
        expect(self.root.get_by_text(text).last).to_be_visible(timeout=20_000)


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


def phones(browser: Browser, address: str) -> None:
    """Two phones on a desk, and one on a phone."""
    page = browser.new_page(viewport=DESK, device_scale_factor=2)
    page.goto(address)
    book(Chat(page, 0))
    other = Chat(page, 1)
    other.says("hola! qué salita me queda cerca? vivo en san telmo", "¿Me das permiso")
    other.taps("Sí, acepto", "CeSAC N° 15")
    other.taps("Ver en el mapa", "CeSAC N° 15")
    page.wait_for_timeout(1500)
    page.screenshot(path=PICTURES / "phones-desk.png")
    page.close()
    small = browser.new_page(viewport=PHONE, device_scale_factor=2)
    small.goto(address)
    small.wait_for_timeout(1500)
    small.screenshot(path=PICTURES / "phone.png")
    small.close()


def console(browser: Browser, address: str, password: str) -> None:
    """The conversation as an operator reads it."""
    page = browser.new_page(viewport=DESK, device_scale_factor=2)
    page.goto(address)
    page.get_by_label("Usuario").fill("demo")
    page.get_by_label("Contraseña").fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/")
    page.screenshot(path=PICTURES / "console-list.png")
    page.locator("a[href*='/conversations/']").last.click()
    page.wait_for_timeout(1000)
    page.screenshot(path=PICTURES / "console-thread.png")
    page.close()


def main() -> None:
    """Chat and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phones", default="http://127.0.0.1:8001/")
    parser.add_argument("--console", default="http://127.0.0.1:8000/console/")
    parser.add_argument("--password", required=True)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=ARGUMENTS)
        phones(browser, options.phones)
        console(browser, options.console, options.password)
        browser.close()


if __name__ == "__main__":
    main()
