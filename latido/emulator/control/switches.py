"""`/emulator/clock`, `/emulator/faults`, `/emulator/limits`, approvals, and the way back to a fresh start."""

from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from latido.emulator import views
from latido.emulator.clock import Clock
from latido.emulator.control.answers import BadRequest, emulator_of, guarded, json_object
from latido.emulator.faults import Faults
from latido.emulator.limits import Limits, Meters
from latido.emulator.state import Emulator

APPROVALS = ("unsubmitted", "received", "pending", "approved", "rejected", "paused", "disabled")


@guarded
async def about(request: Request) -> Response:
    """Which account this is, and how much has happened."""
    emulator = emulator_of(request)
    return JSONResponse(
        {
            "account_sid": emulator.config.account_sid,
            "sender": emulator.config.sender,
            "inbound_url": emulator.config.inbound_url,
            "messaging_service_sid": emulator.config.messaging_service_sid,
            "phones": len(emulator.phones),
            "messages": len(emulator.messages),
            "requests": emulator.request_count,
        }
    )


@guarded
async def clock(request: Request) -> Response:
    """PUT `now`, `advance_seconds` and `frozen`, any of them; DELETE goes back to the machine's time."""
    emulator = emulator_of(request)
    if request.method == "DELETE":
        emulator.clock.reset()
    if request.method == "PUT":
        _set_clock(emulator.clock, await json_object(request))
    return _told(emulator, "clock", _clock(emulator.clock), request)


@guarded
async def faults(request: Request) -> Response:
    """PUT switches what it names; DELETE switches everything off."""
    emulator = emulator_of(request)
    if request.method == "DELETE":
        emulator.faults = Faults()
    if request.method == "PUT":
        emulator.faults.update(await json_object(request))
    return _told(emulator, "faults", asdict(emulator.faults), request)


@guarded
async def limits(request: Request) -> Response:
    """PUT changes what it names (null: no limit); DELETE restores Twilio's and forgets what was used."""
    emulator = emulator_of(request)
    if request.method == "DELETE":
        emulator.limits, emulator.meters = Limits(), Meters(concurrent=emulator.meters.concurrent)
    if request.method == "PUT":
        wanted, known = await json_object(request), {item.name for item in fields(Limits)}
        if unknown := set(wanted) - known:
            raise BadRequest(f"no limit called {', '.join(sorted(unknown))}; there are: {', '.join(sorted(known))}")
        emulator.limits = Limits(**(asdict(emulator.limits) | wanted))
    return _told(emulator, "limits", asdict(emulator.limits), request)


@guarded
async def approval(request: Request) -> Response:
    """Decide on a content that has been submitted."""
    emulator, wanted = emulator_of(request), await json_object(request)
    content = emulator.contents.get(request.path_params["sid"])
    if content is None or content.approval is None:
        raise BadRequest("no content of this sid has been submitted for approval")
    if wanted.get("status") not in APPROVALS:
        raise BadRequest(f"status is one of {', '.join(APPROVALS)}")
    content.approval |= {"status": wanted["status"], "rejection_reason": str(wanted.get("rejection_reason") or "")}
    emulator.contents.put(content)
    return JSONResponse(content.approval)


@guarded
async def reset(request: Request) -> Response:
    """Forget everything that happened; the contents, too, when `contents` is true."""
    emulator, wanted = emulator_of(request), await json_object(request)
    emulator.restart()
    if wanted.get("contents") is True:
        emulator.contents.clear()
    emulator.feed.publish({"type": "reset"})
    return Response(status_code=204)


def _set_clock(clock: Clock, wanted: dict[str, Any]) -> None:
    if unknown := set(wanted) - {"now", "advance_seconds", "frozen"}:
        raise BadRequest(f"a clock has no {', '.join(sorted(unknown))}; it has now, advance_seconds, frozen")
    if "frozen" in wanted:
        clock.freeze(bool(wanted["frozen"]))
    if "now" in wanted:
        clock.set(datetime.fromisoformat(wanted["now"]))
    if "advance_seconds" in wanted:
        clock.advance(float(wanted["advance_seconds"]))


def _clock(clock: Clock) -> dict[str, Any]:
    return {"now": views.iso(clock.now()), "frozen": clock.frozen, "real": clock.is_real}


def _told(emulator: Emulator, what: str, state: dict[str, Any], request: Request) -> Response:
    if request.method != "GET":
        emulator.feed.publish({"type": what, what: state})
    return JSONResponse(state)


def routes() -> list[Route]:
    """The routes of this module."""
    methods = ["GET", "PUT", "DELETE"]
    return [
        Route("/emulator", about, methods=["GET"]),
        Route("/emulator/clock", clock, methods=methods),
        Route("/emulator/faults", faults, methods=methods),
        Route("/emulator/limits", limits, methods=methods),
        Route("/emulator/contents/{sid}/approval", approval, methods=["PUT"]),
        Route("/emulator/reset", reset, methods=["POST"]),
    ]
