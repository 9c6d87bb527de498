"""A button of the page: the example Argo CD deploys checkout, and its notification tells the bot."""

from dataclasses import dataclass
from typing import Final

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.local.people import PEOPLE
from bot.local.systems.argocd import notice
from bot.local.systems.examples import CHECKOUT
from bot.local.systems.syncs import Syncs

_PATIENCE: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploying:
    """Sends once; what is lost on the way the bot finds when it looks by itself."""

    syncs: Syncs
    base: str
    """The example's own address."""
    webhook: str
    token: str

    def routes(self) -> list[Route]:
        return [Route("/_/systems/deploy", self.deploy, methods=["POST"])]

    async def deploy(self, request: Request) -> Response:
        try:
            given = await request.json()
        except ValueError:
            given = None
        wanted = given.get("user") if isinstance(given, dict) else None
        person = next((one for one in PEOPLE if wanted in (one.slack, one.name)), None)
        if person is None:
            return JSONResponse({"detail": "Who deploys it?"}, 400)
        sync = self.syncs.press(CHECKOUT, person.name.capitalize())
        if trouble := await self._tell(notice(CHECKOUT, sync, self.base)):
            return JSONResponse({"detail": f"{CHECKOUT.name} {sync.version} is deployed, but {trouble}."}, 502)
        return JSONResponse({"application": CHECKOUT.name, "version": sync.version}, 201)

    async def _tell(self, body: object) -> str:
        """Send the notification; answers why it was not taken."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(timeout=_PATIENCE, trust_env=False, follow_redirects=False) as client:
            try:
                answer = await client.post(self.webhook, json=body, headers=headers)
            except httpx.HTTPError as error:
                return f"the bot cannot be reached ({type(error).__name__})"
        return "" if answer.is_success else f"the bot did not take its notice ({answer.status_code})"
