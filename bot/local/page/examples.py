"""What a person sees who follows a link to an example system: that it is one, and what it deployed lately."""

from typing import Final

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.local.page.drawn import HEADERS
from bot.local.systems.argocd import PLACE
from bot.local.systems.examples import APPLICATIONS, Application
from bot.local.systems.syncs import Syncs

_NAMES: Final = {"prometheus": "Prometheus", "alertmanager": "Alertmanager", "argocd": "Argo CD"}
_PAGES: Final = (
    *(f"prometheus/{page}" for page in ("", "alerts", "rules", "targets", "graph", "query", "status")),
    "alertmanager/",
    *(f"argocd/{page}" for page in ("", "applications", "settings/clusters", "settings/repos", "settings/accounts")),
)


def example_routes(syncs: Syncs, templates: Environment) -> list[Route]:
    """Below `/systems`, where the links of the checklist and of changes point."""

    def shown(system: str, *deployed: Application, status: int = 200) -> Response:
        drawn = templates.get_template("example.html").render(
            system=_NAMES[system], deployed=[(one, list(reversed(syncs.of(one)))[:10]) for one in deployed]
        )
        return HTMLResponse(drawn, status_code=status, headers=HEADERS)

    async def page(request: Request) -> Response:
        system = request.url.path.removeprefix("/systems/").partition("/")[0]
        return shown(system, *(APPLICATIONS if request.url.path.endswith("/applications") else ()))

    async def application(request: Request) -> Response:
        known = [one for one in APPLICATIONS if one.name == request.path_params["name"]]
        return shown("argocd", *known, status=200 if known else 404)

    return [
        Route(f"/systems/argocd/applications/{PLACE}/{{name}}", application),
        *(Route(f"/systems/{path}", page) for path in _PAGES),
    ]
