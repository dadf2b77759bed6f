"""From what Rasa utters to the replies of docs/wires.md."""

from __future__ import annotations

from rasa.core.actions.action import create_bot_utterance

from bot.replies import replies_of


def button(number: int, **more):
    return {"title": f"Opción {number}", "payload": f"/inform{number}", **more}


def uttered(**message):
    return replies_of(create_bot_utterance(message))


def test_a_text():
    assert uttered(text=" Hola ") == [{"type": "text", "text": "Hola"}]


def test_up_to_three_buttons_are_quick_replies():
    assert uttered(text="¿Sí?", buttons=[button(1), button(2)]) == [
        {
            "type": "quick_reply",
            "text": "¿Sí?",
            "buttons": [{"title": "Opción 1", "payload": "/inform1"}, {"title": "Opción 2", "payload": "/inform2"}],
        }
    ]


def test_four_to_ten_buttons_are_a_list():
    (reply,) = uttered(text="Elegí", buttons=[button(n) for n in range(12)], metadata={"list_button": "Ver horarios"})
    assert (reply["type"], reply["button"], len(reply["items"])) == ("list", "Ver horarios", 10)
    (reply,) = uttered(text="Elegí", buttons=[button(n) for n in range(4)])
    assert reply["button"] == "Ver opciones"


def test_buttons_with_a_description_are_a_list_however_few():
    (reply,) = uttered(text="Elegí", buttons=[button(1, description="mañana a las 9")])
    assert reply["items"] == [{"title": "Opción 1", "payload": "/inform1", "description": "mañana a las 9"}]


def test_titles_are_cut_to_what_whatsapp_takes():
    (quick,) = uttered(text="x", buttons=[{"title": "Un título que es demasiado largo", "payload": "/a"}])
    assert len(quick["buttons"][0]["title"]) <= 20
    (listed,) = uttered(text="x", buttons=[{"title": "t" * 40, "description": "d" * 90, "payload": "/a"}] * 4)
    assert (len(listed["items"][0]["title"]), len(listed["items"][0]["description"])) == (24, 72)


def test_a_location():
    custom = {
        "latido": "location",
        "text": "CeSAC 15",
        "latitude": "-34.62",
        "longitude": -58.36,
        "label": "Balcarce 1150",
    }
    assert uttered(custom=custom) == [
        {"type": "location", "text": "CeSAC 15", "latitude": -34.62, "longitude": -58.36, "label": "Balcarce 1150"}
    ]


def test_nothing_to_say():
    assert uttered(text=None) == []
    assert uttered(custom={"other": 1}) == []


def test_a_picture():
    custom = {"latido": "picture", "picture": 7, "text": "Tu calendario"}
    assert uttered(custom=custom) == [{"type": "picture", "text": "Tu calendario", "picture": 7}]
