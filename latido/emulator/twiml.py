"""The little of TwiML that answers a message: `<Response><Message>…</Message></Response>`."""

from xml.etree import ElementTree

XML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})
MAX_BYTES = 64 * 1024


def read(content_type: str, body: str) -> tuple[list[str], int | None]:
    """The replies in a webhook's answer, and the code of Twilio's debugger if something is wrong with it."""
    if content_type not in XML_TYPES:
        return [], 12300
    if len(body.encode()) > MAX_BYTES:
        return [], 11750
    if "<!DOCTYPE" in body or "<!ENTITY" in body:
        return [], 12100
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - no entities are left in it
    except ElementTree.ParseError:
        return [], 12100
    replies = [_text(element) for element in root.iter("Message")]
    return _checked(replies)


def _text(element: ElementTree.Element) -> str:
    inner = element.find("Body")
    return ((inner if inner is not None else element).text or "").strip()


def _checked(replies: list[str]) -> tuple[list[str], int | None]:
    if len(replies) > 10:
        return replies[:10], 14109
    good = [reply for reply in replies if 0 < len(reply) <= 1600]
    return good, (14103 if len(good) < len(replies) else None)
