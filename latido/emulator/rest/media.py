"""Media of a message: the bytes, the resource, the list, and its deletion."""

from email.utils import format_datetime
from typing import Any

from latido.emulator.errors import RestError
from latido.emulator.model import Medium
from latido.emulator.rest.gate import Answer, Call
from latido.emulator.rest.paging import page_of
from latido.emulator.state import Emulator


def download(emulator: Emulator, call: Call) -> Answer:
    """As Twilio does, a redirect to where the bytes lie."""
    medium = _find(emulator, call)
    return Answer(307, headers={"Location": f"{emulator.config.base_url}/emulator/storage/{medium.sid}"})


def fetch(emulator: Emulator, call: Call) -> Answer:
    """What is known of a medium."""
    return Answer(200, resource(emulator, _find(emulator, call)))


def list_(emulator: Emulator, call: Call) -> Answer:
    """The media of a message."""
    found = [each for each in emulator.media.values() if each.message_sid == call.ids["message"]]
    page = page_of(found, call, default_size=50)
    return Answer(200, page.classic_meta(call) | {"media_list": [resource(emulator, each) for each in page.rows]})


def delete(emulator: Emulator, call: Call) -> Answer:
    """204, and the bytes are gone."""
    del emulator.media[_find(emulator, call).sid]
    return Answer(204)


def resource(emulator: Emulator, medium: Medium) -> dict[str, Any]:
    """The Media resource, field by field as in Twilio's OpenAPI."""
    account = emulator.config.account_sid
    return {
        "sid": medium.sid,
        "account_sid": account,
        "parent_sid": medium.message_sid,
        "content_type": medium.content_type,
        "date_created": format_datetime(medium.created),
        "date_updated": format_datetime(medium.created),
        "uri": f"/2010-04-01/Accounts/{account}/Messages/{medium.message_sid}/Media/{medium.sid}.json",
    }


def _find(emulator: Emulator, call: Call) -> Medium:
    medium = emulator.media.get(call.ids["sid"])
    if medium is None or medium.message_sid != call.ids["message"]:
        raise RestError(20404, what=call.path)
    return medium
