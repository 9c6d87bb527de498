"""The example systems as one web app: `/prometheus/…`, `/alertmanager/…` and `/argocd/…`."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.local.keep import Keep
from bot.local.systems.alertmanager import Alertmanager
from bot.local.systems.argocd import ArgoCD
from bot.local.systems.moments import Now, utc_now
from bot.local.systems.prometheus import Prometheus
from bot.local.systems.silences import Silences
from bot.local.systems.syncs import Syncs


def create_app(keep: Keep, syncs: Syncs, argocd_token: str, now: Now = utc_now) -> Starlette:
    silences = Silences(keep, now)
    deployed = ArgoCD(syncs, argocd_token, now)
    return Starlette(
        routes=[*Prometheus(now).routes(), *Alertmanager(silences, now).routes(), *deployed.routes()],
        exception_handlers={HTTPException: _answer_routing},
    )


async def _answer_routing(_request: Request, error: Exception) -> Response:
    """Answer what does not exist in plain text, as both real programs do."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    return PlainTextResponse("404 page not found\n" if status == 404 else "Method Not Allowed\n", status)
