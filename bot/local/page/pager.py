"""What a person sees who follows a link to the PagerDuty stand-in: its incidents, or one of them."""

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.local.page.drawn import HEADERS
from bot.local.pagerduty.account import Account
from bot.local.pagerduty.incident import Incident
from bot.local.pagerduty.ledger import NOTE


def pager_routes(account: Account, templates: Environment) -> list[Route]:
    """Below `/on-call`, where PagerDuty's `html_url`s point."""

    def shown(status: int, **more: object) -> Response:
        drawn = templates.get_template("pager.html").render(**more)
        return HTMLResponse(drawn, status_code=status, headers=HEADERS)

    def drawn(incident: Incident) -> dict[str, object]:
        notes = account.ledger.parts(NOTE, incident.id)
        return {**account.shapes.incident(incident), "notes": [str(each.get("content", "")) for each in notes]}

    async def one(request: Request) -> Response:
        incident = account.ledger.incident(request.path_params["incident"])
        return shown(200 if incident else 404, incidents=[drawn(incident)] if incident else [])

    async def every(_request: Request) -> Response:
        return shown(200, incidents=[drawn(each) for each in reversed(account.ledger.incidents())])

    return [Route("/on-call/incidents/{incident}", one), Route("/on-call/{rest:path}", every)]
