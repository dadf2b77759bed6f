"""`/v2/Indicators/Typing.json`: three dots on the phone, and blue ticks on what it answers."""

from latido.emulator.addresses import bare
from latido.emulator.delivery import mark_read
from latido.emulator.errors import RestError
from latido.emulator.rest.gate import Answer, Call
from latido.emulator.state import Emulator


def create(emulator: Emulator, call: Call) -> Answer:
    """`{"success": true}`; 20404 when the message is not an inbound one of ours."""
    if call.one("channel") != "whatsapp":
        raise RestError(20422, what="channel must be whatsapp")
    message = emulator.messages.get(call.one("messageId"))
    if message is None or not message.inbound:
        raise RestError(20404, what=call.path)
    mark_read(emulator, message)
    emulator.feed.publish({"type": "typing", "phone": bare(message.sender), "message_sid": message.sid})
    return Answer(200, {"success": True})
