"""Which path is which call."""

from starlette.routing import Route

from latido.emulator.errors import RestError
from latido.emulator.rest import contents, media, messages, typing_indicator
from latido.emulator.rest.gate import Answer, Call, Handler, endpoint
from latido.emulator.state import Emulator

_ACCOUNT = "/2010-04-01/Accounts/{account}"
_PREFIXES = (_ACCOUNT, "/v1", "/v2")
_MEDIA = _ACCOUNT + "/Messages/{message}/Media"

_CALLS: tuple[tuple[str, str, str, Handler], ...] = (
    ("POST", _ACCOUNT + "/Messages.json", "messages", messages.create),
    ("GET", _ACCOUNT + "/Messages.json", "messages", messages.list_),
    ("GET", _MEDIA + ".json", "media", media.list_),
    ("GET", _MEDIA + "/{sid}.json", "media", media.fetch),
    ("DELETE", _MEDIA + "/{sid}.json", "media", media.delete),
    ("GET", _MEDIA + "/{sid}", "media", media.download),
    ("DELETE", _MEDIA + "/{sid}", "media", media.delete),
    ("GET", _ACCOUNT + "/Messages/{sid}.json", "messages", messages.fetch),
    ("POST", _ACCOUNT + "/Messages/{sid}.json", "messages", messages.update),
    ("DELETE", _ACCOUNT + "/Messages/{sid}.json", "messages", messages.delete),
    ("POST", "/v1/Content", "contents", contents.create),
    ("GET", "/v1/Content", "contents", contents.list_),
    ("GET", "/v1/ContentAndApprovals", "contents", contents.list_with_approvals),
    ("GET", "/v1/Content/{sid}", "contents", contents.fetch),
    ("PUT", "/v1/Content/{sid}", "contents", contents.update),
    ("DELETE", "/v1/Content/{sid}", "contents", contents.delete),
    ("POST", "/v1/Content/{sid}/ApprovalRequests/whatsapp", "contents", contents.request_approval),
    ("GET", "/v1/Content/{sid}/ApprovalRequests", "contents", contents.fetch_approval),
    ("POST", "/v2/Indicators/Typing.json", "typing", typing_indicator.create),
)


def routes() -> list[Route]:
    """The REST API's routes, in the order in which they are tried."""
    known = [Route(path, endpoint(resource, handler), methods=[method]) for method, path, resource, handler in _CALLS]
    methods = ["GET", "POST", "PUT", "DELETE"]
    rest = [Route(prefix + "/{rest:path}", endpoint("any", _unknown), methods=methods) for prefix in _PREFIXES]
    return known + rest


def _unknown(emulator: Emulator, call: Call) -> Answer:
    raise RestError(20404, what=call.path)
