"""The panels' forms, turned into the calls that the stand-ins' own panels take."""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request

from bot.local.page.neighbours import Json, Neighbours, trouble

STORM: Final = 50
_LOST_SECONDS: Final = 30
# form -> its address, and the fields that are passed on as they are
_PLAIN: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "pagerduty/raise": ("/_/pagerduty/raise", ("service", "urgency", "priority", "title")),
    "pagerduty/acknowledge": ("/_/pagerduty/acknowledge", ("incident", "user")),
    "pagerduty/resolve": ("/_/pagerduty/resolve", ("incident", "user")),
    "pagerduty/reopen": ("/_/pagerduty/reopen", ("incident", "user")),
    "pagerduty/resend": ("/_/pagerduty/resend", ("event_id",)),
    "pagerduty/enable": ("/_/pagerduty/enable", ()),
    "jira/move": ("/_/jira/move", ("key", "status", "user")),
    "jira/comment": ("/_/jira/comment", ("key", "text", "user")),
    "jira/resend": ("/_/jira/resend", ("event_id",)),
    "slack/redeliver": ("/_/slack/redeliver", ("event_id",)),
}

_Tell = Callable[[str, str, Json | None, dict[str, str] | None], Awaitable[str]]


async def panel_call(neighbours: Neighbours, request: Request, what: str, form: FormData) -> str:
    """Do it; what comes back is what the person is told, empty when all went well."""

    async def tell(method: str, path: str, body: Json | None = None, query: dict[str, str] | None = None) -> str:
        taken, said = await neighbours.tell(request, method, path, body, query)
        return "" if taken else trouble(said)

    given = {name: str(value) for name, value in form.items()}
    given["user"] = given.get("as", "")
    if what in _PLAIN:
        path, names = _PLAIN[what]
        return await tell("POST", path, {name: given[name] for name in names if given.get(name)})
    special = _SPECIAL.get(what)
    return await special(tell, given) if special else "There is no such thing to do."


async def _storm(tell: _Tell, _given: dict[str, str]) -> str:
    wrong = await tell("POST", "/_/pagerduty/storm", {"service": "PSVC001", "count": STORM}, None)
    return wrong or f"{STORM} alerts are on their way."


async def _deploy(tell: _Tell, given: dict[str, str]) -> str:
    wrong = await tell("POST", "/_/systems/deploy", {"user": given.get("user")}, None)
    return wrong or "example-checkout is deployed, and the bot was told."


async def _lose(tell: _Tell, _given: dict[str, str]) -> str:
    wrong = await tell("POST", "/_/slack/lose", {"seconds": _LOST_SECONDS}, None)
    return wrong or f"The bot is cut off for {_LOST_SECONDS} seconds."


async def _well(tell: _Tell, _given: dict[str, str]) -> str:
    wrong = [await tell("DELETE", "/_/faults", None, None), await tell("POST", "/_/pagerduty/enable", {}, None)]
    return " ".join(filter(None, wrong)) or "All is well."


async def _fault(tell: _Tell, given: dict[str, str]) -> str:
    body: Json = {"system": given.get("system"), "method": given.get("method") or "*", "kind": given.get("kind")}
    if given.get("seconds"):
        body |= {"seconds": given["seconds"], "retry_after": max(1, int(float(given["seconds"])))}
    if given.get("times"):
        body["times"] = given["times"]
    return await tell("POST", "/_/faults", body, None)


async def _unfault(tell: _Tell, given: dict[str, str]) -> str:
    return await tell("DELETE", "/_/faults", None, {"id": given.get("id", "0")})


async def _release(tell: _Tell, given: dict[str, str]) -> str:
    return await tell("POST", "/_/faults/release", {}, {"id": given.get("id", "0")})


_SPECIAL: Final[dict[str, Callable[[_Tell, dict[str, str]], Awaitable[str]]]] = {
    "storm": _storm,
    "deploy": _deploy,
    "lose": _lose,
    "well": _well,
    "fault": _fault,
    "unfault": _unfault,
    "release": _release,
}
