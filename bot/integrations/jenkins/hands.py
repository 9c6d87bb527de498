"""The calls that change something in Jenkins. API tokens need no crumb; where one is wanted nevertheless, we get it."""

from collections.abc import Collection, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import urlsplit

from bot.domain.errors import NotAuthorised, Refused
from bot.integrations.http import Api, Response, segment
from bot.integrations.jenkins.client import place
from bot.integrations.jenkins.shapes import Crumb
from bot.integrations.response import refusal

_SENT_ELSEWHERE: Final = (301, 302, 303)
"""Jenkins answers a form with the page that a browser should show next."""
_BUILD: Final = "run builds (Job/Build)"
_CANCEL: Final = "stop builds (Job/Cancel)"


class JenkinsHands:
    def __init__(self, api: Api) -> None:
        self._api = api

    async def start(self, path: str, parameters: Mapping[str, str] | None) -> int | None:
        """The number of the queue's item. None where Jenkins does not tell; not repeated, it may have been applied."""
        what = "build" if parameters is None else "buildWithParameters"
        answered = await self._post(f"{place(path)}/{what}", _BUILD, form=parameters or {}, answers=(409,))
        if answered.status == 409:
            raise Refused(f"{self._api.wording.title} does not build it: the job is disabled")
        number = urlsplit(answered.headers.get("location", "")).path.rstrip("/").rpartition("/queue/item/")[2]
        return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None

    async def stop(self, path: str, number: int) -> None:
        await self._post(f"{place(path)}/{number}/stop", _CANCEL)

    async def terminate(self, path: str, number: int) -> None:
        """For pipelines that do not heed `stop`."""
        await self._post(f"{place(path)}/{number}/term", _CANCEL)

    async def proceed(self, path: str, number: int, wanted: str) -> None:
        right = "answer this input (Job/Build, and be among its submitters)"
        await self._post(f"{place(path)}/{number}/input/{segment(wanted)}/proceedEmpty", right)

    async def _post(
        self, path: str, right: str, form: Mapping[str, str] | None = None, answers: Collection[int] = ()
    ) -> Response:
        known = {*_SENT_ELSEWHERE, *answers}
        answered = await self._api.call("POST", path, form=form or {}, right=right, answers={*known, 403})
        if answered.status == 403 and b"crumb" in answered.body.lower():
            headers = await self._crumb()
            answered = await self._api.call("POST", path, form=form or {}, headers=headers, right=right, answers=known)
        elif answered.status == 403:
            raise refusal(answered, path, self._api.line.now(), right)
        if answered.status in _SENT_ELSEWHERE and "/login" in answered.headers.get("location", ""):
            raise NotAuthorised(f"{self._api.wording.title} asks to log in. Renew JENKINS_USER and JENKINS_API_TOKEN.")
        return answered

    async def _crumb(self) -> Mapping[str, str]:
        """A crumb counts with the session it was given in, so that its cookie goes along."""
        given = await self._api.get("/crumbIssuer/api/json", right="get a crumb (Overall/Read)")
        crumb = given.read_as(Crumb)
        cookies: SimpleCookie = SimpleCookie()
        try:
            cookies.load(given.headers.get("set-cookie", ""))
        except CookieError as error:
            raise Refused(f"{self._api.wording.title} gives a session that cannot be read") from error
        session = "; ".join(f"{name}={one.value}" for name, one in cookies.items())
        return {crumb.field: crumb.crumb, **({"cookie": session} if session else {})}
