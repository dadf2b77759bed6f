"""What a newcomer does with the phone page."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, Route, expect
from starlette.responses import Response

from tests.unit.emulator.stage import Stage


def first(page: Page) -> Locator:
    return page.locator(".phone").first


def write(phone: Locator, text: str) -> None:
    field = phone.get_by_label("Escribir un mensaje")
    field.fill(text)
    field.press("Enter")


def test_from_a_starter_to_a_chosen_time(page: Page, stage: Stage):
    phone = first(page)
    phone.get_by_role("button", name="quiero un turno para el control del embarazo").click()
    phone.get_by_role("button", name="Sí").click()
    phone.get_by_role("button", name="Ver horarios").click()
    sheet = phone.get_by_role("dialog", name="Ver horarios")
    expect(sheet.get_by_role("button", name="Enviar")).to_be_disabled()
    sheet.get_by_text("jueves 26, 9:30").click()
    sheet.get_by_role("button", name="Enviar").click()
    expect(phone.get_by_text("Leído: h-1")).to_be_visible()
    expect(sheet).to_have_count(0)
    assert [seen.kind for seen in stage.emulator.phone("+5491155550001").transcript()] == [
        "text", "quick_reply", "text", "list", "text", "text",
    ]  # fmt: skip


def test_enter_sends_shift_enter_does_not_and_focus_stays(page: Page):
    phone = first(page)
    field = phone.get_by_label("Escribir un mensaje")
    field.fill("una")
    field.press("Shift+Enter")
    field.type("dos")
    expect(phone.locator(".message")).to_have_count(0)
    field.press("Enter")
    expect(phone.locator(".message--mine .bubble__text")).to_have_text("una\ndos")
    expect(field).to_be_focused()
    expect(field).to_have_value("")


def test_a_burst_goes_out_in_order(page: Page, stage: Stage):
    for word in ("uno", "dos", "tres", "cuatro"):
        write(first(page), word)
    expect(first(page).get_by_text("Leído: cuatro")).to_be_visible()
    received = [each.form["Body"] for each in stage.bridge.at("/inbound")][-4:]
    assert received == ["uno", "dos", "tres", "cuatro"]


def test_a_burst_stays_in_view_unless_one_has_scrolled_up(page: Page, stage: Stage):
    phone = first(page)
    write(phone, "silencio")
    for number in range(20):
        stage.sends("+5491155550001", body=f"línea {number}\ny otra\ny otra")
    expect(phone.get_by_text("línea 19")).to_be_in_viewport()
    phone.locator(".phone__log").hover()
    page.mouse.wheel(0, -900)
    expect(phone.get_by_label("Ir al último mensaje")).to_be_visible()
    stage.sends("+5491155550001", body="la última")
    expect(phone.get_by_text("la última")).to_be_attached()
    expect(phone.get_by_text("la última")).not_to_be_in_viewport()
    phone.get_by_label("Ir al último mensaje").click()
    expect(phone.get_by_text("la última")).to_be_in_viewport()
    expect(phone.get_by_label("Ir al último mensaje")).to_be_hidden()


def test_formatting_is_whatsapps_and_never_html(page: Page):
    phone = first(page)
    write(
        phone, "silencio *fuerte* _suave_ ~no~ ```fijo``` 2*3*4 <img src=x onerror=alert(1)> https://a.example/x_y_z."
    )
    text = phone.locator(".message--mine .bubble__text")
    expect(text.locator("strong")).to_have_text("fuerte")
    expect(text.locator("em")).to_have_text("suave")
    expect(text.locator("s")).to_have_text("no")
    expect(text.locator("code")).to_have_text("fijo")
    expect(text.locator("a")).to_have_attribute("href", "https://a.example/x_y_z")
    expect(text).to_contain_text("2*3*4 <img src=x")


def test_dots_while_the_answer_is_awaited(page: Page, stage: Stage):
    phone = first(page)
    write(phone, "silencio")
    expect(phone.get_by_role("img", name="Latido está escribiendo")).to_be_visible()
    expect(phone.locator(".phone__state")).to_have_text("escribiendo…")
    stage.sends("+5491155550001", body="acá estoy")
    expect(phone.get_by_text("acá estoy")).to_be_visible()
    expect(phone.get_by_role("img", name="Latido está escribiendo")).to_have_count(0)
    expect(phone.locator(".message--mine [data-tick]")).to_have_attribute("data-tick", "read")


def test_a_location_from_the_offline_map(page: Page, stage: Stage):
    page.route("**/*", lambda route: route.continue_() if "127.0.0.1" in route.request.url else route.abort())
    phone = first(page)
    phone.get_by_label("Adjuntar").click()
    phone.get_by_role("menuitem", name="Ubicación").click()
    search = phone.get_by_label("Buscar un barrio")
    search.fill("Villa Lugano")
    expect(phone.locator(".picker__where")).to_contain_text("Cerca de Villa Lugano")
    phone.locator(".picker__map svg.city").press("ArrowUp")
    phone.get_by_role("button", name="Enviar esta ubicación").click()
    expect(phone.get_by_text("Osvaldo Cruz 2055")).to_be_visible()
    form = [each.form for each in stage.bridge.at("/inbound") if "Latitude" in each.form][-1]
    assert -34.69 < float(form["Latitude"]) < -34.66
    assert -58.49 < float(form["Longitude"]) < -58.46


def test_a_click_on_the_map_moves_the_pin(page: Page):
    phone = first(page)
    phone.get_by_label("Adjuntar").click()
    phone.get_by_role("menuitem", name="Ubicación").click()
    before = phone.locator(".picker__where").text_content()
    box = phone.locator(".picker__map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.45)
    expect(phone.locator(".picker__where")).not_to_have_text(before or "")


def test_a_photo_with_a_caption_a_sticker_and_a_contact(page: Page):
    phone = first(page)
    phone.get_by_label("Adjuntar").click()
    with page.expect_file_chooser() as chooser:
        phone.get_by_role("menuitem", name="Foto o video").click()
    chooser.value.set_files({"name": "eco.png", "mimeType": "image/png", "buffer": _PIXEL})
    phone.get_by_label("Comentario").fill("mi eco")
    phone.get_by_label("Comentario").press("Enter")
    expect(phone.get_by_text("Leído: image/png")).to_be_visible()
    expect(phone.locator(".message--mine img")).to_be_visible()
    phone.get_by_label("Adjuntar").click()
    phone.get_by_role("menuitem", name="Sticker").click()
    phone.get_by_label("Sticker 👶").click()
    expect(phone.get_by_text("Leído: image/webp")).to_be_visible()
    phone.get_by_label("Adjuntar").click()
    phone.get_by_role("menuitem", name="Contacto").click()
    expect(phone.get_by_text("Leído: text/vcard")).to_be_visible()


_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def test_a_voice_note_by_holding_and_by_keyboard(page: Page):
    phone = first(page)
    microphone = phone.get_by_label("Grabar un audio")
    microphone.hover()
    page.mouse.down()
    expect(phone.locator(".composer__recording")).to_contain_text("0:01")
    page.mouse.up()
    expect(phone.get_by_text("Leído: audio/ogg")).to_have_count(1)
    microphone.press("Enter")
    expect(phone.locator(".composer__recording")).to_contain_text("0:01")
    microphone.press("Escape")
    expect(phone.locator(".composer__recording")).to_be_hidden()
    expect(phone.locator(".message--mine")).to_have_count(1)


def test_phones_side_by_side_are_different_people(page: Page):
    expect(page.locator(".phone")).to_have_count(2)
    page.get_by_role("button", name="Sumar un teléfono").click()
    expect(page.locator(".phone")).to_have_count(3)
    write(page.locator(".phone").nth(2), "soy la tercera")
    expect(page.locator(".phone").nth(2).get_by_text("Leído: soy la tercera")).to_be_visible()
    expect(page.locator(".phone").nth(0).locator(".message")).to_have_count(0)
    page.get_by_label("Quitar el teléfono de Lucía").click()
    expect(page.locator(".phone")).to_have_count(2)


def test_what_was_said_is_there_after_a_reload(page: Page):
    write(first(page), "quiero un turno")
    expect(first(page).get_by_role("button", name="Sí")).to_be_visible()
    page.reload()
    expect(first(page).get_by_role("button", name="Sí")).to_be_visible()


def test_what_is_written_while_the_page_still_loads_stays(page: Page):
    held: list[Route] = []
    page.route("**/messages", lambda route: held.append(route) if route.request.method == "GET" else route.continue_())
    page.reload()
    with page.expect_response("**/messages", timeout=60_000) as sent:
        write(first(page), "silencio")
    assert sent.value.request.method == "POST"
    expect(first(page).get_by_text("silencio")).to_be_visible()
    for route in held:
        route.fulfill(json={"messages": [], "cursor": 0})
    page.wait_for_function("() => document.querySelector('#phones').dataset.loaded === 'true'")
    expect(first(page).get_by_text("silencio")).to_be_visible()


def test_a_message_that_did_not_arrive_says_so_and_shows_why(page: Page, stage: Stage):
    stage.bridge.answers.append(Response(status_code=500))
    write(first(page), "silencio")
    first(page).get_by_role("button", name="No llegó a Latido").click()
    expect(page.locator("#drawer")).to_contain_text("11200")
    expect(page.locator("#drawer .badge--bad")).to_have_text("500")


def test_the_drawer_switches_faults_and_the_clock(page: Page, stage: Stage):
    page.get_by_role("button", name="Detrás de escena").first.click()
    page.get_by_role("tab", name="Fallas").click()
    page.get_by_label("Ventana de 24 horas").select_option("closed")
    page.get_by_label("Estados desordenados").check()
    page.get_by_role("tab", name="Reloj").click()
    before = stage.emulator.clock()["now"]
    page.get_by_role("button", name="+1 semana").click()
    expect(page.locator(".clock")).to_be_visible()
    page.get_by_role("tab", name="Fallas").click()
    expect(page.get_by_label("Ventana de 24 horas")).to_have_value("closed")
    faults = stage.emulator.faults()
    assert (faults["window"], faults["shuffle"]) == ("closed", True)
    assert stage.emulator.clock()["now"][:10] > before[:10]


def test_on_a_phone_one_chat_fills_the_screen(small_page: Page):
    phone = small_page.locator(".phone:visible")
    expect(phone).to_have_count(1)
    box = phone.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (390, 844)
    write(phone, "hola")
    expect(phone.get_by_text("Leído: hola")).to_be_visible()
    phone.get_by_label("Más opciones").click()
    small_page.get_by_role("menuitem", name="Sumar un teléfono").click()
    expect(small_page.locator(".phone:visible .message")).to_have_count(0)
    assert small_page.evaluate("document.documentElement.scrollWidth") == 390


def test_every_control_has_a_name(page: Page):
    write(first(page), "quiero un turno")
    expect(first(page).get_by_role("button", name="Sí")).to_be_visible()
    first(page).get_by_label("Adjuntar").click()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, input, textarea, select, img, [role=dialog]")]
            .filter((each) => !each.innerText && !each.getAttribute("aria-label"))
            .filter((each) => !each.hasAttribute("alt") && !each.labels?.length)
            .map((each) => each.outerHTML.slice(0, 90))"""
    )
    assert nameless == []


def test_nothing_comes_from_elsewhere(page: Page, stage: Stage):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    expect(first(page)).to_be_visible()
    assert all(url.startswith((stage.config.base_url, "data:", "blob:")) for url in asked)
