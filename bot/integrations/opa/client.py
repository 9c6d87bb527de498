"""What we ask an OPA server, over HTTP. https://www.openpolicyagent.org/docs/latest/rest-api/"""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from bot.domain.errors import Refused, Unavailable
from bot.integrations.http import Api, Response, segment
from bot.integrations.opa.shapes import Config, ConfigAnswer, PoliciesAnswer, Policy, Status, StatusAnswer, Trouble

_OFF = "status plugin not enabled"


class OpaClient:
    def __init__(self, api: Api) -> None:
        self._api = api

    @property
    def address(self) -> str:
        return self._api.base_url

    async def trouble(self) -> str | None:
        """None when it is healthy with all bundles activated and all plugins well, else what is not."""
        answer = await self._api.get("/health", {"bundles": "true", "plugins": "true"}, answers=(500,))
        told = self._object(answer)
        if answer.status == 500:
            return _trouble(told).words or "it says that it is not healthy"
        if told:
            raise Refused(f"{self._api.wording.title} answered /health with something else than {{}}")
        return None

    async def status(self) -> Status | None:
        """None where the server was not told to keep it."""
        answer = await self._api.get("/v1/status", answers=(500,))
        if answer.status != 500:
            return answer.read_as(StatusAnswer).result
        trouble = _trouble(self._object(answer))
        if _OFF in trouble.message:
            return None
        raise Unavailable(
            f"{self._api.wording.title} could not tell its status: {self._api.wording.clean(trouble.words)}"
        )

    async def config(self) -> Config:
        return (await self._api.get_as(ConfigAnswer, "/v1/config")).result

    async def policies(self) -> Sequence[Policy]:
        return (await self._api.get_as(PoliciesAnswer, "/v1/policies")).result

    async def defined(self, path: Sequence[str]) -> bool:
        """Whether a decision comes out for an empty input. An undefined one is a 200 without a result."""
        answer = await self._api.call(
            "POST", f"/v1/data/{'/'.join(map(segment, path))}", json={"input": {}}, right="evaluate the decision"
        )
        told = self._object(answer)
        if "result" not in told and not set(told) <= {"decision_id", "warning", "metrics", "provenance", "explanation"}:
            raise Refused(f"{self._api.wording.title} answered a decision in a form we do not know")
        return "result" in told

    def _object(self, answer: Response) -> dict[str, Any]:
        told = answer.json()
        if not isinstance(told, dict):
            raise Refused(f"{self._api.wording.title} answered in a form we do not know (no object)")
        return told


def _trouble(told: dict[str, Any]) -> Trouble:
    try:
        return Trouble.model_validate(told)
    except ValidationError:
        return Trouble()
